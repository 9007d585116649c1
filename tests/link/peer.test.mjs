// Two members that were written from the documents alone, in one room of the real server: what docs/link.md promises of each kind of
// channel, also when connections break.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startServer } from '../lib/server.mjs';
import { Peer } from './peer.mjs';

const channels = [
  { kind: 'reliable' }, { kind: 'unreliable' }, { kind: 'latest' }, { kind: 'bulk' },
  { kind: 'reliable', ofHost: true }, { kind: 'latest', ofHost: true }, { kind: 'reliable' },
];
const [reliable, unreliable, latest, bulk, hostReliable, hostLatest, otherReliable] = channels.keys();
const longest = 61440;

let server;
before(async () => { server = await startServer(); });
after(async () => { await server?.stop(); });

/** Members of one room that are gone when the test is over. The first is host. */
async function room(t, names, { on = server, ...options } = {}) {
  const peers = [];
  for (const name of names) {
    const peer = await Peer.enter(on, { name, channels, code: peers[0]?.code, ...options });
    t.after(() => peer.vanish());
    peers.push(peer);
  }
  for (const peer of peers) await peer.until(() => peer.members.size === names.length - 1);
  return peers;
}

const numbered = (i, length = 8) => {
  const bytes = Buffer.alloc(length, i % 251);
  bytes.writeUInt32LE(i);
  return bytes;
};
const numberOf = (bytes) => bytes.readUInt32LE(0);
const messages = (peer, channel) => peer.events.filter((event) => event.type === 'message' && event.channel === channel);
const numbers = (peer, channel) => messages(peer, channel).map(({ bytes }) => numberOf(bytes));
const upTo = (count) => [...Array(count).keys()];

/** Waits for as many messages, and holds them to be 0, 1, 2, …: none lost, none twice, none in another place. */
async function assertAllInOrder(peer, channel, count) {
  await peer.until(() => messages(peer, channel).length >= count, undefined, `${count} messages on channel ${channel}`);
  assert.deepEqual(numbers(peer, channel), upTo(count));
}

/** From now on nothing that `from` says to the other comes to the server, until find(). */
const lose = (from, to) => { from.link(to.id).carrier = { ...from.link(to.id).carrier, send: () => {} }; };
const find = (from, to) => { from.link(to.id).carrier = from.members.get(to.id).carrier; };

const allAcknowledged = (peer, other) => peer.until(() => peer.link(other.id).out.every(({ next, acknowledged }) => next === acknowledged));

for (const [name, channel] of [['reliable', reliable], ['bulk', bulk]]) {
  test(`${name} messages arrive once, in order, whole, and are acknowledged`, async (t) => {
    const [alice, bob] = await room(t, ['Alice', 'Bob']);
    const lengths = [4, 16384, 16385, 32768, longest, 5];
    for (const [i, length] of lengths.entries()) assert.equal(alice.send(bob.id, channel, numbered(i, length)), 'queued');
    assert.equal(alice.send(bob.id, channel, Buffer.alloc(longest + 1)), 'too_large');
    assert.equal(alice.send(bob.id, channel, Buffer.alloc(0)), 'queued');
    await bob.until(() => messages(bob, channel).length > lengths.length);
    const found = messages(bob, channel).map(({ bytes }) => bytes);
    assert.deepEqual(found.slice(0, -1), lengths.map((length, i) => numbered(i, length)));
    assert.equal(found.at(-1).length, 0);
    await allAcknowledged(alice, bob);
    assert.equal(alice.link(bob.id).resent, 0, 'a way that lives brings what it was given');
  });

  test(`${name} messages that were held for a connection that broke are sent again on the next`, async (t) => {
    const [alice, bob] = await room(t, ['Alice', 'Bob']);
    alice.send(bob.id, channel, numbered(0));
    await allAcknowledged(alice, bob);
    bob.socket.pause();
    for (let i = 1; i < 100; ++i) alice.send(bob.id, channel, numbered(i, 500));
    await alice.settled();
    bob.cut();
    for (let i = 100; i < 200; ++i) alice.send(bob.id, channel, numbered(i, 500));
    await alice.next('peer_away');
    for (let i = 200; i < 300; ++i) alice.send(bob.id, channel, numbered(i, 500));
    await alice.next('peer_back');
    await assertAllInOrder(bob, channel, 300);
    await allAcknowledged(alice, bob);
    assert.ok(alice.link(bob.id).resent > 0);
  });

  test(`${name} messages go on where their sender's connection broke`, async (t) => {
    const [alice, bob] = await room(t, ['Alice', 'Bob']);
    for (let i = 0; i < 100; ++i) alice.send(bob.id, channel, numbered(i, 500));
    await bob.until(() => messages(bob, channel).length > 10);
    lose(alice, bob); // as what is on its way when a connection breaks
    for (let i = 100; i < 150; ++i) alice.send(bob.id, channel, numbered(i, 500));
    alice.cut();
    find(alice, bob);
    for (let i = 150; i < 200; ++i) alice.send(bob.id, channel, numbered(i, 500));
    await alice.next('server_back');
    for (let i = 200; i < 300; ++i) alice.send(bob.id, channel, numbered(i, 500));
    await assertAllInOrder(bob, channel, 300);
    await allAcknowledged(alice, bob);
  });
}

test('a message of several pieces is delivered once though its receiver\'s connection broke between them', async (t) => {
  const [alice, bob] = await room(t, ['Alice', 'Bob']);
  alice.send(bob.id, reliable, numbered(0, 100));
  await allAcknowledged(alice, bob);
  // The first piece alone: the link takes it, and waits for the rest of the message.
  const link = alice.link(bob.id);
  const lane = link.lanes.reliable;
  lane.open = false;
  alice.send(bob.id, reliable, numbered(1, longest));
  const [first] = lane.items;
  link.transmitOrdered(first, false);
  Object.assign(first, { sent: true });
  lane.next = 1;
  await bob.until(() => bob.link(alice.id).in[reliable].next === 2);
  // A ping fetches what there is of acknowledgements.
  link.ping();
  await alice.until(() => link.pings.size === 0);
  assert.equal(link.out[reliable].acknowledged, 1);
  bob.cut();
  await alice.next('peer_back');
  await assertAllInOrder(bob, reliable, 2);
  assert.deepEqual(messages(bob, reliable)[1].bytes, numbered(1, longest));
  assert.ok(bob.link(alice.id).counts.repeated > 0, 'the first piece came again, for it was not acknowledged');
});

test('what was delivered is acknowledged though nobody asks', async (t) => {
  const [alice, bob] = await room(t, ['Alice', 'Bob']);
  await alice.until(() => alice.link(bob.id).greeted && alice.link(bob.id).pings.size === 0);
  alice.link(bob.id).tick = () => {}; // no more pings
  for (const channel of [reliable, bulk]) alice.send(bob.id, channel, numbered(0));
  await allAcknowledged(alice, bob);
});

test('two reliable channels and bulk are each in order of their own', async (t) => {
  const [alice, bob] = await room(t, ['Alice', 'Bob']);
  for (let i = 0; i < 100; ++i) for (const channel of [reliable, otherReliable, bulk]) alice.send(bob.id, channel, numbered(i));
  for (const channel of [reliable, otherReliable, bulk]) await assertAllInOrder(bob, channel, 100);
});

test('both ways at once, with both connections broken again and again, nothing reliable is lost', async (t) => {
  const [alice, bob] = await room(t, ['Alice', 'Bob']);
  for (let round = 0; round < 4; ++round) {
    for (let i = 0; i < 50; ++i) {
      for (const [from, to] of [[alice, bob], [bob, alice]]) {
        for (const channel of [reliable, bulk]) assert.equal(await from.sendWhenPossible(to.id, channel, numbered(50 * round + i, 1000)), 'queued');
      }
    }
    const [one] = round % 2 === 0 ? [alice] : [bob];
    one.cut();
    if (round === 3) alice.cut();
    await one.until(() => one.inRoom && one.socket.readyState === 1);
  }
  for (const channel of [reliable, bulk]) {
    await assertAllInOrder(alice, channel, 200);
    await assertAllInOrder(bob, channel, 200);
  }
});

test('numbers go around 65536', async (t) => {
  const [alice, bob] = await room(t, ['Alice', 'Bob']);
  const begun = 65_500; // as if so many had been sent
  Object.assign(alice.link(bob.id).out[reliable], { next: begun, acknowledged: begun });
  Object.assign(bob.link(alice.id).in[reliable], { next: begun, delivered: begun });
  for (let i = 0; i < 9000; ++i) await alice.sendWhenPossible(bob.id, reliable, numbered(i, 4));
  await assertAllInOrder(bob, reliable, 9000);
  await allAcknowledged(alice, bob);
});

test('more than the server takes at once is refused, sent again, and all arrives', async (t) => {
  const [alice, bob] = await room(t, ['Alice', 'Bob']);
  const count = 40;
  for (let i = 0; i < count; ++i) await alice.sendWhenPossible(bob.id, reliable, numbered(i, 50_000));
  await assertAllInOrder(bob, reliable, count);
  assert.ok(alice.link(bob.id).lanes.reliable.refusals > 0);
});

for (const [name, channel] of [['reliable', reliable], ['bulk', bulk]]) {
  test(`a receiver that does not read closes the window of ${name}, and gets all when it reads again`, async (t) => {
    const [alice, bob] = await room(t, ['Alice', 'Bob']);
    bob.socket.pause();
    const lane = alice.link(bob.id).lanes[name];
    let count = 0;
    for (; lane.open && count < 1000; ++count) {
      await alice.sendWhenPossible(bob.id, channel, numbered(count, 4000));
      await alice.settled();
    }
    assert.deepEqual([lane.open, lane.refusals], [false, 0]);
    for (let i = 0; i < 100; ++i) await alice.sendWhenPossible(bob.id, channel, numbered(count++, 4000));
    assert.equal(lane.items.length - lane.next, 100, 'they are held back');
    bob.socket.resume();
    await assertAllInOrder(bob, channel, count);
    await alice.until(() => lane.open);
  });
}

test('unreliable messages arrive at most once and whole', async (t) => {
  const [alice, bob] = await room(t, ['Alice', 'Bob']);
  for (let i = 0; i < 100; ++i) assert.equal(alice.send(bob.id, unreliable, numbered(i, 900)), 'queued');
  alice.send(bob.id, unreliable, numbered(100, 16384));
  assert.equal(alice.send(bob.id, unreliable, Buffer.alloc(16385)), 'too_large');
  await bob.until(() => messages(bob, unreliable).length > 100);
  assert.deepEqual(messages(bob, unreliable).map(({ bytes }) => bytes), [...upTo(100).map((i) => numbered(i, 900)), numbered(100, 16384)]);
});

test('an unreliable message that is certainly older than its channel\'s limit is not delivered', async (t) => {
  let ahead = 0;
  const [alice] = await room(t, ['Alice']);
  const bob = await Peer.enter(server, { name: 'Bob', channels, code: alice.code, clock: () => performance.now() + ahead });
  t.after(() => bob.vanish());
  await bob.until(() => bob.link(alice.id).roundTrip !== undefined);
  await alice.until(() => alice.link(bob.id)?.carrier.isUp());
  bob.socket.pause();
  alice.send(bob.id, unreliable, numbered(1));
  await alice.settled();
  ahead = 3000; // as if Bob had not read for so long
  bob.socket.resume();
  alice.send(bob.id, reliable, numbered(0));
  await bob.until(() => messages(bob, reliable).length > 0 && bob.link(alice.id).counts.tooOld > 0);
  assert.deepEqual(messages(bob, unreliable), []);
});

test('one of a number that came before is not delivered again', async (t) => {
  const [alice, bob] = await room(t, ['Alice', 'Bob']);
  const link = alice.link(bob.id);
  for (const copy of [65535, 65535, 0, 0, 65534, 65534]) {
    link.transmit('unreliable', unreliable, { kind: 'unreliable_copy', stamp: link.linkClock() % 65536, copy, payload: numbered(copy) }, { age: 1000 });
  }
  alice.send(bob.id, unreliable, numbered(7));
  await bob.until(() => numbers(bob, unreliable).includes(7));
  assert.deepEqual(numbers(bob, unreliable), [65535, 0, 65534, 7]);
});

/** By key, the number of the last value that came. */
const lastOf = (peer, channel) => Object.fromEntries(messages(peer, channel).map(({ key, bytes }) => [key, numberOf(bytes)]));
const rising = (values) => values.every((value, i) => i === 0 || value > values[i - 1]);
const everyLatestAcknowledged = (peer, other) => peer.until(() => peer.link(other.id).out
  .every(({ keys }) => [...keys.values()].every(({ acknowledged }) => acknowledged)));

test('of each key the newest value arrives, and no older one after it', async (t) => {
  const [alice, bob] = await room(t, ['Alice', 'Bob']);
  const keys = [0, 1, 300, 2 ** 29, 2 ** 32 - 1];
  for (let i = 0; i < 50; ++i) for (const key of keys) assert.equal(alice.send(bob.id, latest, numbered(i), key), 'queued');
  await everyLatestAcknowledged(alice, bob);
  assert.deepEqual(lastOf(bob, latest), Object.fromEntries(keys.map((key) => [key, 49])));
  for (const key of keys) assert.ok(rising(messages(bob, latest).filter((one) => one.key === key).map(({ bytes }) => numberOf(bytes))));
});

test('the newest values arrive though the connections broke in between', async (t) => {
  const [alice, bob] = await room(t, ['Alice', 'Bob']);
  for (const key of [1, 2, 3]) alice.send(bob.id, latest, numbered(0), key);
  await everyLatestAcknowledged(alice, bob);
  bob.socket.pause();
  for (const key of [1, 2]) alice.send(bob.id, latest, numbered(1), key);
  await alice.settled();
  bob.cut();
  await alice.next('peer_away');
  alice.send(bob.id, latest, numbered(2), 2);
  await alice.next('peer_back');
  await everyLatestAcknowledged(alice, bob);
  assert.deepEqual(lastOf(bob, latest), { 1: 1, 2: 2, 3: 0 });
  alice.cut();
  alice.send(bob.id, latest, numbered(3), 3);
  await alice.next('server_back');
  await everyLatestAcknowledged(alice, bob);
  assert.deepEqual(lastOf(bob, latest), { 1: 1, 2: 2, 3: 3 });
  assert.ok([1, 2, 3].every((key) => rising(messages(bob, latest).filter((one) => one.key === key).map(({ bytes }) => numberOf(bytes)))));
});

test('of a 1025th key nothing is taken', async (t) => {
  const [alice, bob] = await room(t, ['Alice', 'Bob']);
  for (let key = 0; key < 1024; ++key) assert.equal(alice.send(bob.id, latest, numbered(key), key), 'queued');
  assert.equal(alice.send(bob.id, latest, numbered(0), 5000), 'dropped');
  await everyLatestAcknowledged(alice, bob);
  assert.equal(Object.keys(lastOf(bob, latest)).length, 1024);
});

test('a channel of the host is heard from the host alone, and in the new term from the new one', async (t) => {
  const [alice, bob] = await room(t, ['Alice', 'Bob']);
  assert.equal(alice.send(bob.id, hostReliable, numbered(0)), 'queued');
  assert.equal(alice.send(bob.id, hostLatest, numbered(0), 1), 'queued');
  assert.equal(bob.send(alice.id, hostReliable, numbered(9)), 'dropped');
  // Another program might say it all the same: it is dropped, and acknowledged.
  const link = bob.link(alice.id);
  const said = { channel: hostReliable, bytes: numbered(9), term: 1 };
  link.sendOrdered('reliable', said);
  await everyLatestAcknowledged(alice, bob);
  await allAcknowledged(alice, bob);
  await allAcknowledged(bob, alice);
  assert.deepEqual(messages(alice, hostReliable), []);
  assert.deepEqual([numbers(bob, hostReliable), numbers(bob, hostLatest)], [[0], [0]]);

  alice.say({ type: 'transfer', peer: bob.id });
  await bob.until(() => bob.term === 2);
  assert.equal(bob.host, bob.id);
  assert.equal(bob.send(alice.id, hostReliable, numbered(1)), 'queued');
  await alice.until(() => messages(alice, hostReliable).length > 0);
  assert.deepEqual(numbers(alice, hostReliable), [1]);
  assert.equal(alice.send(bob.id, hostReliable, numbered(2)), 'dropped');
});

test('what comes of a term that is not known yet waits for it, and so does what is behind it', async (t) => {
  const [alice, bob] = await room(t, ['Alice', 'Bob']);
  const link = bob.link(alice.id);
  link.sendOrdered('reliable', { channel: hostReliable, bytes: numbered(0), term: 2 });
  link.setLatest({ channel: hostLatest, bytes: numbered(0), term: 2 }, 1);
  bob.send(alice.id, reliable, numbered(5));
  await alice.until(() => messages(alice, reliable).length > 0 && alice.link(bob.id).counts.ignored > 0);
  assert.deepEqual(messages(alice, hostReliable), []);
  assert.equal(link.out[hostReliable].acknowledged, 0);
  alice.say({ type: 'transfer', peer: bob.id });
  await alice.until(() => messages(alice, hostReliable).length > 0 && messages(alice, hostLatest).length > 0);
  await allAcknowledged(bob, alice);
});

test('the round trip is measured, and the link needs nothing said for it', async (t) => {
  const [alice, bob] = await room(t, ['Alice', 'Bob']);
  for (const [one, other] of [[alice, bob], [bob, alice]]) {
    await one.until(() => one.link(other.id).roundTrip !== undefined);
    assert.ok(one.link(other.id).roundTrip < 1000);
    assert.ok(one.link(other.id).greeted);
  }
});

test('another life of a member is another link, and what its former one sent is ignored', async (t) => {
  const [alice, bob] = await room(t, ['Alice', 'Bob']);
  alice.send(bob.id, reliable, numbered(0));
  bob.send(alice.id, reliable, numbered(0));
  await assertAllInOrder(alice, reliable, 1);
  const former = alice.link(bob.id);
  bob.vanish();
  await alice.next('peer_away');
  alice.send(bob.id, reliable, numbered(77));
  const anew = await Peer.enter(server, { name: 'Bob', channels, code: alice.code, ticket: bob.ticket });
  t.after(() => anew.vanish());
  assert.deepEqual([anew.id, anew.incarnation], [bob.id, 2]);
  assert.equal((await alice.next('peer_back')).anew, true);
  assert.notEqual(alice.link(anew.id), former);
  for (let i = 0; i < 10; ++i) {
    alice.send(anew.id, reliable, numbered(i));
    anew.send(alice.id, reliable, numbered(i));
  }
  await assertAllInOrder(alice, reliable, 10);
  await assertAllInOrder(anew, reliable, 10);

  const { ignored } = anew.link(alice.id).counts;
  const stale = Object.assign(Object.create(former), { over: undefined, carrier: alice.link(anew.id).carrier });
  stale.sendUnreliable({ channel: unreliable, bytes: numbered(99) });
  alice.send(anew.id, unreliable, numbered(1));
  await anew.until(() => messages(anew, unreliable).length > 0);
  assert.deepEqual(numbers(anew, unreliable), [1]);
  assert.equal(anew.link(alice.id).counts.ignored, ignored + 1);

  const ofFormer = Object.assign(Object.create(anew.link(alice.id)), { mine: 1 });
  ofFormer.sendUnreliable({ channel: unreliable, bytes: numbered(99) });
  anew.send(alice.id, unreliable, numbered(2));
  await alice.until(() => messages(alice, unreliable).length > 0);
  assert.deepEqual(numbers(alice, unreliable), [2]);
});

test('links outlive a server that is killed and started again', async (t) => {
  const state = mkdtempSync(join(tmpdir(), 'parlor-link-'));
  t.after(() => rmSync(state, { recursive: true, force: true }));
  const first = await startServer({ state });
  t.after(() => first.kill());
  const [alice, bob] = await room(t, ['Alice', 'Bob'], { on: first });
  const links = [alice.link(bob.id), bob.link(alice.id)];
  const sayBoth = (from, to) => {
    for (let i = from; i < to; ++i) for (const [one, other] of [[alice, bob], [bob, alice]]) one.send(other.id, reliable, numbered(i, 500));
  };
  sayBoth(0, 50);
  await first.kill();
  sayBoth(50, 100);
  for (const peer of [alice, bob]) await peer.until(() => !peer.inRoom);
  sayBoth(100, 150);
  const second = await startServer({ state, listen: [`127.0.0.1:${first.port}`] });
  t.after(() => second.stop());
  for (const peer of [alice, bob]) await peer.until(() => peer.inRoom);
  sayBoth(150, 200);
  await assertAllInOrder(alice, reliable, 200);
  await assertAllInOrder(bob, reliable, 200);
  assert.deepEqual([alice.link(bob.id), bob.link(alice.id)], links, 'they are the same');
});

test('whose membership the server ended comes back in another life, and everybody meets anew', async (t) => {
  const [alice, bob] = await room(t, ['Alice', 'Bob']);
  const { id } = bob;
  for (const [from, to] of [[alice, bob], [bob, alice]]) from.send(to.id, reliable, numbered(77));
  await allAcknowledged(alice, bob);
  bob.socket.send(Buffer.alloc(65_537), { binary: true }); // closes as too_large
  assert.equal((await alice.next('peer_left')).reason, 'removed');
  await alice.next('peer_joined');
  await bob.next('joined');
  assert.deepEqual([bob.id, bob.incarnation], [id, 2]);
  await bob.until(() => bob.members.size === 1);
  for (let i = 0; i < 10; ++i) for (const [from, to] of [[alice, bob], [bob, alice]]) from.send(to.id, reliable, numbered(i));
  await assertAllInOrder(alice, reliable, 10);
  await assertAllInOrder(bob, reliable, 10);
});

test('who leaves says bye, and the server says that it left', async (t) => {
  const [alice, bob] = await room(t, ['Alice', 'Bob']);
  const bobId = bob.id;
  await bob.until(() => bob.link(alice.id).greeted);
  await bob.leave();
  assert.equal((await alice.next('link_over')).reason, 'bye_left');
  assert.deepEqual(await alice.next('peer_left'), { type: 'peer_left', peer: bobId, reason: 'left' });
});

test('ends whose channels differ end the link, and stay members', async (t) => {
  const [alice] = await room(t, ['Alice']);
  const bob = await Peer.enter(server, { name: 'Bob', channels: channels.slice(1), code: alice.code });
  t.after(() => bob.vanish());
  const reasons = await Promise.all([alice, bob].map(async (peer) => (await peer.next('link_over')).reason));
  assert.ok(reasons.includes('version_mismatch'), reasons.join());
  for (const reason of reasons) assert.match(reason, /^(version_mismatch|bye_given_up)$/);
  assert.equal(alice.members.size, 1);
});

/** Gives the carrier a frame with whatever header. */
const transmitRaw = (peer, other, lane, header, payload) => peer.link(other.id).carrier.send({ lane, header: Buffer.from(header), payload });

test('a frame that its channel does not have, of a reserved kind, or cut short is ignored', async (t) => {
  const [alice, bob] = await room(t, ['Alice', 'Bob']);
  const headers = [[reliable, 0x85, 0, 0, 0], [reliable, 0x45, 0, 0], [reliable, 0xc5, 0, 0], [0xff, 0x05, 0, 0], [reliable, 0x05, 0], [reliable]];
  for (const header of headers) transmitRaw(alice, bob, 'reliable', header, Buffer.alloc(0));
  alice.send(bob.id, reliable, numbered(0));
  await assertAllInOrder(bob, reliable, 1);
  assert.equal(bob.link(alice.id).counts.ignored, headers.length);
});

test('an acknowledgement in the header of control is passed over', async (t) => {
  const [alice, bob] = await room(t, ['Alice', 'Bob']);
  await alice.until(() => alice.link(bob.id).greeted);
  const { acknowledged } = bob.link(alice.id).out[reliable];
  transmitRaw(alice, bob, 'control', [0xb5, 1, 0], Buffer.from([5, 1, 1]));
  assert.equal((await bob.next('link_over')).reason, 'bye_left');
  assert.equal(bob.link(alice.id).out[reliable].acknowledged, acknowledged);
});

test('what was not in order waits, and so do pieces of any length', async (t) => {
  const [alice, bob] = await room(t, ['Alice', 'Bob']);
  const say = (kind, number, payload) => transmitRaw(alice, bob, 'reliable', [reliable, kind, number, 0], payload);
  say(0x05, 3, numbered(1));
  say(0x05, 2, numbered(0).subarray(5));
  say(0x25, 0, numbered(0).subarray(0, 3));
  say(0x25, 1, numbered(0).subarray(3, 5));
  await assertAllInOrder(bob, reliable, 2);
});

for (const [what, change] of [
  ['a number further ahead than any honest sender is', (link) => {
    link.transmit('reliable', reliable, { kind: 'ordered', number: 4096, payload: numbered(0) }, {});
  }],
  ['a message that is too long', (link) => {
    const payload = Buffer.alloc(16384);
    for (let number = 0; number < 4; ++number) link.transmit('reliable', reliable, { kind: 'ordered_more', number, payload }, {});
  }],
  ['a piece that is too long', (link) => {
    link.carrier.send({ lane: 'reliable', header: Buffer.from([reliable, 0x05, 0, 0]), payload: Buffer.alloc(16385) });
  }],
]) {
  test(`${what} ends the link, and who goes on speaking is told again`, async (t) => {
    const [alice, bob] = await room(t, ['Alice', 'Bob']);
    await alice.until(() => alice.link(bob.id).greeted);
    change(alice.link(bob.id));
    assert.equal((await bob.next('link_over')).reason, 'protocol_error');
    assert.equal((await alice.next('link_over')).reason, 'bye_given_up');
    // As if it had not heard.
    alice.link(bob.id).over = undefined;
    alice.send(bob.id, reliable, numbered(1));
    assert.equal((await alice.next('link_over')).reason, 'bye_given_up');
  });
}

for (const [who, cut] of [['who gave it up', ([, bob]) => bob], ['who was told so', ([alice]) => alice]]) {
  test(`a link that was given up begins anew with another connection of ${who}`, async (t) => {
    const both = await room(t, ['Alice', 'Bob']);
    const [alice, bob] = both;
    alice.send(bob.id, reliable, numbered(77));
    await bob.until(() => messages(bob, reliable).length > 0 && alice.link(bob.id).greeted);
    bob.link(alice.id).end('given_up');
    await alice.next('link_over');
    assert.equal(alice.send(bob.id, reliable, numbered(78)), 'dropped');
    cut(both).cut();
    for (const peer of both) assert.equal((await peer.next('peer_back')).anew, true);
    alice.send(bob.id, reliable, numbered(0));
    await assertAllInOrder(bob, reliable, 1);
  });
}
