// Any number of rooms on one page: they meet, keep apart, and leave nothing behind.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kReliable, kUnreliable, meet, openRooms, roomPages, withRoomPages } from '../lib/room_page.mjs';
import { readMetrics, startServer } from '../lib/server.mjs';

const kGoneMs = 10_000;

let server;
let browser;

withRoomPages((...started) => { [server, browser] = started; });

/// In a page, before anything else: counts what is open. `left()` names what is not ended yet.
const watchResources = () => {
  const sockets = [];
  const peers = [];
  const timers = new Set();
  const intervals = new Set();
  const listeners = new Set();
  globalThis.WebSocket = class extends WebSocket {
    constructor(...args) {
      super(...args);
      sockets.push(this);
    }
  };
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...args) {
      super(...args);
      peers.push(this);
    }
  };
  const { setTimeout: setOne, clearTimeout: clearOne, setInterval: setMany, clearInterval: clearMany } = globalThis;
  globalThis.setTimeout = (action, ...args) => {
    const id = setOne(() => {
      timers.delete(id);
      action();
    }, ...args);
    timers.add(id);
    return id;
  };
  globalThis.clearTimeout = (id) => {
    timers.delete(id);
    clearOne(id);
  };
  globalThis.setInterval = (...args) => {
    const id = setMany(...args);
    intervals.add(id);
    return id;
  };
  globalThis.clearInterval = (id) => {
    intervals.delete(id);
    clearMany(id);
  };
  const { addEventListener, removeEventListener } = EventTarget.prototype;
  EventTarget.prototype.addEventListener = function (type, listener, ...rest) {
    if (this === window || this === document) listeners.add(listener);
    return addEventListener.call(this, type, listener, ...rest);
  };
  EventTarget.prototype.removeEventListener = function (type, listener, ...rest) {
    listeners.delete(listener);
    return removeEventListener.call(this, type, listener, ...rest);
  };
  globalThis.left = () => ({
    sockets: sockets.filter(({ readyState }) => readyState !== WebSocket.CLOSED).length,
    peers: peers.filter(({ signalingState }) => signalingState !== 'closed').length,
    timers: timers.size,
    intervals: intervals.size,
    listeners: listeners.size,
  });
  globalThis.made = () => ({ sockets: sockets.length, peers: peers.length });
};

const kNothing = { sockets: 0, peers: 0, timers: 0, intervals: 0, listeners: 0 };
const left = (on) => on.page.evaluate(() => globalThis.left());

async function assertNothingIsLeft(on) {
  const deadline = Date.now() + kGoneMs;
  for (let now = await left(on); ; now = await left(on)) {
    if (JSON.stringify(now) === JSON.stringify(kNothing)) break;
    if (Date.now() > deadline) assert.deepEqual(now, kNothing, `after ${kGoneMs} ms`);
    await on.page.waitForTimeout(20);
  }
  assert.deepEqual(on.errors(), []);
}

async function assertTheyTalk(alice, bob) {
  for (const [from, to, mark] of [[alice, bob, 1], [bob, alice, 2]]) {
    for (const channel of [kReliable, kUnreliable]) {
      assert.equal(await from.send(to.me, channel, 900, mark), 'queued');
      const message = await to.next('Message');
      assert.deepEqual(message, { type: 'Message', from: from.me, channel, length: 900, whole: 'yes', mark });
    }
  }
}

test('two rooms of one module meet and exchange messages', async () => {
  const page = await openRooms(browser, server.url);
  const [alice, bob] = await meet(page, page);
  await assertTheyTalk(alice, bob);
  await page.close();
});

test('rooms of two modules on one page have the same number and do not get in each other\'s way', async () => {
  const page = await openRooms(browser, server.url);
  const [aliceModule, bobModule] = [await page.instantiate(), await page.instantiate()];
  const [alice, bob] = await meet(page, page, { aliceModule, bobModule });
  assert.equal(alice.handle.number, bob.handle.number);
  await assertTheyTalk(alice, bob);
  await alice.close();
  assert.equal((await bob.next('PeerLeft')).reason, 'peer_left');
  await page.close();
});

test('two pairs on one page hear their own alone', async () => {
  const page = await openRooms(browser, server.url);
  const pairs = [await meet(page, page), await meet(page, page)];
  assert.notEqual(pairs[0][0].code, pairs[1][0].code);
  for (const [index, [alice]] of pairs.entries()) assert.equal(await alice.send('all', kReliable, 10 + index, index), 'queued');
  for (const [index, [alice, bob]] of pairs.entries()) {
    assert.equal((await bob.next('Message')).length, 10 + index);
    await alice.frame();
    await bob.frame();
    for (const room of [alice, bob]) assert.ok(room.events.every(({ type }) => type !== 'Message'), JSON.stringify(room.events));
  }
  await page.close();
});

test('a page with rooms has no other global names than one without', async () => {
  const page = await openRooms(browser, server.url);
  const names = () => page.page.evaluate(() => Object.getOwnPropertyNames(window).sort());
  const before = await names();
  const [alice] = await meet(page, page);
  assert.deepEqual(await names(), before);
  await alice.close();
  assert.deepEqual(await names(), before);
  await page.close();
});

test('rooms that are destroyed leave no socket, connection, timer or listener behind', async () => {
  const page = await openRooms(browser, server.url, { init: watchResources });
  const [alice, bob] = await meet(page, page);
  const now = await left(page);
  assert.deepEqual([now.sockets, now.peers, now.intervals, now.listeners], [2, 2, 2, 4], 'what is open is counted');
  assert.ok(now.timers > 0, 'so are timers');
  await alice.close();
  await bob.close();
  await assertNothingIsLeft(page);
  await page.close();
});

test('rooms that are destroyed while they enter leave nothing behind', async () => {
  const page = await openRooms(browser, server.url, { init: watchResources });
  const alice = await page.room({ name: 'Alice' });
  const { code } = await alice.next('Joined');
  for (let i = 0; i < 5; ++i) await (await page.room({ name: 'Hasty', code })).close();
  assert.equal((await page.page.evaluate(() => globalThis.made())).sockets, 6);
  await alice.close();
  await assertNothingIsLeft(page);
  await page.close();
});

test('rooms that are destroyed while they connect leave nothing behind', async () => {
  const page = await openRooms(browser, server.url, { init: watchResources });
  const alice = await page.room({ name: 'Alice' });
  const { code } = await alice.next('Joined');
  const bob = await page.room({ name: 'Bob', code });
  await bob.next('PeerJoined');
  await alice.next('PeerJoined');
  await Promise.all([alice.close(), bob.close()]);
  assert.ok((await page.page.evaluate(() => globalThis.made())).peers >= 2);
  await assertNothingIsLeft(page);
  await page.close();
});

test('a room that was left is over for both, and holds no connection until it is destroyed', async () => {
  const page = await openRooms(browser, server.url, { init: watchResources });
  const [alice, bob] = await meet(page, page);
  await alice.leave();
  const { reason, message } = await alice.next('Ended');
  assert.equal(reason, 'left');
  assert.equal(message, 'You left the room.');
  assert.equal((await bob.next('PeerLeft')).reason, 'peer_left');
  const now = await left(page);
  assert.deepEqual([now.peers, now.intervals], [0, 2]);
  await bob.close();
  await alice.close();
  await assertNothingIsLeft(page);
  await page.close();
});

test('the server keeps no room of those that were destroyed', async (t) => {
  const own = await startServer({ pages: roomPages });
  t.after(() => own.kill());
  const page = await openRooms(browser, own.url);
  const [alice, bob] = await meet(page, page);
  assert.equal((await readMetrics(own)).parlor_rooms, 1);
  await bob.close();
  await alice.close();
  const deadline = Date.now() + kGoneMs;
  for (let metrics = await readMetrics(own); metrics.parlor_rooms + metrics.parlor_websockets > 0; metrics = await readMetrics(own)) {
    assert.ok(Date.now() < deadline, JSON.stringify(metrics));
    await page.page.waitForTimeout(20);
  }
  await page.close();
});
