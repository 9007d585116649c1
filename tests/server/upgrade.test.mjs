// The upgrade request: who may connect, and what happens to those who never finish.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connect, enter, exchange, pair } from '../lib/member.mjs';
import { frame, openRaw, openSocket, request, upgradeRequest } from '../lib/raw.mjs';
import { readMetrics, startServer } from '../lib/server.mjs';

const kSeconds = 1; // --handshake-seconds

let server;
let alice;
let bob;

before(async () => {
  server = await startServer({ args: ['--workers', '2', '--grace-seconds', '1', '--handshake-seconds', String(kSeconds)] });
  [alice, bob] = await pair(server);
});
after(async () => {
  assert.equal(alice?.closeInfo, undefined);
  assert.equal(bob?.closeInfo, undefined);
  await exchange(alice, bob);
  await server?.stop();
});

test('the server\'s own pages and programs without an Origin may connect', async () => {
  for (const headers of [{}, { Origin: `http://${server.host}` }, { Origin: 'http://localhost:5173' }]) {
    const one = await connect(server, { headers });
    one.close();
  }
});

for (const origin of ['https://evil.example', 'null', `http://${'x'.repeat(300)}`, 'file://', 'http://localhost.evil.example']) {
  test(`the page ${origin.slice(0, 40)} may not connect, and is told so`, async () => {
    await assert.rejects(connect(server, { headers: { Origin: origin } }), (error) => {
      assert.equal(error.status, 403);
      assert.match(error.body, /--origin/);
      return true;
    });
  });
}

test('refused origins are counted and logged', async () => {
  assert.ok((await readMetrics(server))['parlor_turned_away_total{reason="bad_origin"}'] >= 4);
  assert.match(server.log(), /event=origin_refused origin=https:\/\/evil.example from=127.0.0.1/);
});

test('--origin lists exactly who may', async () => {
  const strict = await startServer({ args: ['--origin', 'https://play.example.com', '--origin', 'http://b.example:81'] });
  try {
    for (const [origin, may] of [['https://play.example.com', true], ['https://play.example.com:443', true], ['http://b.example:81', true],
      ['http://play.example.com', false], [`http://${strict.host}`, false], ['http://localhost', false]]) {
      const attempt = connect(strict, { headers: { Origin: origin } });
      if (may) (await attempt).close();
      else await assert.rejects(attempt, { status: 403 });
    }
  } finally {
    await strict.stop();
  }
  const open = await startServer({ args: ['--origin', '*'] });
  try {
    (await connect(open, { headers: { Origin: 'https://anywhere.example' } })).close();
  } finally {
    await open.stop();
  }
});

for (const [what, headers, status] of [
  ['without a key', { 'Sec-WebSocket-Key': undefined }, 400],
  ['with an old version', { 'Sec-WebSocket-Version': '8' }, 426],
  ['with a key that is too long', { 'Sec-WebSocket-Key': 'x'.repeat(200) }, 400],
]) {
  test(`an upgrade ${what} is answered with ${status}`, async () => {
    const response = await request(server, upgradeRequest(server, '/v1', headers));
    assert.equal(response.status, status);
  });
}

test('an upgrade elsewhere is not found', async () => {
  assert.equal((await request(server, upgradeRequest(server, '/v2'))).status, 404);
});

test('compression is not taken up', async () => {
  const raw = await openSocket(server);
  raw.write(upgradeRequest(server, '/v1', { 'Sec-WebSocket-Extensions': 'permessage-deflate' }));
  const { status, headers } = await raw.response();
  assert.equal(status, 101);
  assert.equal(headers['sec-websocket-extensions'], undefined);
  raw.close();
});

test('a frame before the handshake is answered is refused', async () => {
  const raw = await openSocket(server);
  raw.write(Buffer.concat([Buffer.from(upgradeRequest(server, '/v1')), frame(1, Buffer.from('{}'))]));
  assert.equal((await raw.response()).status, 400);
  await raw.ended();
});

for (const [what, text] of [['half an upgrade', 'GET /v1 HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n'], ['one byte', 'G']]) {
  test(`${what} is answered with 408 in time`, async () => {
    const began = Date.now();
    const raw = await openSocket(server);
    raw.write(text);
    assert.equal((await raw.response()).status, 408);
    await raw.ended();
    assert.ok(Date.now() - began >= kSeconds * 900 && Date.now() - began < 8000);
  });
}

test('a header that comes byte by byte has no more time than others', async () => {
  const raw = await openSocket(server);
  const text = upgradeRequest(server, '/v1');
  let i = 0;
  const timer = setInterval(() => raw.write(text[i++ % text.length]), 50);
  try {
    assert.equal((await raw.response()).status, 408);
  } finally {
    clearInterval(timer);
    raw.close();
  }
});

test('a connection that says nothing is closed in time', async () => {
  const raw = await openSocket(server);
  await raw.ended();
  assert.equal(raw.received.length, 0);
});

test('a WebSocket without hello is closed in time, with its code', async () => {
  const one = await connect(server);
  assert.equal((await one.next('error')).code, 'timed_out');
  assert.deepEqual(await one.end(), { code: 4019, reason: 'timed_out' });
});

test('a socket that does not take the close is dropped', async () => {
  const raw = await openRaw(server, '/v1');
  raw.write(frame(1, Buffer.from('nonsense')));
  while ((await raw.frame()).opcode !== 8);
  // The close frame is not answered; the socket stays open on this side.
  const began = Date.now();
  await raw.ended(20_000);
  assert.ok(Date.now() - began < 12_000);
});

test('bad hello fields in the query are told over the socket', async () => {
  for (const [query, code, closeCode] of [['version=9&game=test&build=1&name=X', 'unsupported_version', 4003], ['version=1&game=TEST&build=1&name=X', 'bad_message'],
    ['version=1&game=test&build=1&name=%07', 'bad_name'], ['version=1&game=test&build=1&name=X&join=kamo-ridun', 'no_such_room'], ['version=1&game=test&build=1&name=%zz', 'bad_message']]) {
    const raw = await openRaw(server, `/v1?${query}`);
    let message;
    do { message = JSON.parse((await raw.frame()).payload); } while (message.type === 'welcome');
    assert.equal(message.type, 'error', query);
    assert.equal(message.code, code, query);
    if (closeCode) assert.equal((await raw.frame()).closeCode, closeCode);
    raw.close();
  }
});

test('a member that closes in order has left, one whose page closes or that vanishes is away before it is lost', async () => {
  for (const [how, reason] of [[(one) => one.socket.close(1000), 'left'], [(one) => one.socket.close(1001), 'lost'],
    [(one) => one.socket.close(3000), 'lost'], [(one) => one.socket.terminate(), 'lost']]) {
    const one = await enter(server, 'Carol', { code: alice.code });
    await alice.next('peer_joined');
    await bob.next('peer_joined');
    how(one);
    if (reason === 'lost') assert.equal((await alice.next('peer_away')).peer, one.id);
    assert.equal((await alice.next('peer_left')).reason, reason);
    await bob.next('peer_left');
  }
});
