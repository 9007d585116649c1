// The server dies while two play: they play on, and are told.
// Mostly waits: runs beside another such file.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { cubeOf, distance, keepPicture, openPage, snapshot, startBrowser, until } from '../lib/browser.mjs';
import { startServer } from '../lib/server.mjs';

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

test('the server is killed while two play, and they play on', async () => {
  const alice = await openPage(browsers[0], `${server.url}?new&name=Alice`);
  const [{ code }] = await until('alice has a room', alice, (shot) => shot.state === 'playing');
  const bob = await openPage(browsers[1], `${server.url}?room=${code}&name=Bob`);
  await until('they are connected', [alice, bob], (...shots) => shots.every((shot) => shot.peers[0]?.path === 'direct'));

  await server.kill();
  for (const page of [alice, bob]) await page.getByTestId('server-mark').filter({ hasText: /out of reach/i }).waitFor({ timeout: 10_000 });

  for (const [mover, watcher, name] of [[alice, bob, 'Alice'], [bob, alice, 'Bob']]) {
    const from = (await snapshot(mover)).self;
    await mover.keyboard.down('KeyW');
    await until(`${name} is seen to move`, watcher, (shot) => distance(cubeOf(shot, name), from) > 1.5);
    await mover.keyboard.up('KeyW');
    await until(`${name} is seen where it stopped`, [mover, watcher], (mine, theirs) => distance(mine.self, cubeOf(theirs, name)) < 0.05);
  }
  const [a, b] = await Promise.all([snapshot(alice), snapshot(bob)]);
  assert.equal(a.state, 'playing');
  assert.equal(b.state, 'playing');
  await keepPicture(alice, 'server-gone');

  await bob.context().close();
  await until('without a server, alice still sees that bob is gone', alice, (shot) => shot.peers.length === 0, { timeout: 20_000 });
  await alice.context().close();
});

test('a server started again has the room of those who play, and a third joins them', async () => {
  const state = mkdtempSync(join(tmpdir(), 'parlor-e2e-'));
  const first = await startServer({ state });
  const alice = await openPage(browsers[0], `${first.url}?new&name=Alice`);
  const [{ code }] = await until('alice has a room', alice, (shot) => shot.state === 'playing');
  const bob = await openPage(browsers[1], `${first.url}?room=${code}&name=Bob`);
  await until('they are connected', [alice, bob], (...shots) => shots.every((shot) => shot.peers[0]?.path === 'direct'));
  await first.kill();
  for (const page of [alice, bob]) await page.getByTestId('server-mark').filter({ hasText: /out of reach/i }).waitFor({ timeout: 10_000 });

  const second = await startServer({ state, listen: [`127.0.0.1:${first.port}`] });
  try {
    for (const page of [alice, bob]) await page.getByTestId('toast').filter({ hasText: /server is back/i }).first().waitFor({ timeout: 20_000 });
    const carol = await openPage(browsers[0], `${second.url}?room=${code}&name=Carol`);
    const [a, b, c] = await until('all three are connected', [alice, bob, carol],
      (...shots) => shots.every((shot) => shot.peers.length === 2 && shot.peers.every((peer) => peer.path === 'direct')), { timeout: 40_000 });
    assert.equal(c.host, a.me);
    assert.equal(b.term, c.term);
    for (const page of [alice, bob]) assert.equal(await page.getByTestId('toast').filter({ hasText: /left/ }).count(), 0);
    await keepPicture(alice, 'server-back');
  } finally {
    await second.stop();
    rmSync(state, { recursive: true, force: true });
  }
});
