// Sixteen bots and two people in one room: what the people's browsers see of them.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { cubeOf, distance, openPage, snapshot, startBrowser, until } from '../lib/browser.mjs';
import { cleanEnv, parlorPath, startServer } from '../lib/server.mjs';

const kBots = 16;
const kEndMs = 10_000;
const small = { width: 200, height: 120 };
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

/// `parlor bot` with these arguments: { child, said(), ended }.
function startBots(t, ...args) {
  const child = spawn(parlorPath(), ['bot', ...args], { env: cleanEnv(), stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (piece) => { text += piece; });
  const ended = new Promise((resolve) => child.once('close', (code) => resolve(code)));
  t.after(async () => {
    const timer = setTimeout(() => child.kill('SIGKILL'), kEndMs);
    child.kill('SIGTERM');
    await ended;
    clearTimeout(timer);
  });
  return { child, said: () => text, ended };
}

const bots = (shot) => shot.peers.filter((peer) => /^Bot \d+$/.test(peer.name));

test('sixteen bots play with two browsers as members do, and leave in order', async (t) => {
  const ada = await openPage(browser, `${server.url}?new&name=Ada&size=20`, small);
  const [{ code }] = await until('Ada has a room', ada, (shot) => shot.state === 'playing');
  const ben = await openPage(browser, `${server.url}?room=${code}&name=Ben`, small);
  const crowd = startBots(t, '--room', `${server.url}?room=${code}`, '--count', String(kBots), '--name', 'Bot');

  // Each is there, has a way, and is seen somewhere.
  const pages = [ada, ben];
  const here = (shot) => bots(shot).length === kBots && bots(shot).every((peer) => peer.path === 'direct' && peer.x !== undefined);
  const [before] = await until('both see all bots', pages, (...shots) => shots.every(here));
  assert.match(crowd.said(), new RegExp(`^${kBots} bots in room ${code}\\.$`, 'm'));

  // They run about, by themselves, and both browsers see them at the same places.
  const far = (shot) => bots(shot).filter((peer) => distance(peer, cubeOf(before, peer.name)) > 3).length;
  await until('most bots have gone elsewhere', pages, (...shots) => shots.every((shot) => far(shot) > kBots / 2));
  await until('both see them at about the same places', pages,
    (hers, his) => bots(hers).filter((peer) => distance(peer, cubeOf(his, peer.name)) < 2.5).length === kBots);

  // Tag goes on among them: somebody has to catch, all agree who, and it comes to be another.
  const [{ it: first }] = await until('somebody has to catch', pages, (hers, his) => hers.it !== 0 && hers.it === his.it);
  await until('somebody else was caught', ada, (shot) => shot.it !== 0 && shot.it !== first);

  // They know who came and went.
  const cleo = await openPage(browser, `${server.url}?room=${code}&name=Cleo`, small);
  await until('Cleo sees the bots', cleo, here);
  await cleo.context().close();

  crowd.child.kill('SIGINT');
  assert.equal(await crowd.ended, 0);
  await until('the bots have left', pages, (...shots) => shots.every((shot) => shot.peers.length < 3));
  const notices = (await snapshot(ada)).peers.map((peer) => peer.name);
  assert.ok(!notices.some((name) => /^Bot/.test(name)));
  assert.match(crowd.said(), /^Cleo came in\./m);
});

test('a bot is host where it has made the room, and says why it ends', async (t) => {
  const one = startBots(t, '--server', server.url, '--name', 'Robin');
  const room = await new Promise((resolve) => {
    const look = setInterval(() => {
      const link = /^Room \S+: (\S+)$/m.exec(one.said())?.[1];
      if (link) resolve(link, clearInterval(look));
    }, 20);
  });
  const ada = await openPage(browser, `${room}&name=Ada`, small);
  const [shot] = await until('Ada is in with the bot', ada, ({ state, peers }) => state === 'playing' && peers.length === 1);
  assert.equal(cubeOf(shot, 'Robin').id, shot.host);
  await until('the host has begun the game', ada, ({ it }) => it !== 0);
  await ada.context().close();

  const lost = startBots(t, '--server', server.url, '--room', 'baba-bobab', '--count', '2');
  assert.equal(await lost.ended, 1);
  assert.match(lost.said(), /^Bot 1 is out \(no_such_room\): .+\.$/m);
  assert.match(lost.said(), /2 of 2 bots did not stay to the end/);
});
