// What becomes of a message between two real connections: taken, refused, dropped, and whole where it arrives.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kReliable, kUnreliable, meet, openRooms, withRoomPages } from '../lib/room_page.mjs';

const kLongestReliable = 60 * 1024;
const kLongestUnreliable = 16 * 1024;
const kNobodysChannel = 2;

let server;
let browser;

withRoomPages((...started) => { [server, browser] = started; });

/// Takes `count` messages, in whatever order; each must be whole.
async function take(room, count) {
  const messages = [];
  while (messages.length < count) {
    const message = await room.next('Message');
    assert.equal(message.whole, 'yes', JSON.stringify(message));
    messages.push(message);
  }
  return messages;
}

test('a full queue is would_block, drains, and takes more; all that was taken arrives in order', async () => {
  const page = await openRooms(browser, server.url);
  const [alice, bob] = await meet(page, page);
  const { taken, result, waiting } = await alice.sendUntilRefused(bob.me, kReliable, kLongestReliable, 100);
  assert.equal(result, 'would_block');
  // All that fits into a MiB and one more: what is with the browser counts, too, until the other end has acknowledged it.
  assert.equal(taken, 17);
  assert.equal(waiting, taken * kLongestReliable);

  await alice.statsOf(bob.me, (stats) => stats.queued_bytes === 0);
  assert.equal(await alice.send(bob.me, kReliable, 100, 250), 'queued');
  const messages = await take(bob, taken + 1);
  assert.deepEqual(messages.map(({ mark }) => mark), [...Array(taken).keys(), 250]);
  assert.ok(messages.slice(0, taken).every(({ length }) => length === kLongestReliable));
  await page.close();
});

test('an unreliable message too many is dropped, and the next ones go out once the browser has sent', async () => {
  const page = await openRooms(browser, server.url);
  const [alice, bob] = await meet(page, page);
  const { taken, result, waiting } = await alice.sendUntilRefused(bob.me, kUnreliable, kLongestUnreliable, 100);
  assert.equal(result, 'dropped');
  assert.equal(taken, 4);
  assert.ok(waiting >= 4 * kLongestUnreliable && waiting < 5 * kLongestUnreliable, `${waiting} bytes wait`);
  await alice.statsOf(bob.me, (stats) => stats.queued_bytes === 0);
  assert.equal(await alice.send(bob.me, kUnreliable, 100, 250), 'queued');
  assert.equal(await alice.send(bob.me, kReliable, 100, 251), 'queued');
  await bob.next((event) => event.mark === 251);
  await page.close();
});

test('the longest messages arrive whole, and longer ones are too_large', async () => {
  const page = await openRooms(browser, server.url);
  const [alice, bob] = await meet(page, page);
  for (const [channel, longest] of [[kReliable, kLongestReliable], [kUnreliable, kLongestUnreliable]]) {
    assert.equal(await alice.send(bob.me, channel, longest, 3), 'queued');
    const [message] = await take(bob, 1);
    assert.deepEqual([message.length, message.channel], [longest, channel]);
    assert.equal(await alice.send(bob.me, channel, longest + 1, 4), 'too_large');
  }
  assert.equal(await alice.send(bob.me, kNobodysChannel, 1, 5), 'too_large', 'there is no such channel');
  await page.close();
});

test('an empty message arrives as one', async () => {
  const page = await openRooms(browser, server.url);
  const [alice, bob] = await meet(page, page);
  for (const channel of [kReliable, kUnreliable]) {
    assert.equal(await alice.send(bob.me, channel, 0, 0), 'queued');
    assert.deepEqual(await bob.next('Message'), { type: 'Message', from: alice.me, channel, length: 0, whole: 'yes' });
  }
  await page.close();
});

test('nobody, a stranger, oneself as the host, and all when alone are no_such_peer', async () => {
  const page = await openRooms(browser, server.url);
  const alone = await page.room({ name: 'Alone' });
  await alone.next('Joined');
  assert.equal(await alone.send('all', kReliable, 1, 1), 'no_such_peer');
  const [alice, bob] = await meet(page, page);
  const stranger = [1, 2, 3].find((id) => id !== alice.me && id !== bob.me);
  assert.equal(await alice.send(0, kReliable, 1, 1), 'no_such_peer');
  assert.equal(await alice.send(stranger, kReliable, 1, 1), 'no_such_peer');
  assert.equal(await alice.send('host', kReliable, 1, 1), 'no_such_peer');
  assert.equal(await bob.send('host', kReliable, 1, 9), 'queued');
  assert.equal((await alice.next('Message')).mark, 9);
  await bob.close();
  await alice.next('PeerLeft');
  assert.equal(await alice.send(bob.me, kReliable, 1, 1), 'no_such_peer');
  await page.close();
});

test('a message that is given its place by growing the memory is whole', async () => {
  const init = () => {
    const { grow } = WebAssembly.Memory.prototype;
    Object.assign(globalThis, { mayGrow: true, grown: 0 });
    WebAssembly.Memory.prototype.grow = function (...args) {
      if (!globalThis.mayGrow) throw new RangeError('The memory may not grow now.');
      ++globalThis.grown;
      return grow.apply(this, args);
    };
  };
  const page = await openRooms(browser, server.url, { init });
  const [aliceModule, bobModule] = [await page.instantiate(), await page.instantiate()];
  const [alice, bob] = await meet(page, page, { aliceModule, bobModule });
  await page.page.evaluate(() => { globalThis.mayGrow = false; });
  await page.call('fill', bobModule);
  await page.page.evaluate(() => { globalThis.mayGrow = true; });
  assert.equal(await page.page.evaluate(() => globalThis.grown), 0);

  assert.equal(await alice.send(bob.me, kReliable, kLongestReliable, 8), 'queued');
  const [message] = await take(bob, 1);
  assert.deepEqual([message.length, message.mark], [kLongestReliable, 8]);
  assert.ok(await page.page.evaluate(() => globalThis.grown) > 0, 'the memory grew');
  await page.close();
});
