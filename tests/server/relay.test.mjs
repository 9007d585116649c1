// Game frames through the real server: who gets what, what is refused, and that signaling does not notice.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { nextFrame, readFrame, sendFrame } from '../lib/frames.mjs';
import { connect, enter, exchange, hello, pair } from '../lib/member.mjs';
import { frame, openRaw } from '../lib/raw.mjs';
import { readMetrics, startServer } from '../lib/server.mjs';

let server;
before(async () => { server = await startServer({ args: ['--workers', '3'] }); });
after(async () => { await server?.stop(); });

/// Members of one room that are gone when the test is over.
async function room(t, names, options = {}) {
  const members = [];
  for (const name of names) members.push(await enter(server, name, { ...options, code: members[0]?.code }));
  t.after(() => { for (const member of members) member.close(); });
  for (const [i, member] of members.entries()) {
    for (let later = i + 1; later < members.length; ++later) await member.next('peer_joined');
  }
  return members;
}
const message = (from, lane, body) => ({ kind: 'data', lane, from: from.id, body });

test('a frame reaches those it names, with the sender put there by the server', async (t) => {
  const [alice, bob, carol] = await room(t, ['Alice', 'Bob', 'Carol']);
  sendFrame(alice, { lane: 'latest', to: [bob.id], head: 'h:', payload: 'for bob', key: 7 });
  assert.deepEqual(await nextFrame(bob), message(alice, 'latest', 'h:for bob'));
  sendFrame(alice, { lane: 'control', to: [carol.id, bob.id], payload: 'both' });
  assert.deepEqual(await nextFrame(bob), message(alice, 'control', 'both'));
  assert.deepEqual(await nextFrame(carol), message(alice, 'control', 'both'), 'and nothing before');
  sendFrame(bob, { lane: 'unreliable', payload: 'all' });
  assert.deepEqual(await nextFrame(alice), message(bob, 'unreliable', 'all'));
  assert.deepEqual(await nextFrame(carol), message(bob, 'unreliable', 'all'));
});

test('whoever came from another worker is served, and nobody of another room', async (t) => {
  const rooms = [];
  for (let i = 0; i < 6; ++i) rooms.push(await room(t, ['Alice', 'Bob'], { inBand: i % 2 === 0 }));
  for (const [i, [alice]] of rooms.entries()) sendFrame(alice, { payload: `room ${i}` });
  for (const [i, [alice, bob]] of rooms.entries()) assert.deepEqual(await nextFrame(bob), message(alice, 'reliable', `room ${i}`));
  for (const [alice, bob] of rooms) {
    await exchange(alice, bob);
    assert.deepEqual([alice.messages, bob.messages], [[], []]);
  }
});

test('a frame outside of a room is dropped without a word', async (t) => {
  const one = await connect(server);
  t.after(() => one.close());
  sendFrame(one, { payload: 'before hello' });
  one.send(hello());
  assert.equal((await one.next('welcome')).relay, true);
  sendFrame(one, { payload: 'in no room' });
  one.send({ type: 'create', size: 2 });
  await one.next('joined');
  one.send({ type: 'leave' });
  sendFrame(one, { payload: 'behind leave' });
  await one.next('left');
  one.send({ type: 'ping', id: 1 });
  await one.next('pong');
  assert.deepEqual(one.messages, []);
});

test('what is no frame is refused, and the connection goes on', async (t) => {
  const [alice, bob] = await room(t, ['Alice', 'Bob']);
  alice.socket.send(Buffer.from('?'), { binary: true });
  assert.equal((await nextFrame(alice)).reason, 'malformed');
  sendFrame(alice, { payload: Buffer.alloc(16 * 1024 + 129) });
  assert.equal((await nextFrame(alice)).reason, 'too_large');
  await exchange(alice, bob);
});

test('a frame above the limit of a message closes', async () => {
  const alice = await enter(server, 'Alice');
  alice.socket.send(Buffer.alloc(64 * 1024 + 1), { binary: true });
  assert.deepEqual(await alice.end(), { code: 4017, reason: 'too_large' });
});

test('a frame in fragments is one frame', async (t) => {
  const [bob] = await room(t, ['Bob']);
  const raw = await openRaw(server, `/v1?version=1&game=test&build=1&name=Raw&join=${bob.code}`);
  t.after(() => raw.close());
  const { peer } = await bob.next('peer_joined');
  raw.write(frame(2, Buffer.from([1, 0, 0]), { fin: false }));
  raw.write(frame(0, Buffer.from([0, 0, 0, 0x68]), { fin: false }));
  raw.write(frame(0, Buffer.from('i')));
  assert.deepEqual(await nextFrame(bob), { kind: 'data', lane: 'reliable', from: peer.id, body: 'hi' });
});

test('a member that is away is refused, and served again once it is back', async (t) => {
  const [alice, bob] = await room(t, ['Alice', 'Bob']);
  bob.close();
  await alice.next('peer_away');
  sendFrame(alice, { to: [bob.id], payload: 'x', head: 'n1' });
  assert.deepEqual(await nextFrame(alice), { kind: 'refusal', reason: 'no_such_peer', peer: bob.id, lane: 'reliable', wait: 0, head: 'n1' });
  const again = await connect(server);
  t.after(() => again.close());
  again.send(hello('Bob'));
  again.send({ type: 'join', code: alice.code, ticket: bob.joined.ticket, resume: true });
  await again.next('joined');
  await alice.next('peer_back');
  sendFrame(alice, { to: [bob.id], payload: 'welcome back' });
  assert.deepEqual(await nextFrame(again), message(alice, 'reliable', 'welcome back'));
  sendFrame(again, { payload: 'thanks' });
  assert.deepEqual(await nextFrame(alice), message(bob, 'reliable', 'thanks'));
});

test('bulk goes on by itself after each pause', async (t) => {
  const [alice, bob] = await room(t, ['Alice', 'Bob']);
  const large = 'x'.repeat(16_000);
  for (let i = 0; i < 7; ++i) sendFrame(alice, { lane: 'bulk', to: [bob.id], head: String(i), payload: large });
  for (let i = 0; i < 7; ++i) assert.equal((await nextFrame(bob)).body, i + large);
});

test('a receiver that stands still delays nobody, loses only state, and hears signaling when it goes on', async (t) => {
  const [alice, bob] = await room(t, ['Alice', 'Bob']);
  const slow = await openRaw(server, `/v1?version=1&game=test&build=1&name=Slow&join=${alice.code}`);
  t.after(() => slow.close());
  const id = (await alice.next('peer_joined')).peer.id;
  await bob.next('peer_joined');
  slow.pause();
  const before = await readMetrics(server);
  const dropped = 'parlor_relay_dropped_total{reason="displaced"}';
  for (let now = before; now[dropped] === before[dropped]; now = await readMetrics(server)) {
    for (let i = 0; i < 20; ++i) sendFrame(alice, { lane: 'unreliable', to: [id], payload: 'x'.repeat(10_000) });
    await exchange(alice, bob);
  }
  const handedOut = (await readMetrics(server)).parlor_relay_sent_bytes_total - before.parlor_relay_sent_bytes_total;
  assert.ok(handedOut < 600_000, `${handedOut} bytes are on their way: they would delay signaling`);
  alice.send({ type: 'candidate', to: id, candidate: 'candidate:behind it all', mid: '0' });
  await exchange(alice, bob);
  slow.resume();
  const text = await slow.until('the candidate', () => {
    const at = slow.received.indexOf('candidate:behind it all');
    return at < 0 ? undefined : at;
  }, 20_000);
  assert.ok(text > 0);
  assert.equal(slow.over, false);
});

/// Sends messages with their number as header, as docs/relay.md wants it, and takes what comes back.
class Sender {
  constructor(member, to, count) {
    Object.assign(this, { member, to, count, next: 0, again: false, open: true, waiting: undefined, refusals: 0, step: 5 });
    this.pump = this.pump.bind(this);
    member.socket.on('message', (data, isBinary) => { if (isBinary) this.take(readFrame(data)); });
  }

  pump() {
    this.waiting = undefined;
    for (let burst = 0; burst < 10 && this.open && this.next < this.count; ++burst) {
      sendFrame(this.member, { to: [this.to], head: `${this.next}:`, payload: 'y'.repeat(3_000), again: this.again });
      this.again = false;
      ++this.next;
    }
    if (this.open && this.next < this.count) this.wait(this.step);
  }

  wait(ms) {
    this.waiting ??= setTimeout(this.pump, ms);
  }

  take(answer) {
    if (answer.peer !== this.to) return;
    if (answer.kind === 'window') this.open = answer.open;
    if (answer.kind === 'refusal') {
      ++this.refusals;
      this.next = Number.parseInt(answer.head, 10);
      this.again = true;
      clearTimeout(this.waiting);
      this.waiting = undefined;
      if (answer.reason === 'full') this.open = false;
      else this.step = answer.wait;
    }
    if (this.open) this.wait(answer.wait ?? 0);
  }
}

test('nothing reliable is lost, however slowly its receiver reads', async (t) => {
  const [alice] = await room(t, ['Alice']);
  const slow = await openRaw(server, `/v1?version=1&game=test&build=1&name=Slow&join=${alice.code}`);
  t.after(() => slow.close());
  const id = (await alice.next('peer_joined')).peer.id;
  slow.pause();
  const kMessages = 800;
  const sender = new Sender(alice, id, kMessages);
  sender.pump();
  await new Promise((resolve) => {
    const look = setInterval(() => {
      if (sender.open && sender.refusals === 0 && sender.next < kMessages) return;
      clearInterval(look);
      resolve();
    }, 10);
  });
  slow.resume();
  for (let i = 0; i < kMessages;) {
    const { opcode, payload } = await slow.frame(20_000);
    if (opcode !== 2 || payload[0] !== 1) continue;
    const body = payload.subarray(4).toString('latin1');
    assert.equal(Number.parseInt(body, 10), i);
    assert.equal(body.length, `${i}:`.length + 3_000);
    ++i;
  }
});

test('a flood of frames closes the connection that floods', async () => {
  const raw = await openRaw(server, '/v1?version=1&game=test&build=1&name=Flood&create=2');
  const tiny = Buffer.concat(Array.from({ length: 1000 }, () => frame(2, Buffer.from([0]))));
  for (let i = 0; i < 60; ++i) raw.write(tiny);
  const closeCode = await raw.until('a close', () => {
    const at = raw.received.indexOf(Buffer.from([0x88]));
    return at < 0 || raw.received.length < at + 4 ? undefined : raw.received.readUInt16BE(at + 2);
  });
  assert.equal(closeCode, 4012);
  raw.close();
});

test('a flood to many counts for each of them', async (t) => {
  const members = await room(t, ['Mallory', ...Array.from({ length: 31 }, (_, i) => `M${i}`)], { size: 32 });
  const [mallory, bob] = members;
  // 400 KB on the wire, which by itself is far below what a connection may send at once.
  for (let i = 0; i < 1_500; ++i) sendFrame(mallory, { payload: 'x'.repeat(256), again: true });
  assert.equal((await mallory.end()).code, 4012);
  await exchange(members[2], bob);
});

test('with --no-relay the welcome says nothing, and a binary message closes with its own code', async () => {
  const without = await startServer({ args: ['--no-relay', '--workers', '1'] });
  try {
    const one = await connect(without);
    one.send(hello());
    assert.equal('relay' in (await one.next('welcome')), false);
    sendFrame(one, { payload: 'x' });
    assert.equal((await one.next('error')).code, 'not_text');
    assert.deepEqual(await one.end(), { code: 4018, reason: 'not_text' });
  } finally {
    await without.stop();
  }
});

test('the metrics count frames', async (t) => {
  const before = await readMetrics(server);
  const [alice, bob, carol] = await room(t, ['Alice', 'Bob', 'Carol']);
  sendFrame(alice, { lane: 'unreliable', payload: '12345' });
  await nextFrame(bob);
  await nextFrame(carol);
  const after = await readMetrics(server);
  const grown = (name) => after[name] - before[name];
  assert.equal(grown('parlor_relay_received_frames_total'), 1);
  assert.equal(grown('parlor_relay_received_bytes_total'), 11);
  assert.equal(grown('parlor_relay_sent_frames_total{lane="unreliable"}'), 2);
  assert.equal(grown('parlor_relay_sent_bytes_total'), 18);
  assert.equal(after.parlor_relay_waiting_bytes, 0);
});

test('the server stops in time though frames wait for a receiver that stands still', async () => {
  const other = await startServer({ args: ['--workers', '1'] });
  const [alice, bob] = await pair(other);
  const slow = await openRaw(other, `/v1?version=1&game=test&build=1&name=Slow&join=${alice.code}`);
  const id = (await alice.next('peer_joined')).peer.id;
  slow.pause();
  for (let i = 0; i < 100; ++i) sendFrame(alice, { lane: 'reliable', to: [id], payload: 'x'.repeat(10_000) });
  await exchange(alice, bob);
  const { code } = await other.stop();
  assert.equal(code, 0);
  assert.equal((await bob.end()).code, 1001);
  slow.close();
});

test('frames that gather all come, in their order, and a lone one does not wait for another', async () => {
  const gathering = await startServer({ args: ['--workers', '1', '--relay-gather-ms', '20'] });
  try {
    const [alice, bob] = await pair(gathering);
    for (let round = 0; round < 5; ++round) {
      const before = await readMetrics(gathering);
      for (let i = 0; i < 40; ++i) sendFrame(alice, { lane: 'unreliable', payload: `${round}.${i}` });
      for (let i = 0; i < 40; ++i) assert.equal((await nextFrame(bob)).body, `${round}.${i}`);
      assert.equal((await readMetrics(gathering))['parlor_relay_sent_frames_total{lane="unreliable"}'] - before['parlor_relay_sent_frames_total{lane="unreliable"}'], 40);
    }
    await exchange(alice, bob);
    const large = 'x'.repeat(10_000);
    for (let i = 0; i < 20; ++i) sendFrame(alice, { payload: large });
    for (let i = 0; i < 20; ++i) assert.equal((await nextFrame(bob)).body, large);
    sendFrame(alice, { lane: 'unreliable', payload: 'alone' });
    assert.equal((await nextFrame(bob)).body, 'alone');
    sendFrame(alice, { lane: 'unreliable', payload: 'behind it' });
    bob.close();
    assert.equal((await gathering.stop()).code, 0, 'it ends though a frame gathers for who is gone');
  } finally {
    await gathering.stop();
  }
});

test('a site whose receivers stand still keeps no place from the others', async () => {
  // The least memory: 16 MiB, of which a site may fill 2. The proxy's word tells sites apart.
  const small = await startServer({ args: ['--workers', '1', '--relay-memory', '16', '--trusted-proxy', '127.0.0.1'] });
  const mallorys = [];
  try {
    const from = (site) => ({ options: { headers: { 'x-forwarded-for': site } } });
    let code;
    for (let i = 0; i < 14; ++i) {
      const mallory = await enter(small, 'Mallory', { ...from('192.0.2.1'), size: 40, code });
      code ??= mallory.code;
      mallorys.push(mallory);
      if (i >= 8) mallory.socket._socket.pause();
    }
    const to = mallorys.slice(8).map((one) => one.id);
    const refused = async () => (await readMetrics(small))['parlor_relay_dropped_total{reason="no_memory"}'];
    for (const deadline = Date.now() + 20_000; await refused() === 0;) {
      assert.ok(Date.now() < deadline, 'its memory was never full');
      for (const mallory of mallorys.slice(0, 8)) {
        for (const lane of ['reliable', 'unreliable', 'latest']) sendFrame(mallory, { lane, to, payload: Buffer.alloc(16_000), key: 1 });
      }
    }
    const waiting = (await readMetrics(small)).parlor_relay_waiting_bytes;
    assert.ok(waiting <= 2 << 20, `${waiting} bytes wait of one site`);
    const alice = await enter(small, 'Alice', from('192.0.2.2'));
    const bob = await enter(small, 'Bob', { ...from('192.0.2.3'), code: alice.code });
    for (let i = 0; i < 20; ++i) sendFrame(alice, { to: [bob.id], payload: 'x'.repeat(8_000) });
    for (let i = 0; i < 20; ++i) assert.equal((await nextFrame(bob)).lane, 'reliable');
  } finally {
    for (const mallory of mallorys) mallory.socket.terminate();
    await small.stop();
  }
});

test('--relay-rate-per-member is what one may send, and twice that at once', async () => {
  const poor = await startServer({ args: ['--workers', '1', '--relay-rate-per-member', '16'] });
  try {
    const [alice, bob] = await pair(poor);
    for (let i = 0; i < 4; ++i) sendFrame(alice, { to: [bob.id], head: String(i), payload: 'x'.repeat(10_000) });
    const refusal = await nextFrame(alice);
    assert.deepEqual({ ...refusal, wait: undefined }, { kind: 'refusal', reason: 'over_budget', peer: bob.id, lane: 'reliable', wait: undefined, head: '3' });
    assert.ok(refusal.wait > 0 && refusal.wait <= 2000, `${refusal.wait} ms until 32 KiB may be sent again, at 16 KiB per second`);
  } finally {
    await poor.stop();
  }
});
