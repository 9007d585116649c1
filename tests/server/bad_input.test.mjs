// What strangers send to the signaling port. Each gets a typed error or a close code, and two members who talk to each other
// meanwhile do not notice.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { connect, enter, exchange, hello, pair } from '../lib/member.mjs';
import { openRaw, frame } from '../lib/raw.mjs';
import { readMetrics, startServer } from '../lib/server.mjs';

const kGoneMs = 10_000;

let server;
let alice;
let bob;
let strangers = [];
let marksMade = 0;

before(async () => {
  server = await startServer({ args: ['--workers', '2'] });
  [alice, bob] = await pair(server);
});
after(async () => {
  await server?.stop();
});
beforeEach(() => { strangers = []; });
afterEach(async () => {
  for (const one of strangers) one.close();
  await strangersAreGone();
  await assertUndisturbed();
});

/// Until the server has read all that they said, and has forgotten them.
async function strangersAreGone() {
  const deadline = Date.now() + kGoneMs;
  for (let open; open !== 2; open = (await readMetrics(server)).parlor_websockets) {
    assert.ok(Date.now() < deadline, `${open} sockets after ${kGoneMs} ms`);
  }
}

/// Nobody else notices: not one message more or less than their own. What the server had for them from others is there before
/// its pong, since it keeps the order.
async function assertUndisturbed() {
  const marks = { [alice.id]: `candidate:mark ${++marksMade}`, [bob.id]: `candidate:mark ${++marksMade}` };
  for (const [one, other] of [[alice, bob], [bob, alice]]) {
    one.send({ type: 'candidate', to: other.id, candidate: marks[one.id], mid: '0' });
    const got = await other.all((message) => message.candidate === marks[one.id]);
    assert.deepEqual(got, [{ type: 'candidate', from: one.id, candidate: marks[one.id], mid: '0' }]);
  }
  for (const one of [alice, bob]) {
    one.send({ type: 'ping', id: 1 });
    assert.deepEqual(await one.all('pong'), [{ type: 'pong', id: 1 }]);
    assert.equal(one.closeInfo, undefined);
  }
}

async function stranger() {
  const one = await connect(server);
  strangers.push(one);
  return one;
}
async function greeted(name = 'Mallory') {
  const one = await stranger();
  one.send(hello(name));
  await one.next('welcome');
  return one;
}
/// The next error says this, and the connection goes on or is closed with the error's own code.
async function refused(one, code, closeCode) {
  const error = await one.next('error');
  assert.equal(error.code, code);
  assert.match(error.message, /^([A-Z]|"\w+" must ).*\.$/, 'a sentence');
  if (closeCode === undefined) {
    one.send({ type: 'ping', id: 7 });
    assert.equal((await one.next('pong')).id, 7);
  } else {
    assert.deepEqual(await one.end(), { code: closeCode, reason: code });
  }
  return error;
}
/// The last that this socket hears is the error and the close with its code.
async function assertClosed(raw, code, closeCode) {
  let last;
  for (;;) {
    const { opcode, payload, closeCode: closed } = await raw.frame();
    if (opcode === 8) {
      assert.equal(JSON.parse(last).code, code);
      assert.deepEqual([closed, payload.subarray(2).toString()], [closeCode, code]);
      return;
    }
    if (opcode === 1) last = payload;
  }
}

for (const [what, text] of [['no JSON', 'hello?'], ['half an object', '{"type":"hello"'], ['a list', '[]'], ['a number', '7'],
  ['nothing at all', ''], ['two objects', '{"type":"ping","id":1}{}'], ['deep nesting', '['.repeat(30_000)],
  ['many members', `{"type":"ping","id":1,${Array.from({ length: 3000 }, (_, i) => `"k${i}":${i}`).join(',')}`]]) {
  test(`${what} is not JSON and closes`, async () => {
    const one = await greeted();
    one.send(text);
    await refused(one, 'bad_json', 4000);
  });
}

for (const [what, message, code = 'bad_message'] of [
  ['a type that is a number', { type: 3 }],
  ['no type', {}],
  ['an offer without sdp', { type: 'offer', to: 1 }],
  ['an offer whose sdp is a number', { type: 'offer', to: 1, sdp: 4 }],
  ['a candidate to a text', { type: 'candidate', to: 'Bob', candidate: 'x' }],
  ['a candidate to -1', { type: 'candidate', to: -1, candidate: 'x' }],
  ['a candidate to 1.5', { type: 'candidate', to: 1.5, candidate: 'x' }],
  ['a candidate to 65536', { type: 'candidate', to: 65536, candidate: 'x' }],
  ['an sdp that is too long', { type: 'offer', to: 1, sdp: 'v'.repeat(16 * 1024 + 1) }],
  ['a candidate that is too long', { type: 'candidate', to: 1, candidate: 'c'.repeat(1025) }],
  ['a room for one', { type: 'create', size: 1 }],
  ['a room for 65', { type: 'create', size: 65 }],
  ['a code that can be none', { type: 'join', code: '<script>' }, 'no_such_room'],
  ['a ping with a text', { type: 'ping', id: 'x' }],
  ['a hello in a known version without a game', { type: 'hello', version: 1, name: 'X' }],
]) {
  test(`${what} is ${code} and nothing else happens`, async () => {
    const one = await greeted();
    one.send(message);
    await refused(one, code);
  });
}

test('an unknown type is named in the error and the connection goes on', async () => {
  const one = await greeted();
  one.send({ type: 'teleport', to: bob.id });
  assert.equal((await refused(one, 'unknown_type')).about, 'teleport');
});

test('another protocol version closes', async () => {
  const one = await stranger();
  one.send(hello('Mallory', { version: 2 }));
  await refused(one, 'unsupported_version', 4003);
});

test('anything before hello closes', async () => {
  const one = await stranger();
  one.send({ type: 'create', size: 2 });
  await refused(one, 'hello_first', 4004);
});

for (const [what, name] of [['a control character', 'Mal\u0007lory'], ['a line break', 'Mal\nlory'], ['a turned-around text', 'Mal\u202elory'],
  ['nothing', ''], ['blanks only', '   '], ['33 characters', 'M'.repeat(33)]]) {
  test(`a name with ${what} is bad_name, and a better one is taken`, async () => {
    const one = await stranger();
    one.send(hello(name));
    const error = await one.next('error');
    assert.deepEqual([error.code, error.about], ['bad_name', 'hello']);
    one.send(hello('Mallory'));
    await one.next('welcome');
  });
}

test('a forged sender is overwritten', async () => {
  const one = await enter(server, 'Mallory', { code: alice.code });
  strangers.push(one);
  await Promise.all([alice.next('peer_joined'), bob.next('peer_joined')]);
  one.send({ type: 'candidate', to: bob.id, from: alice.id, candidate: 'candidate:forged', mid: '0' });
  const got = await bob.next('candidate');
  assert.equal(got.from, one.id);
  one.send({ type: 'leave' });
  await Promise.all([alice.next('peer_left'), bob.next('peer_left')]);
});

for (const [what, to, code] of [['a stranger in another room', () => bob.id, 'no_such_peer'], ['a member that never was', () => 4711, 'no_such_peer'],
  ['nobody', () => 0, 'bad_message']]) {
  test(`a message to ${what} is ${code}`, async () => {
    const one = await enter(server, 'Mallory');
    strangers.push(one);
    one.send({ type: 'candidate', to: to(), candidate: 'candidate:x', mid: '0' });
    await refused(one, code);
  });
}

test('a message without a room is refused', async () => {
  const one = await greeted();
  one.send({ type: 'candidate', to: bob.id, candidate: 'candidate:x', mid: '0' });
  await refused(one, 'not_in_room');
});

test('a message to oneself is refused', async () => {
  const one = await enter(server, 'Mallory');
  strangers.push(one);
  one.send({ type: 'candidate', to: one.id, candidate: 'candidate:x', mid: '0' });
  await refused(one, 'no_such_peer');
});

test('a frame above the limit closes with its own code, which arrives while the client still sends', async () => {
  const one = await greeted();
  one.socket.send('x'.repeat(4 * 1024 * 1024));
  await refused(one, 'too_large', 4017);
});

test('a frame at the limit is still read', async () => {
  const one = await greeted();
  one.send(JSON.stringify({ type: 'ping', id: 1, pad: '' }).replace('"pad":""', `"pad":"${'x'.repeat(64 * 1024 - 33)}"`));
  await one.next('pong');
});

test('a message in fragments is one message, with pings in between', async () => {
  const one = await openRaw(server, '/v1');
  strangers.push(one);
  const text = Buffer.from(JSON.stringify(hello('Mallory')));
  one.write(frame(1, text.subarray(0, 5), { fin: false }));
  one.write(frame(9, Buffer.from('are you there')));
  one.write(frame(0, text.subarray(5, 5), { fin: false }));
  one.write(frame(0, text.subarray(5, 20), { fin: false }));
  one.write(frame(0, text.subarray(20)));
  const pong = await one.frame();
  assert.equal(pong.opcode, 10);
  assert.equal(pong.payload.toString(), 'are you there');
  assert.equal(JSON.parse((await one.frame()).payload).type, 'welcome');
});

test('fragments that add up to more than the limit close', async () => {
  const one = await openRaw(server, '/v1');
  strangers.push(one);
  one.write(frame(1, Buffer.alloc(40_000, 'x'), { fin: false }));
  one.write(frame(0, Buffer.alloc(40_000, 'x'), { fin: false }));
  await assertClosed(one, 'too_large', 4017);
});

for (const [what, bytes, code] of [
  ['a frame that is not masked', Buffer.from([0x81, 2, 0x68, 0x69]), 1002],
  ['a reserved opcode', frame(3, Buffer.from('x')), 1002],
  ['reserved bits', (() => { const f = frame(1, Buffer.from('x')); f[0] |= 0x40; return f; })(), 1002],
  ['a continuation of nothing', frame(0, Buffer.from('x')), 1002],
  ['a text inside a text', Buffer.concat([frame(1, Buffer.from('x'), { fin: false }), frame(1, Buffer.from('y'))]), 1002],
  ['a ping in fragments', frame(9, Buffer.from('x'), { fin: false }), 1002],
  ['a ping that is too long', frame(9, Buffer.alloc(126)), 1002],
  ['text that is no UTF-8', frame(1, Buffer.from([0xff, 0xfe])), 1007],
  ['a close frame with half a code', frame(8, Buffer.from([3])), 1002],
]) {
  test(`${what} breaks RFC 6455 and closes with ${code}`, async () => {
    const one = await openRaw(server, '/v1');
    strangers.push(one);
    one.write(bytes);
    assert.equal((await one.frame()).closeCode, code);
    await one.ended();
  });
}

test('a frame that claims to be 2^63 bytes long costs nothing', async () => {
  const one = await openRaw(server, '/v1');
  strangers.push(one);
  one.write(Buffer.from([0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4]));
  one.write(Buffer.alloc(70_000, 0x20));
  await assertClosed(one, 'too_large', 4017);
});

test('a flood is rate limited, then closed; others are served meanwhile', async () => {
  const one = await greeted();
  const text = JSON.stringify({ type: 'candidate', to: 1, candidate: 'x'.repeat(1000), mid: '0' });
  const flood = (async () => {
    while (one.socket.readyState === 1) {
      for (let i = 0; i < 200; ++i) one.socket.send(text);
      // Whoever only sends does not hear the close: the connection is gone before it is read.
      do await new Promise((resolve) => { setImmediate(resolve); }); while (one.socket.bufferedAmount > 0);
    }
  })();
  await one.next((message) => message.type === 'error' && message.code === 'rate_limited');
  await exchange(alice, bob);
  assert.deepEqual(await one.end(30_000), { code: 4012, reason: 'rate_limited' });
  await flood;
});

test('a flood of pings is told why and closed', async () => {
  const { 'parlor_turned_away_total{reason="flood"}': before } = await readMetrics(server);
  const one = await openRaw(server, '/v1');
  strangers.push(one);
  one.write(frame(1, Buffer.from(JSON.stringify(hello('Mallory')))));
  for (let i = 0; i < 2000; ++i) one.write(frame(9, Buffer.from('!')));
  await assertClosed(one, 'rate_limited', 4012);
  await one.ended();
  assert.equal((await readMetrics(server))['parlor_turned_away_total{reason="flood"}'], before + 1);
});

test('a slow reader is away, and hears why when it reads again', async () => {
  // By the usual limits nobody is sent more than a socket holds.
  const own = await startServer({ args: ['--message-rate', '100000', '--message-burst', '100000'] });
  try {
    const senders = [await enter(own, 'Sender')];
    const { code } = senders[0];
    for (let i = 0; i < 3; ++i) senders.push(await enter(own, 'Sender', { code }));
    const slow = await openRaw(own, `/v1?${new URLSearchParams({ version: '1', game: 'test', build: '1', name: 'Slow', join: code })}`);
    slow.pause();
    const joined = ({ type, peer }) => type === 'peer_joined' && peer.name === 'Slow';
    const [{ peer }] = await Promise.all(senders.map((one) => one.next(joined)));
    const offer = JSON.stringify({ type: 'offer', to: peer.id, sdp: 'v'.repeat(16_000) });
    let answers;
    do {
      for (const one of senders) {
        for (let i = 0; i < 20; ++i) one.send(offer);
        one.send({ type: 'ping', id: 1 });
      }
      answers = await Promise.all(senders.map((one) => one.next(() => true)));
    } while (answers.every(({ type }) => type === 'pong'));
    assert.deepEqual(answers.find(({ type }) => type !== 'pong'), { type: 'peer_away', peer: peer.id });
    assert.equal((await readMetrics(own))['parlor_refused_total{code="slow_reader"}'], 1);
    // What the sockets hold comes first. The server waits five seconds for it to be taken.
    slow.resume();
    await assertClosed(slow, 'slow_reader', 4016);
    await exchange(senders[0], senders[1]);
    slow.close();
  } finally {
    await own.stop();
  }
});
