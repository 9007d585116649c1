// What can go wrong for a player, and the message that each gets.
// Mostly waits: runs beside another such file.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { keepPicture, openPage, snapshot, startBrowser, until } from '../lib/browser.mjs';
import { startServer } from '../lib/server.mjs';

let server;
let browser;

before(async () => {
  server = await startServer();
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

// Pages that nobody looks at any more would go on drawing, in software.
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

/// The page shows its full message, and it reads like this.
async function shows(page, pattern, picture) {
  const message = page.getByTestId('message');
  await message.filter({ hasText: pattern }).waitFor({ timeout: 25_000 });
  await keepPicture(page, picture);
}

test('a wrong code says so and lets one try another', async () => {
  const page = await openPage(browser, `${server.url}?room=kamo-ridun&name=Lost`);
  await shows(page, /no room.*kamo-ridun/i, 'message-wrong-code');
});

test('something that cannot be a code says so', async () => {
  const page = await openPage(browser, `${server.url}?room=%3Cscript%3E&name=Lost`);
  await shows(page, /<script>.* is not a room code/i, 'message-not-a-code');
});

test('a name that cannot be shown says so, and the button leads to its field', async () => {
  const page = await openPage(browser, `${server.url}?new&name=%E2%80%8B`);  // a space without width
  await shows(page, /1 to 32 characters that can be shown/i, 'message-bad-name');
  await page.getByRole('button', { name: 'Change the name' }).click();
  await page.locator('#name:focus').waitFor();
});

test('a full room says so', async () => {
  const first = await openPage(browser, `${server.url}?new&name=P0&size=2`);
  const [{ code }] = await until('the room is there', first, (shot) => shot.state === 'playing');
  const second = await openPage(browser, `${server.url}?room=${code}&name=P1`);
  await until('the second is in', second, (shot) => shot.state === 'playing');
  const third = await openPage(browser, `${server.url}?room=${code}&name=P2`);
  await shows(third, /full/i, 'message-room-full');
  const shot = await snapshot(first);
  assert.equal(shot.peers.length, 1);
});

test('a dead server says so, and the button brings one back in once it lives', async () => {
  const doomed = await startServer();
  const page = await openPage(browser, doomed.url);
  await doomed.kill();
  await page.getByTestId('name').fill('Alone');
  await page.getByTestId('create').click();
  await shows(page, /server does not answer/i, 'message-dead-server');
  const again = await startServer({ listen: [`127.0.0.1:${doomed.port}`] });
  try {
    await page.getByRole('button', { name: 'Try again' }).click();
    await until('alone is in a room of the new server', page, (shot) => shot.state === 'playing');
  } finally {
    await again.stop();
  }
});

test('a browser without WebRTC is told', async () => {
  const page = await openPage(browser, `${server.url}?new&name=Old`, { init: () => { delete globalThis.RTCPeerConnection; } });
  await shows(page, /WebRTC/i, 'message-no-webrtc');
});

test('a browser without WebGL 2 is told', async () => {
  const plain = await startBrowser({ webgl: false });
  try {
    const page = await openPage(plain, `${server.url}?new&name=Flat`);
    await shows(page, /WebGL/i, 'message-no-webgl2');
  } finally {
    await plain.close();
  }
});

test('a page of another protocol version is told to reload', async () => {
  // The server answers an older page as it would a newer one: with unsupported_version.
  const page = await openPage(browser, `${server.url}?new&name=Old`, {
    init: () => {
      const Real = globalThis.WebSocket;
      globalThis.WebSocket = class extends Real {
        constructor(url, ...rest) { super(String(url).replace('version=1', 'version=99'), ...rest); }
      };
    },
  });
  await shows(page, /version|reload/i, 'message-version');
});

test('markup in a name is shown as text', async () => {
  const name = '<img src=x onerror=alert(1)>';
  const alice = await openPage(browser, `${server.url}?new&name=${encodeURIComponent(name)}`);
  const [{ code }] = await until('alice has a room', alice, (shot) => shot.state === 'playing');
  const bob = await openPage(browser, `${server.url}?room=${code}&name=Bob`, { width: 1024, height: 640 });
  await until('bob sees the name', bob, (shot) => shot.peers.some((peer) => peer.name === name));
  await bob.getByTestId('member').filter({ hasText: name }).waitFor();
  assert.equal(await bob.locator('[data-testid=members] img').count(), 0);
});

test('one leaves by the button and can create another room', async () => {
  const page = await openPage(browser, `${server.url}?new&name=Twice`);
  const [first] = await until('in the first room', page, (shot) => shot.state === 'playing');
  await page.getByTestId('leave').click();
  await page.getByTestId('create').click();
  const [second] = await until('in another room', page, (shot) => shot.state === 'playing' && shot.code !== first.code);
  await page.waitForURL((url) => url.searchParams.get('room') === second.code);
});

test('one joins by typing the code, however it is written', async () => {
  const host = await openPage(browser, `${server.url}?new&name=Host`);
  const [{ code }] = await until('the room is there', host, (shot) => shot.state === 'playing');
  const page = await openPage(browser, server.url);
  await page.getByTestId('name').fill('Typist');
  await page.getByTestId('join-code').fill(`  ${code.toUpperCase().replace('-', ' ')} `);
  await page.getByTestId('join').click();
  await until('the typist is in', page, (shot) => shot.state === 'playing' && shot.code === code);
});
