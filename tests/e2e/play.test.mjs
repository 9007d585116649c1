// The game itself, between two browsers: tag, and things that everybody can push.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cubeOf, distance, keepPicture, openPage, snapshot, startBrowser, until } from '../lib/browser.mjs';
import { startServer } from '../lib/server.mjs';
import { runAfter } from '../lib/steer.mjs';

let server;
let browsers = [];
let alice;
let bob;

before(async () => {
  server = await startServer();
  browsers = await Promise.all([startBrowser(), startBrowser()]);
  alice = await openPage(browsers[0], `${server.url}?new&name=Alice`, { width: 640, height: 360 });
  const [{ code }] = await until('alice is in her room', alice, (shot) => shot.state === 'playing');
  bob = await openPage(browsers[1], `${server.url}?room=${code}&name=Bob`, { width: 640, height: 360 });
  await until('they see each other', [alice, bob], (a, b) => cubeOf(a, 'Bob')?.x !== undefined && cubeOf(b, 'Alice')?.x !== undefined);
});

after(async () => {
  await Promise.all(browsers.map((browser) => browser.close()));
  await server?.stop();
});

test('alone nobody has to catch; once two are there one of them has, and both pages say the same', async () => {
  const [a, b] = await until('somebody has to catch', [alice, bob], (x, y) => x.it !== 0 && x.it === y.it);
  assert.ok([a.me, b.me].includes(a.it));
});

test('who has to catch runs after the other, and then the other has to', async () => {
  const [a] = await until('one has to catch', [alice, bob], (x, y) => x.it !== 0 && x.it === y.it);
  const [hunter, prey, name] = a.it === a.me ? [alice, bob, 'Bob'] : [bob, alice, 'Alice'];
  const before = a.it;
  await keepPicture(hunter, 'tag');
  await runAfter(hunter, `${name} is caught`, (shot) => cubeOf(shot, name), (shot) => shot.it !== before);
  const [x, y] = await until('both pages say so', [hunter, prey], (mine, theirs) => mine.it !== before && mine.it === theirs.it);
  assert.equal(x.it, y.me);
  await prey.getByTestId('toast').filter({ hasText: /caught you/ }).first().waitFor({ timeout: 10_000 });
});

test('a ball that one kicks rolls for both, and comes to lie at one place', async () => {
  const before = (await snapshot(bob)).things[0];
  await runAfter(bob, 'bob kicks the ball', (shot) => shot.things[0], (shot) => distance(shot.things[0], before) > 1);
  const { me } = await snapshot(bob);
  await until('alice sees it roll, moved by bob', alice, (shot) => distance(shot.things[0], before) > 0.5 && shot.things[0].owner === me);
  let last;
  await until('it lies still at one place', [alice, bob], (a, b) => {
    const still = last !== undefined && distance(last, b.things[0]) < 0.001;
    last = b.things[0];
    return still && distance(a.things[0], b.things[0]) < 0.05;
  }, { timeout: 60_000 });
});

test('a crate that one pushes moves for both', async () => {
  const before = (await snapshot(alice)).things[4];
  await runAfter(alice, 'alice pushes the crate', (shot) => shot.things[4], (shot) => distance(shot.things[4], before) > 0.8);
  await until('bob sees it at its new place', [alice, bob], (a, b) => distance(a.things[4], b.things[4]) < 0.05 && distance(b.things[4], before) > 0.5);
});

test('no page reported an error', () => {
  for (const page of [alice, bob]) assert.deepEqual(page.said.filter((line) => /^(error|uncaught)/.test(line)), []);
});
