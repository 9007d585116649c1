// The Room in real Chromium and a member in Node.js that was written from the documents alone (tests/link/peer.mjs), in one room. The
// latter has no WebRTC, so all goes by the relay.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Peer } from '../link/peer.mjs';
import { startGateway } from '../lib/gateway.mjs';
import { openRooms, roomPages, withRoomPages } from '../lib/room_page.mjs';
import { startServer } from '../lib/server.mjs';

const kinds = ['reliable', 'unreliable', 'latest', 'bulk', 'reliable!', 'latest!'];
const channels = kinds.map((kind) => ({ kind: kind.replace('!', ''), ofHost: kind.endsWith('!') }));
const [kReliable, kUnreliable, kLatest, kBulk, kHostReliable, kHostLatest] = kinds.keys();
const kLongest = 61440;
const kLongestUnreliable = 16384;

let server;
let browser;

withRoomPages((...started) => { [server, browser] = started; });

/// As the page makes its messages: each byte follows from the first.
const pattern = (length, mark) => Buffer.from(Array.from({ length }, (_, i) => (mark + i * 31) % 256));
const said = (peer, channel) => peer.events.filter((event) => event.type === 'message' && event.channel === channel);
const marks = (peer, channel) => said(peer, channel).map(({ bytes }) => bytes[0]);
const upTo = (count) => [...Array(count).keys()];

/// Alice on a page, host, and Bob, who is not a browser: { page, alice, bob }.
async function meetAnother(t, { channels: bobs = channels, on = server, url = on.url } = {}) {
  const page = await openRooms(browser, url);
  t.after(() => page.close());
  const alice = await page.room({ name: 'Alice', channels: kinds.join() }, 0, 'openWithChannels');
  const { me, code } = await alice.next('Joined');
  const bob = await Peer.enter(on, { name: 'Bob', game: 'web-test', code, channels: bobs });
  t.after(() => bob.vanish());
  Object.assign(alice, { me, code });
  assert.deepEqual(await alice.next('PeerJoined'), { type: 'PeerJoined', peer: bob.id, name: 'Bob' });
  return { page, alice, bob };
}

/// The next message on a channel, which must be whole.
async function hear(alice, channel) {
  const message = await alice.next((event) => event.type === 'Message' && event.channel === channel);
  assert.equal(message.whole, 'yes', JSON.stringify(message));
  return message;
}

/// The marks of so many messages on a channel.
async function hearMarks(alice, channel, count) {
  const found = [];
  while (found.length < count) found.push((await hear(alice, channel)).mark);
  return found;
}

for (const [name, channel, longest] of [['reliable', kReliable, kLongest], ['bulk', kBulk, kLongest], ['unreliable', kUnreliable, kLongestUnreliable]]) {
  test(`${name} messages of every length are whole, both ways`, async (t) => {
    const { alice, bob } = await meetAnother(t);
    for (const [mark, length] of [1, 100, kLongestUnreliable, longest].entries()) {
      assert.equal(bob.send(alice.me, channel, pattern(length, mark)), 'queued');
      assert.deepEqual(await hear(alice, channel), { type: 'Message', from: bob.id, channel, length, whole: 'yes', mark });
      assert.equal(await alice.send(bob.id, channel, length, mark), 'queued');
      const { from, bytes } = await bob.next('message');
      assert.equal(from, alice.me);
      assert.deepEqual(bytes, pattern(length, mark));
    }
    assert.equal(bob.send(alice.me, channel, Buffer.alloc(0)), 'queued');
    assert.equal((await hear(alice, channel)).length, 0);
    await alice.send(bob.id, channel, 0, 0);
    assert.equal((await bob.next('message')).bytes.length, 0);
  });
}

test('reliable and bulk messages are in order, and none is there twice, both ways', async (t) => {
  const { alice, bob } = await meetAnother(t);
  for (const mark of upTo(100)) {
    for (const channel of [kReliable, kBulk]) {
      bob.send(alice.me, channel, pattern(300, mark));
      await alice.send(bob.id, channel, 300, mark);
    }
  }
  for (const channel of [kReliable, kBulk]) {
    assert.deepEqual(await hearMarks(alice, channel, 100), upTo(100));
    await bob.until(() => said(bob, channel).length >= 100);
    assert.deepEqual(marks(bob, channel), upTo(100));
  }
  await alice.statsOf(bob.id, ({ queued_bytes: queued, path }) => queued === 0 && path === 'relay');
  await bob.until(() => bob.link(alice.me).out.every(({ next, acknowledged }) => next === acknowledged));
  assert.equal(bob.link(alice.me).resent, 0);
  assert.equal(bob.link(alice.me).counts.repeated, 0, 'a way that lives brings what it was given');
});

test('what was delivered is acknowledged though nobody asks', async (t) => {
  const { alice, bob } = await meetAnother(t);
  const link = bob.link(alice.me);
  await bob.until(() => link.greeted && link.pings.size === 0);
  link.tick = () => {}; // no more pings
  for (const channel of [kReliable, kBulk]) bob.send(alice.me, channel, pattern(10, 1));
  bob.send(alice.me, kLatest, pattern(10, 1), 1);
  await bob.until(() => link.out.every(({ next, acknowledged }) => next === acknowledged) && isAcknowledged(link));
});

const isAcknowledged = (link) => link.out.every(({ keys }) => [...keys.values()].every(({ acknowledged }) => acknowledged));

test('of each key the newest value arrives, both ways', async (t) => {
  const { alice, bob } = await meetAnother(t);
  const keys = [1, 300, 2 ** 31];
  for (const mark of upTo(40)) {
    for (const key of keys) {
      assert.equal(bob.send(alice.me, kLatest, pattern(50, mark), key), 'queued');
      assert.equal(await alice.sendLatest(bob.id, kLatest, 50, mark, key), 'queued');
    }
  }
  for (const key of keys) await alice.next((event) => event.channel === kLatest && event.key === key && event.mark === 39);
  await bob.until(() => isAcknowledged(bob.link(alice.me)));
  for (const key of keys) {
    await bob.until(() => said(bob, kLatest).some((one) => one.key === key && one.bytes[0] === 39));
    const found = said(bob, kLatest).filter((one) => one.key === key).map(({ bytes }) => bytes[0]);
    assert.deepEqual(found, [...new Set(found)].sort((a, b) => a - b));
  }
});

test('more than the server takes at once is refused, sent again, and arrives, both ways', async (t) => {
  const { alice, bob } = await meetAnother(t);
  const [count, length] = [60, 50_000];
  const expected = [];
  while (expected.length < count) {
    const { taken } = await alice.sendUntilRefused(bob.id, kReliable, length, Math.min(10, count - expected.length));
    expected.push(...upTo(taken)); // marks begin anew with each call
    await alice.frame();
  }
  await bob.until(() => said(bob, kReliable).length >= count);
  assert.deepEqual(marks(bob, kReliable), expected);
  assert.ok(said(bob, kReliable).every(({ bytes }) => bytes.equals(pattern(length, bytes[0]))));
  for (const mark of upTo(count)) assert.equal(await bob.sendWhenPossible(alice.me, kReliable, pattern(length, mark)), 'queued');
  assert.deepEqual(await hearMarks(alice, kReliable, count), upTo(count));
  assert.ok(bob.link(alice.me).lanes.reliable.refusals > 0);
  assert.deepEqual(alice.events.filter(({ type }) => type === 'ServerLost'), []);
});

/// Messages with these marks, both ways, on the reliable channel and the one for bulk.
async function sayBoth(alice, bob, from, to) {
  for (let mark = from; mark < to; ++mark) {
    for (const channel of [kReliable, kBulk]) {
      assert.equal(bob.send(alice.me, channel, pattern(400, mark)), 'queued');
      assert.equal(await alice.send(bob.id, channel, 400, mark), 'queued');
    }
  }
}

/// All of them came, once and in order, and nothing waits any more.
async function assertBothHeard(alice, bob, count) {
  for (const channel of [kReliable, kBulk]) {
    assert.deepEqual(await hearMarks(alice, channel, count), upTo(count));
    await bob.until(() => said(bob, channel).length >= count);
    assert.deepEqual(marks(bob, channel), upTo(count));
  }
  await alice.statsOf(bob.id, ({ queued_bytes: queued }) => queued === 0);
  await bob.until(() => bob.link(alice.me).out.every(({ next, acknowledged }) => next === acknowledged));
  assert.deepEqual(alice.events.filter(({ type }) => type === 'Message'), []);
}

test('messages that were under way when the connection of the other implementation broke arrive behind it, once and in order', async (t) => {
  const { alice, bob } = await meetAnother(t);
  bob.send(alice.me, kLatest, pattern(10, 1), 7);
  await alice.sendLatest(bob.id, kLatest, 10, 1, 7);
  await sayBoth(alice, bob, 0, 40);
  await bob.until(() => said(bob, kReliable).length > 10);
  bob.socket.pause(); // what comes now is lost with the connection, and so is what Bob says
  bob.link(alice.me).carrier = { ...bob.link(alice.me).carrier, send: () => {} };
  await sayBoth(alice, bob, 40, 80);
  await alice.sendLatest(bob.id, kLatest, 10, 2, 7);
  bob.cut();
  bob.link(alice.me).carrier = bob.members.get(alice.me).carrier;
  bob.send(alice.me, kLatest, pattern(10, 2), 7);
  await sayBoth(alice, bob, 80, 120);
  await alice.next('PeerAway');
  await sayBoth(alice, bob, 120, 160);
  assert.equal((await alice.next('PeerBack')).anew, 'no');
  await sayBoth(alice, bob, 160, 200);
  assert.deepEqual(await hearMarks(alice, kLatest, 2), [1, 2]);
  await bob.until(() => marks(bob, kLatest).includes(2) && isAcknowledged(bob.link(alice.me)));
  await assertBothHeard(alice, bob, 200);
});

test('messages that were under way when the connection of the page broke arrive behind it, once and in order', async (t) => {
  let cut = false;
  const gateway = await startGateway(server, { response: (text) => ({ text: cut ? '' : text, over: cut }) });
  t.after(() => gateway.stop());
  const { alice, bob } = await meetAnother(t, { url: gateway.url });
  await sayBoth(alice, bob, 0, 50);
  cut = true; // with the next that the server says
  await sayBoth(alice, bob, 50, 100);
  await alice.next('ServerLost');
  await bob.until(() => bob.members.get(alice.me).away);
  await sayBoth(alice, bob, 100, 150);
  cut = false;
  await alice.next('ServerBack');
  await sayBoth(alice, bob, 150, 200);
  await assertBothHeard(alice, bob, 200);
  assert.ok(bob.link(alice.me).resent > 0);
});

test('the link outlives a server that is killed and started again', async (t) => {
  const state = mkdtempSync(join(tmpdir(), 'parlor-link-'));
  t.after(() => rmSync(state, { recursive: true, force: true }));
  const first = await startServer({ pages: roomPages, state });
  t.after(() => first.kill());
  const { alice, bob } = await meetAnother(t, { on: first });
  await sayBoth(alice, bob, 0, 50);
  await first.kill();
  await alice.next('ServerLost');
  await bob.until(() => !bob.inRoom);
  await sayBoth(alice, bob, 50, 100);
  const second = await startServer({ pages: roomPages, state, listen: [`127.0.0.1:${first.port}`] });
  t.after(() => second.stop());
  await alice.next('ServerBack');
  await bob.until(() => bob.inRoom);
  await sayBoth(alice, bob, 100, 150);
  await assertBothHeard(alice, bob, 150);
  assert.deepEqual(alice.events.filter(({ type }) => type === 'PeerLeft'), []);
});

test('a page that comes into a room of the other implementation is not answered by WebRTC, and hears all by the relay', async (t) => {
  const bob = await Peer.enter(server, { name: 'Bob', game: 'web-test', channels });
  t.after(() => bob.vanish());
  const page = await openRooms(browser, server.url);
  t.after(() => page.close());
  const alice = await page.room({ name: 'Alice', code: bob.code, channels: kinds.join() }, 0, 'openWithChannels');
  const { me } = await alice.next('Joined');
  assert.equal((await bob.next('offer')).from, me);
  Object.assign(alice, { me });
  await sayBoth(alice, bob, 0, 20);
  await assertBothHeard(alice, bob, 20);
  const paths = alice.events.filter(({ type }) => type === 'PathChanged').map(({ from, to }) => `${from} → ${to}`);
  assert.deepEqual(paths, ['none → relay']);
  assert.deepEqual(alice.events.filter(({ type }) => type === 'LinkFailed'), []);
});

test('an unreliable message comes once though it was sent twice with one number', async (t) => {
  const { alice, bob } = await meetAnother(t);
  const link = bob.link(alice.me);
  for (const copy of [65535, 65535, 0, 0, 65534, 65534]) {
    const frame = { kind: 'unreliable_copy', stamp: link.linkClock() % 65536, copy, payload: pattern(10, copy % 256) };
    link.transmit('unreliable', kUnreliable, frame, { age: 1000 });
  }
  bob.send(alice.me, kUnreliable, pattern(10, 7));
  assert.deepEqual(await hearMarks(alice, kUnreliable, 4), [255, 0, 254, 7]);
});

test('an unreliable message that is certainly too old, or ahead of its sender\'s clock by more than two seconds, is not delivered', async (t) => {
  const { alice, bob } = await meetAnother(t);
  await alice.statsOf(bob.id, ({ round_trip: roundTrip }) => roundTrip > 0 && roundTrip < 400_000);
  const link = bob.link(alice.me);
  const stamped = (by, mark) => {
    const stamp = (link.linkClock() + by + 65536) % 65536;
    link.transmit('unreliable', kUnreliable, { kind: 'unreliable', stamp, payload: pattern(10, mark) }, { age: 1000 });
  };
  for (const [mark, by] of [-1500, -30_000, -60_000, 2500, 0, 1500].entries()) stamped(by, mark);
  assert.deepEqual(await hearMarks(alice, kUnreliable, 2), [4, 5]);
});

/// Gives the carrier a frame with whatever header.
const sendRaw = (bob, alice, lane, header, payload) => bob.link(alice.me).carrier.send({ lane, header: Buffer.from(header), payload });

test('what was not in order waits, pieces have any length, and where the relay\'s header ends does not matter', async (t) => {
  const { alice, bob } = await meetAnother(t);
  const whole = pattern(8, 1);
  sendRaw(bob, alice, 'reliable', [kReliable, 0x05, 3, 0], pattern(4, 2));
  sendRaw(bob, alice, 'reliable', [kReliable, 0x05, 2, 0], whole.subarray(5));
  sendRaw(bob, alice, 'reliable', [], Buffer.concat([Buffer.from([kReliable, 0x25, 0, 0]), whole.subarray(0, 3)]));
  sendRaw(bob, alice, 'reliable', [kReliable, 0x25, 1, 0], whole.subarray(3, 5));
  assert.deepEqual(await hearMarks(alice, kReliable, 2), [1, 2]);
});

test('a frame that its channel does not have, of a reserved kind, or cut short is ignored', async (t) => {
  const { alice, bob } = await meetAnother(t);
  const headers = [[kReliable, 0x85, 0, 0, 0], [kReliable, 0x45, 0, 0], [kReliable, 0xc5, 0, 0], [0xff, 0x05, 0, 0], [kReliable, 0x05, 0], [kReliable], []];
  for (const header of headers) {
    sendRaw(bob, alice, 'reliable', header, Buffer.alloc(0));
  }
  bob.send(alice.me, kReliable, pattern(4, 1));
  assert.equal((await hear(alice, kReliable)).mark, 1);
  assert.deepEqual(alice.events.filter(({ type }) => type === 'PeerLeft' || type === 'Message'), []);
});

test('an acknowledgement in the header of control is passed over', async (t) => {
  const { alice, bob } = await meetAnother(t);
  sendRaw(bob, alice, 'control', [0xb5, 1, 0], Buffer.from([5, 1, 1]));
  assert.equal((await alice.next('PeerLeft')).reason, 'peer_left');
});

test('both measure the round trip', async (t) => {
  const { alice, bob } = await meetAnother(t);
  await alice.statsOf(bob.id, ({ round_trip: roundTrip }) => roundTrip > 0);
  await bob.until(() => bob.link(alice.me).roundTrip > 0);
});

test('a channel of the host is heard from the host, and of the next one in its term', async (t) => {
  const { alice, bob } = await meetAnother(t);
  await alice.send(bob.id, kHostReliable, 20, 1);
  await alice.sendLatest(bob.id, kHostLatest, 20, 2, 9);
  await bob.until(() => said(bob, kHostReliable).length > 0 && said(bob, kHostLatest).length > 0);
  // Not the host, and says it all the same.
  bob.link(alice.me).sendOrdered('reliable', { channel: kHostReliable, bytes: pattern(20, 3), term: 1 });
  // The term that comes: it waits for the word of the server.
  bob.link(alice.me).sendOrdered('reliable', { channel: kHostReliable, bytes: pattern(20, 4), term: 2 });
  await bob.until(() => bob.link(alice.me).out[kHostReliable].acknowledged === 1);
  await alice.ask('make_host', bob.id);
  await bob.until(() => bob.host === bob.id);
  assert.equal(bob.send(alice.me, kHostLatest, pattern(20, 5), 9), 'queued');
  assert.equal((await hear(alice, kHostReliable)).mark, 4);
  assert.equal((await hear(alice, kHostLatest)).mark, 5);
  await bob.until(() => bob.link(alice.me).out[kHostReliable].acknowledged === 2);
});

test('another life of the other implementation is greeted anew', async (t) => {
  const { alice, bob } = await meetAnother(t);
  bob.send(alice.me, kReliable, pattern(10, 1));
  await hear(alice, kReliable);
  bob.vanish();
  await alice.next('PeerAway');
  const anew = await Peer.enter(server, { name: 'Bob', game: 'web-test', code: alice.code, ticket: bob.ticket, channels });
  t.after(() => anew.vanish());
  assert.equal((await alice.next('PeerBack')).anew, 'yes');
  for (const mark of upTo(5)) {
    anew.send(alice.me, kReliable, pattern(10, mark));
    await alice.send(anew.id, kReliable, 10, mark);
  }
  assert.deepEqual(await hearMarks(alice, kReliable, 5), upTo(5));
  await anew.until(() => said(anew, kReliable).length >= 5);
  assert.deepEqual(marks(anew, kReliable), upTo(5));
});

test('a page that leaves says bye, and the server says that it left', async (t) => {
  const { alice, bob } = await meetAnother(t);
  await alice.leave();
  assert.equal((await bob.next('link_over')).reason, 'bye_left');
  assert.equal((await bob.next('peer_left')).reason, 'left');
  await bob.until(() => bob.host === bob.id && bob.term === 2);
});

test('a page that is closed is away', async (t) => {
  const { page, alice, bob } = await meetAnother(t);
  await bob.until(() => bob.link(alice.me).greeted);
  await page.page.close({ runBeforeUnload: false });
  assert.equal((await bob.next('peer_away')).peer, alice.me);
});

test('who leaves is PeerLeft on the page', async (t) => {
  const { alice, bob } = await meetAnother(t);
  await bob.leave();
  const { peer, reason } = await alice.next('PeerLeft');
  assert.deepEqual([peer, reason], [bob.id, 'peer_left']);
});

test('other channels than the page\'s part the two with version_mismatch', async (t) => {
  const { alice, bob } = await meetAnother(t, { channels: channels.slice(0, 2) });
  const { peer, reason } = await alice.next('PeerLeft');
  assert.deepEqual([peer, reason], [bob.id, 'version_mismatch']);
  await bob.next('link_over');
});

for (const [what, frame] of [
  ['a number too far ahead', { header: [kReliable, 0x05, 0x00, 0x10], length: 4 }],
  ['a piece that is too long', { header: [kReliable, 0x05, 0, 0], length: kLongestUnreliable + 1 }],
]) {
  test(`${what} ends the link, and who goes on speaking hears that`, async (t) => {
    const { alice, bob } = await meetAnother(t);
    await bob.until(() => bob.link(alice.me).greeted);
    sendRaw(bob, alice, 'reliable', frame.header, pattern(frame.length, 1));
    const { peer, reason } = await alice.next('PeerLeft');
    assert.deepEqual([peer, reason], [bob.id, 'protocol_error']);
    bob.send(alice.me, kReliable, pattern(4, 1));
    assert.equal((await bob.next('link_over')).reason, 'bye_given_up');
  });
}

test('a link that was given up begins anew with another connection', async (t) => {
  const { alice, bob } = await meetAnother(t);
  bob.send(alice.me, kReliable, pattern(4, 1));
  await hear(alice, kReliable);
  bob.link(alice.me).end('given_up');
  assert.equal((await alice.next('PeerLeft')).reason, 'link_failed');
  bob.cut();
  await alice.next('PeerJoined');
  assert.equal((await bob.next('peer_back')).anew, true);
  await sayBoth(alice, bob, 0, 5);
  await assertBothHeard(alice, bob, 5);
});
