// Two browser processes, one room: what a person does with two windows.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cubeOf, distance, keepPicture, openPage, snapshot, startBrowser, until } from '../lib/browser.mjs';
import { readMetrics, startServer } from '../lib/server.mjs';

const kStunMs = 5000;

let server;
let browsers = [];
let alice;
let bob;

before(async () => {
  server = await startServer({ args: ['--grace-seconds', '3'] });
  browsers = await Promise.all([startBrowser(), startBrowser()]);
});

after(async () => {
  await Promise.all(browsers.map((browser) => browser.close()));
  await server?.stop();
});

const playing = (shot) => shot.state === 'playing';
const direct = (shot) => shot.peers.length > 0 && shot.peers.every((peer) => peer.path === 'direct');

test('?new&name creates a room at once and the code then stands in the address', async () => {
  alice = await openPage(browsers[0], `${server.url}?new&name=Alice`, { width: 1024, height: 640 });
  const [shot] = await until('alice is in her room', alice, playing);
  assert.match(shot.code, /^[a-z]{4}-[a-z]{5}$/);
  await alice.waitForURL(/room=/);
  const address = new URL(alice.url());
  assert.equal(address.searchParams.get('room'), shot.code);
  assert.equal(address.searchParams.has('new'), false);
  assert.equal(shot.host, shot.me);
});

test('?room&name joins at once and the two are connected directly', async () => {
  const { code } = await snapshot(alice);
  bob = await openPage(browsers[1], `${server.url}?room=${code}&name=Bob`, { width: 1024, height: 640 });
  const [a, b] = await until('alice and bob have a direct path', [alice, bob], (x, y) => direct(x) && direct(y));
  assert.deepEqual(a.peers.map((peer) => peer.name), ['Bob']);
  assert.deepEqual(b.peers.map((peer) => peer.name), ['Alice']);
  assert.equal(b.host, a.me);
  assert.notEqual(a.me, b.me);
});

for (const [mover, watcher, name, key] of [
  ['alice', 'bob', 'Alice', 'KeyW'],
  ['bob', 'alice', 'Bob', 'ArrowLeft'],
]) {
  test(`${watcher} sees ${mover}'s cube arrive where ${mover} moved it`, async () => {
    const pages = { alice, bob };
    const from = (await snapshot(pages[mover])).self;
    await pages[mover].keyboard.down(key);
    await until(`${watcher} sees ${mover} on the way`, pages[watcher], (shot) => distance(cubeOf(shot, name), from) > 1.5);
    await pages[mover].keyboard.up(key);
    const [there, seen] = await until(`${watcher} sees the place where ${mover} stopped`, [pages[mover], pages[watcher]],
      (mine, theirs) => distance(mine.self, cubeOf(theirs, name)) < 0.05);
    assert.ok(distance(there.self, from) > 1.5, 'the cube really moved');
    assert.ok(Math.abs(Math.atan2(Math.sin(there.self.yaw - cubeOf(seen, name).yaw), Math.cos(there.self.yaw - cubeOf(seen, name).yaw))) < 0.1,
      'and looks the same way');
  });
}

test('a phone player moves by touch', async () => {
  const { code } = await snapshot(alice);
  const phone = await openPage(browsers[1], `${server.url}?room=${code}&name=Touchy`,
    { width: 390, height: 844, hasTouch: true, isMobile: true });
  await until('the phone is connected', [phone, alice], (p, a) => direct(p) && p.peers.length === 2 && a.peers.length === 2 && direct(a));
  const from = (await snapshot(phone)).self;
  const stick = await phone.getByTestId('stick').boundingBox();
  const touch = await phone.context().newCDPSession(phone);
  const at = { x: stick.x + stick.width / 2, y: stick.y + stick.height / 2 };
  await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [at] });
  await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: [{ x: at.x, y: at.y - stick.height / 2 }] });
  await until('alice sees the phone\'s cube move', alice, (shot) => distance(cubeOf(shot, 'Touchy'), from) > 1);
  await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await keepPicture(phone, 'phone');
  await phone.context().close();
  await until('alice sees the phone leave', alice, (shot) => shot.peers.length === 1);
});

test('each member stands in the list with its round trip and path', async () => {
  await until('the round trips are measured', [alice, bob], (...shots) => shots.every((shot) => shot.peers[0].rtt > 0));
  const row = alice.getByTestId('member').filter({ hasText: 'Bob' });
  await row.filter({ hasText: /\d+ ms/ }).waitFor();
  await row.filter({ hasText: /direct/i }).waitFor();
  await keepPicture(alice, 'two-windows-alice');
  await keepPicture(bob, 'two-windows-bob');
});

test('no page made a request to a foreign host, and none reported an error', () => {
  for (const page of [alice, bob]) {
    assert.ok(page.requested.length > 3);
    for (const url of page.requested) {
      if (/^(data|blob):/.test(url)) continue;
      assert.equal(new URL(url).host, new URL(server.url).host, url);
    }
    assert.deepEqual(page.said.filter((line) => /^(error|uncaught)/.test(line)), []);
  }
});

test('a reload comes back as the same peer, and the other is told of no leaving', async () => {
  const before = (await snapshot(bob)).me;
  await bob.reload();
  const [, b] = await until('bob is back', [alice, bob], (x, y) => playing(y) && direct(x) && direct(y) && x.peers.length === 1);
  assert.equal(b.me, before);
  await alice.getByTestId('toast').filter({ hasText: /Bob is back/ }).first().waitFor({ timeout: 5000 });
  assert.equal(await alice.getByTestId('toast').filter({ hasText: /Bob left/ }).count(), 0);
});

test('a closed window is away at once, and has left after the grace time', async () => {
  const started = Date.now();
  await bob.context().close();
  await until('alice sees that bob is away', alice, (shot) => shot.peers[0]?.away === 1, { timeout: 5000 });
  await alice.getByTestId('member').filter({ hasText: 'Bob' }).filter({ hasText: 'away' }).waitFor({ timeout: 2000 });
  await keepPicture(alice, 'away');
  await until('alice is alone', alice, (shot) => shot.peers.length === 0, { timeout: 8000 });
  await alice.getByTestId('toast').filter({ hasText: /Bob.*left/i }).first().waitFor({ timeout: 2000 });
  console.log(`    seen after ${Date.now() - started} ms`);
  await alice.context().close();
});

/// In a page, before anything else: it is told of no STUN server. Whatever ours is asked then, the other page has asked it.
const hearOfNoStun = () => {
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration) {
      super({ ...configuration, iceServers: [] });
    }
  };
};

/// How often a server of its own is asked by Alice, who makes a room in one browser, and Bob, who joins it in the other, until they
/// are connected and `enough` says so.
async function stunAnswers({ silent, enough }) {
  const own = await startServer();
  try {
    const open = (browser, name, query) => openPage(browser, `${own.url}?${query}&name=${name}`,
      { width: 200, height: 120, init: silent.includes(name) ? hearOfNoStun : undefined });
    const pages = [await open(browsers[0], 'Alice', 'new')];
    const [{ code }] = await until('alice has a room', pages, playing);
    pages.push(await open(browsers[1], 'Bob', `room=${code}`));
    await until('they are connected', pages, (...shots) => shots.every(direct));
    const deadline = Date.now() + kStunMs;
    let answers;
    do answers = (await readMetrics(own))['parlor_stun_answers_total{transport="udp"}'];
    while (!enough(answers) && Date.now() < deadline);
    for (const page of pages) await page.context().close();
    return answers;
  } finally {
    await own.stop();
  }
}

test('the browser of who makes a room asks our STUN server', async () => {
  assert.ok(await stunAnswers({ silent: ['Bob'], enough: (answers) => answers > 0 }) > 0);
});

test('the browser of who joins asks our STUN server', async () => {
  assert.ok(await stunAnswers({ silent: ['Alice'], enough: (answers) => answers > 0 }) > 0);
});

test('nobody but the two asks our STUN server', async () => {
  assert.equal(await stunAnswers({ silent: ['Alice', 'Bob'], enough: () => true }), 0);
});
