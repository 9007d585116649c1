// Seven players in a mesh, a late eighth, and a host who goes: every pair of them connected directly.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cubeOf, distance, keepPicture, openPage, snapshot, startBrowser, until } from '../lib/browser.mjs';
import { startServer } from '../lib/server.mjs';

const names = ['Ada', 'Ben', 'Cleo', 'Dan', 'Eve', 'Finn', 'Gus', 'Hana'];
const small = { width: 200, height: 120 };
let server;
let browsers = [];
let pages = [];

before(async () => {
  server = await startServer({ args: ['--grace-seconds', '1'] });
  browsers = await Promise.all([startBrowser(), startBrowser()]);
});

after(async () => {
  await Promise.all(browsers.map((browser) => browser.close()));
  await server?.stop();
});

const meshOf = (count) => (...shots) =>
  shots.every((shot) => shot.state === 'playing' && shot.peers.length === count - 1 && shot.peers.every((peer) => peer.path === 'direct'));

test('seven players are all connected with each other', async () => {
  const first = await openPage(browsers[0], `${server.url}?new&name=${names[0]}`, small);
  const [{ code }] = await until('the first has a room', first, (shot) => shot.state === 'playing');
  pages = [first, ...await Promise.all(names.slice(1, 7).map((name, i) =>
    openPage(browsers[(i + 1) % 2], `${server.url}?room=${code}&name=${name}`, small)))];
  const shots = await until('seven in a mesh', pages, meshOf(7), { timeout: 90_000 });
  assert.equal(new Set(shots.map((shot) => shot.me)).size, 7);
  assert.equal(new Set(shots.map((shot) => shot.host)).size, 1, 'all agree who is host');
});

test('a late eighth is connected with all of them and sees where they are', async () => {
  const { code } = await snapshot(pages[0]);
  await pages[2].keyboard.down('KeyW');
  await until('one walks', pages[2], (shot) => Math.hypot(shot.self.x, shot.self.z) > 2);
  await pages[2].keyboard.up('KeyW');
  pages.push(await openPage(browsers[1], `${server.url}?room=${code}&name=${names[7]}`, small));
  await until('eight in a mesh', pages, meshOf(8), { timeout: 60_000 });
  for (let i = 0; i < 7; ++i) {
    await until(`the late one sees ${names[i]} where it stands`, [pages[i], pages[7]],
      (theirs, mine) => distance(theirs.self, cubeOf(mine, names[i])) < 0.05);
  }
  await keepPicture(pages[0], 'mesh-of-eight');
});

test('when the host leaves, the longest-present member is host and the term has grown', async () => {
  const { term } = await snapshot(pages[0]);
  await pages[0].context().close();
  pages.shift();
  const shots = await until('seven agree on a new host', pages,
    (...list) => meshOf(7)(...list) && list.every((shot) => shot.host === list[0].host && shot.term === term + 1));
  assert.ok(shots.some((shot) => shot.me === shots[0].host));
});
