// A room whose network is made worse, over a real connection, and the story of a path.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kReliable, kUnreliable, meet, openRooms, withRoomPages } from '../lib/room_page.mjs';

const kMessages = 200;

let server;
let browser;

withRoomPages((...started) => { [server, browser] = started; });

test('a delay is in the round trip twice, and gone when it is taken off', async () => {
  const page = await openRooms(browser, server.url);
  const [alice, bob] = await meet(page, page);
  await alice.statsOf(bob.me, (stats) => stats.round_trip < 100_000);
  assert.equal(await alice.condition({ delay: 50 }), 'taken');
  const slow = await alice.statsOf(bob.me, (stats) => stats.round_trip >= 100_000);
  assert.ok(slow.round_trip < 1_000_000, `${slow.round_trip} microseconds`);
  await bob.statsOf(alice.me, (stats) => stats.round_trip >= 100_000);
  assert.equal(await alice.condition(null), 'taken');
  await alice.statsOf(bob.me, (stats) => stats.round_trip < 100_000);
  await page.close();
});

test('of 200 messages with a loss of 30 % no reliable one is missing, and some unreliable ones are', async () => {
  const page = await openRooms(browser, server.url);
  const [alice, bob] = await meet(page, page);
  assert.equal(await alice.condition({ loss: 0.3, duplicate: 0.5 }), 'taken');
  for (let i = 0; i < kMessages; ++i) {
    assert.equal(await alice.send(bob.me, kReliable, 100, i), 'queued');
    assert.equal(await alice.send(bob.me, kUnreliable, 100, i), 'queued');
  }
  const marks = { [kReliable]: [], [kUnreliable]: [] };
  while (marks[kReliable].length < kMessages) {
    const message = await bob.next('Message');
    assert.equal(message.whole, 'yes', JSON.stringify(message));
    marks[message.channel].push(message.mark);
  }
  assert.deepEqual(marks[kReliable], [...Array(kMessages).keys()]);
  const heard = marks[kUnreliable].length;
  assert.ok(heard > 0.55 * kMessages && heard < 0.85 * kMessages, `${heard} of ${kMessages} were heard`);
  assert.equal(new Set(marks[kUnreliable]).size, heard, 'each once');
  assert.deepEqual(page.errors(), []);
  await page.close();
});

test('conditions out of their limits are refused by name', async () => {
  const page = await openRooms(browser, server.url);
  const [alice] = await meet(page, page);
  assert.equal(await alice.condition({ loss: 1.5 }), 'bad_loss');
  assert.equal(await alice.condition({ delay: 10_001 }), 'bad_delay');
  await page.close();
});

test('the story of a path tells how it came to be, with times', async () => {
  const page = await openRooms(browser, server.url);
  const [alice, bob] = await meet(page, page);
  const lines = await alice.explain(bob.me);
  assert.ok(lines.every((line) => /^\+\d+\.\d{3} s [a-z_]+: \S/.test(line)), lines.join('\n'));
  const codes = lines.map((line) => line.match(/ s (\w+):/)[1]);
  assert.deepEqual(codes.filter((code) => ['began', 'path_relay', 'rtc_open', 'path_direct'].includes(code)),
    ['began', 'path_relay', 'rtc_open', 'path_direct']);
  await page.close();
});
