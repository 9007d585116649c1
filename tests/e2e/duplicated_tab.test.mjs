// A tab that is duplicated has the place of the first: one of them plays, and they do not fight for it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { keepPicture, openPage, snapshot, startBrowser, until } from '../lib/browser.mjs';
import { startServer } from '../lib/server.mjs';

const kTurnsMs = 3000; // long enough for several rounds, had they fought

let server;
let browsers = [];

before(async () => {
  server = await startServer();
  browsers = await Promise.all([startBrowser(), startBrowser()]);
});

after(async () => {
  await Promise.all(browsers.map((browser) => browser.close()));
  await server?.stop();
});

test('the later of two duplicated tabs plays as the same member, and the earlier says so and stays away', async () => {
  const alice = await openPage(browsers[0], `${server.url}?new&name=Alice`);
  const [{ code }] = await until('alice has a room', alice, (shot) => shot.state === 'playing');
  const bob = await openPage(browsers[1], `${server.url}?room=${code}&name=Bob`);
  const [before] = await until('they are connected', [bob, alice], (...shots) => shots.every((shot) => shot.peers[0]?.path === 'direct'));

  // As "Duplicate tab" does it: the new tab has a copy of the first one's session storage.
  const opened = bob.context().waitForEvent('page');
  await bob.evaluate(() => { window.open(location.href); });
  const twin = await opened;
  Object.assign(twin, { said: [], requested: [] });
  twin.on('websocket', (socket) => twin.requested.push(socket.url()));
  await twin.getByTestId('member').first().waitFor();
  const [after, seen] = await until('the twin plays', [twin, alice],
    (t, a) => t.state === 'playing' && [t, a].every((shot) => shot.peers.length === 1 && shot.peers[0].path === 'direct'));
  assert.equal(after.me, before.me);
  assert.equal(seen.peers[0].name, 'Bob');

  await bob.getByText('You are playing in another window').waitFor();
  await keepPicture(bob, 'duplicated-tab');
  const sockets = () => [bob, twin].flatMap(({ requested }) => requested).filter((url) => url.startsWith('ws:')).length;
  const settled = sockets();
  await bob.waitForTimeout(kTurnsMs);
  const [t, a] = [await snapshot(twin), await snapshot(alice)];
  assert.equal(t.state, 'playing');
  assert.equal(a.peers.length, 1);
  assert.equal((await snapshot(bob)).state === 'playing', false);
  assert.equal(sockets(), settled, 'neither has tried anew');
  for (const page of [alice, bob]) await page.context().close();
});
