// A link in real Chromium whose ways are taken from it and given back, while both ends play sixty frames a second.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startBrowser } from '../lib/browser.mjs';
import { enterBoth, kReliable, kUnreliable, meet, openRooms, roomPages } from '../lib/room_page.mjs';
import { startServer } from '../lib/server.mjs';
import { startWire } from '../lib/wire.mjs';

const kMostGapMs = 1000;
const kWaitMs = 30_000;

let server;
let browser;

before(async () => {
  server = await startServer({ pages: roomPages });
  browser = await startBrowser({ webgl: false });
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/// What the games of all rooms have been, once `condition` holds for each.
async function played(rooms, what, condition) {
  const deadline = Date.now() + kWaitMs;
  for (;;) {
    const games = await Promise.all(rooms.map((room) => room.played()));
    if (games.every(condition)) return games;
    if (Date.now() > deadline) {
      const shown = games.map(({ sent, heard, events }) => JSON.stringify({ sent, heard: heard.length, events }));
      throw new Error(`not within ${kWaitMs} ms: ${what}\n${shown.join('\n')}`);
    }
    await rooms[0].on.page.waitForTimeout(50);
  }
}

const heardOf = (game, channel) => game.heard.filter((one) => one.channel === channel);
const pathsOf = (game) => game.events.filter(({ type }) => type === 'PathChanged').map(({ from, to }) => `${from} → ${to}`);
const last = (game) => pathsOf(game).at(-1);

/// The longest time without anything heard, since `from`.
function longestGap({ heard, now }, from) {
  const times = [from, ...heard.map(({ at }) => at).filter((at) => at > from), now];
  return Math.max(...times.slice(1).map((at, i) => at - times[i]));
}

/// Both say nothing more, and have heard all that was said reliably, once and in order.
async function assertNothingLost(rooms) {
  for (const room of rooms) await room.hush();
  const [{ sent: byAlice }, { sent: byBob }] = await Promise.all(rooms.map((room) => room.played()));
  const wanted = [byBob, byAlice];
  const [a, b] = await played(rooms, `${wanted} reliable messages are heard`, (game, i) => heardOf(game, kReliable).length >= wanted[i]);
  for (const [hearer, sayer] of [[a, b], [b, a]]) {
    const marks = heardOf(hearer, kReliable).map(({ mark }) => mark);
    assert.deepEqual(marks, Array.from({ length: sayer.sent }, (_, i) => i % 256));
    assert.deepEqual(hearer.refused, []);
  }
}

test('where WebRTC is forbidden, two play through the server', async () => {
  const strict = await startBrowser({ webgl: false, args: ['--webrtc-ip-handling-policy=disable_non_proxied_udp'] });
  try {
    const pages = [await openRooms(strict, server.url), await openRooms(strict, server.url)];
    const rooms = await enterBoth(...pages);
    for (const room of rooms) assert.ok((await room.statsOf(room.other, (stats) => stats.round_trip > 0)).round_trip < 1_000_000);
    for (const room of rooms) await room.play();
    const games = await played(rooms, 'both play', (game) => heardOf(game, kReliable).length > 100 && heardOf(game, kUnreliable).length > 100);
    for (const game of games) assert.deepEqual(pathsOf(game), ['none → relay'], 'and nobody is told of a failure');
    await assertNothingLost(rooms);
  } finally {
    await strict.close();
  }
});

test('the first message goes through the server, before WebRTC is there', async () => {
  const wire = await startWire();
  wire.cut = true;
  const pages = [await openRooms(browser, server.url, { wire }), await openRooms(browser, server.url, { wire })];
  const [alice, bob] = await enterBoth(...pages);
  assert.equal(await bob.send(alice.me, kReliable, 100, 5), 'queued');
  assert.equal((await alice.next('Message')).mark, 5);
  assert.equal((await alice.statsOf(bob.me, () => true)).path, 'relay');
  wire.cut = false;
  for (const room of [alice, bob]) await room.next(({ type, to }) => type === 'PathChanged' && to === 'direct');
  for (const page of pages) await page.close();
  await wire.close();
});

test('datagrams that stop coming while two play are a change of path and no gap, and so are those that come again', async (t) => {
  const wire = await startWire();
  const pages = [await openRooms(browser, server.url, { wire }), await openRooms(browser, server.url, { wire })];
  const rooms = await meet(...pages);
  for (const room of rooms) await room.play();
  const began = (await played(rooms, 'both play', (game) => heardOf(game, kReliable).length > 60)).map(({ now }) => now);

  wire.cut = true;
  await played(rooms, 'both are on the relay', (game) => last(game) === 'direct → relay');
  const cut = await played(rooms, 'they play on there', (game) => game.heard.length > 0 && game.now - game.heard.at(-1).at < 100);
  wire.cut = false;
  const games = await played(rooms, 'both are direct again', (game) => last(game) === 'relay → direct');
  for (const [i, game] of games.entries()) {
    assert.deepEqual(pathsOf(game), ['direct → relay', 'relay → direct']);
    const gap = longestGap(game, began[i]);
    t.diagnostic(`${i === 0 ? 'Alice' : 'Bob'} heard nothing for ${gap.toFixed(0)} ms at most`);
    assert.ok(gap < kMostGapMs, `${gap} ms`);
    assert.ok(heardOf(cut[i], kUnreliable).length > 60);
  }
  await assertNothingLost(rooms);
  for (const page of pages) await page.close();
  await wire.close();
});

test('both ways dead at once lose nothing that is reliable', async (t) => {
  const state = mkdtempSync(join(tmpdir(), 'parlor-ladder-'));
  t.after(() => rmSync(state, { recursive: true, force: true }));
  const first = await startServer({ pages: roomPages, state });
  const wire = await startWire();
  const pages = [await openRooms(browser, first.url, { wire }), await openRooms(browser, first.url, { wire })];
  const rooms = await meet(...pages);
  for (const room of rooms) await room.play();
  await played(rooms, 'both play', (game) => heardOf(game, kReliable).length > 60);

  wire.cut = true;
  await first.kill();
  await played(rooms, 'neither has a way', (game) => last(game) === 'direct → none');
  const second = await startServer({ pages: roomPages, state, listen: [`127.0.0.1:${first.port}`] });
  t.after(() => second.stop());
  await played(rooms, 'they have the server again', (game) => last(game) === 'none → relay');
  wire.cut = false;
  await played(rooms, 'and each other', (game) => last(game) === 'relay → direct');
  for (const game of await Promise.all(rooms.map((room) => room.played()))) {
    assert.deepEqual(game.events.filter(({ type }) => type === 'PeerLeft'), []);
  }
  await assertNothingLost(rooms);
  for (const page of pages) await page.close();
  await wire.close();
});
