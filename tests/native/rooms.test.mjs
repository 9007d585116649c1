// Native rooms with a real server: everything that a program does without a browser.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer as createTcp } from 'node:net';
import { createServer as createHttp } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createServer as createTls } from 'node:tls';
import { kReliable, kUnreliable, startMember } from '../lib/native_member.mjs';
import { startServer } from '../lib/server.mjs';

let server;
let url;
let member;

before(async () => {
  server = await startServer();
  url = `ws://${server.host}`;
  member = startMember();
});

after(async () => {
  assert.deepEqual(await member?.close(), { code: 0, signal: null });
  await server?.stop();
});

/// Alice and Bob in one room, connected: both know the other's id as `other`.
async function meet(from = member, at = url) {
  const alice = from.room('create', at, 'Alice');
  const { code, me: aliceId } = await alice.next('Joined');
  const bob = from.room('join', at, 'Bob', code);
  const { me: bobId, ticket } = await bob.next('Joined');
  Object.assign(alice, { me: aliceId, other: bobId, code });
  Object.assign(bob, { me: bobId, other: aliceId, code, ticket });
  for (const room of [alice, bob]) assert.equal((await room.next('PathChanged')).to, 'relay');
  return [alice, bob];
}

async function endOf(room) {
  const { reason, message } = await room.next('Ended');
  return `${reason}: ${message}`;
}

test('two members meet by code, and their messages arrive whole and in order, whichever way they begin', async () => {
  const [alice, bob] = await meet();
  assert.equal((await alice.next('PeerJoined')).name, 'Bob');
  assert.equal((await bob.next('PeerJoined')).name, 'Alice');
  assert.equal((await bob.send('host', kReliable, 40_000, 1, 20)).taken, 20);
  assert.equal((await alice.send('all', kUnreliable, 100, 50)).result, 'queued');
  for (let i = 0; i < 20; ++i) {
    const { mark, whole, length, from } = await alice.next('Message');
    assert.deepEqual([mark, whole, length, from], [1 + i, 'yes', 40_000, bob.me]);
  }
  const { mark, whole, channel } = await bob.next('Message');
  assert.deepEqual([mark, whole, channel], [50, 'yes', kUnreliable]);
  const { path, messages_received: received } = await alice.stats(bob.me);
  assert.equal(received, 20);
  assert.ok(['relay', 'direct'].includes(path));
  bob.leave();
  assert.equal((await alice.next('PeerLeft')).reason, 'peer_left');
  assert.equal(await endOf(bob), 'left: You left the room.');
});

test('which way messages went, and why, can be read', async () => {
  const [alice, bob] = await meet();
  await alice.next((event) => event.type === 'PathChanged' && event.to === 'direct');
  const lines = await alice.explain(bob.me);
  assert.match(lines.join('\n'), /path_relay[^]*rtc_open[^]*path_direct/);
  assert.ok(!alice.has('LinkFailed'));
});

test('a member whose program destroys its room is gone at once, also where it was the last of the program', async () => {
  const other = startMember();
  const alice = member.room('create', url, 'Alice');
  const { code } = await alice.next('Joined');
  const bob = other.room('join', url, 'Bob', code);
  await bob.next('Joined');
  bob.close();
  assert.equal((await alice.next('PeerLeft')).reason, 'peer_left');
  const cleo = other.room('join', url, 'Cleo', code);
  await cleo.next('Joined');
  await other.close(); // ends with its room in it
  assert.equal((await alice.next('PeerLeft')).reason, 'peer_left');
});

test('a member whose program dies is away, and comes back with its ticket under its id', async () => {
  const other = startMember();
  const alice = member.room('create', url, 'Alice');
  const { code } = await alice.next('Joined');
  const { me, ticket } = await other.room('join', url, 'Bob', code).next('Joined');
  other.child.kill('SIGKILL');
  assert.equal((await alice.next('PeerAway')).peer, me);
  const bob = member.room('join', url, 'Bob', code, '', ticket);
  assert.equal((await bob.next('Joined')).me, me);
  assert.deepEqual(await alice.next('PeerBack'), { type: 'PeerBack', peer: me, name: 'Bob', anew: 'yes', room: alice.number });
  await other.ended;
});

test('a wrong code, a wrong password and wrong options each end with a sentence', async () => {
  const alice = member.room('create', url, 'Alice', 4, 'Title', 'secret');
  const { code } = await alice.next('Joined');
  const wrong = [
    [member.room('join', url, 'Bob', 'bababobo'), /^no_such_room: /],
    [member.room('join', url, 'Bob', code, 'guess'), /^no_such_room: /],
    [member.room('create', url, 'Alice', 1000), /^bad_options: Create::size must be 2 to 64 members\.$/],
    [member.room('create', '', 'Alice'), /^bad_options: RoomOptions::server must be a ws:\/\/ or wss:\/\/ origin/],
    [member.room('join', url, 'Bob', code, 'secret', '', 'another-build'), /^build_mismatch: /],
  ];
  for (const [room, sentence] of wrong) assert.match(await endOf(room), sentence);
  const bob = member.room('join', url, 'Bob', code, 'secret');
  assert.equal((await bob.next('PeerJoined')).name, 'Alice');
});

test('who joins asks for ICE servers and for its socket at the same time, as a page does', async (t) => {
  const asked = [];
  const both = new Promise((resolve) => {
    const note = (request) => {
      asked.push(`${request.method} ${request.url.split('?')[0]} ${request.headers.host} ${request.headers.origin}`);
      if (asked.length === 2) resolve();
    };
    const web = createHttp((request, response) => {
      note(request);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"ice_servers":[]}');
    }).on('upgrade', (request, socket) => {
      note(request);
      socket.end('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nBusy');
    }).listen(0, '127.0.0.1', () => member.room('join', `ws://127.0.0.1:${web.address().port}`, 'Bob', 'kamo-ridun'));
    t.after(() => web.close());
  });
  await both;
  const host = asked[0].split(' ')[2];
  assert.deepEqual(asked.sort(), [`GET /v1 ${host} undefined`, `GET /v1/ice ${host} undefined`]);
});

test('a quick match, the list of rooms, and what a host does', async () => {
  const pair = ['Alice', 'Bob'].map((name) => member.room('match', url, name, 'duel'));
  const codes = await Promise.all(pair.map(async (room) => (await room.next('Joined')).code));
  assert.equal(codes[0], codes[1]);

  const host = member.room('create', url, 'Alice', 4, 'Open', 'secret', 'listed', 'race');
  const { code } = await host.next('Joined');
  const bob = member.room('join', url, 'Bob', code, 'secret');
  const { me } = await bob.next('Joined');
  await host.next('PeerJoined');
  assert.equal(await bob.ask('kick', me), 'not_host');
  assert.equal(await host.rename('Renamed'), 'sent');
  assert.equal((await bob.next('SettingsChanged')).title, 'Renamed');
  for (;;) { // the list is told of changes ten times a second
    const { titles, total } = await member.list(url, 'race');
    if (titles === 'Renamed*,') {
      assert.equal(total, 1);
      break;
    }
  }
  assert.equal(await host.ask('kick', me), 'sent');
  assert.match(await endOf(bob), /^kicked: /);
  assert.equal((await host.next('PeerLeft')).reason, 'peer_kicked');
});

test('a room outlives its server: killed and started again on its port, all are members as before', async () => {
  const state = mkdtempSync(join(tmpdir(), 'parlor-state-'));
  let own = await startServer({ state });
  try {
    const [alice, bob] = await meet(member, `ws://${own.host}`);
    await own.kill();
    await Promise.all([alice.next('ServerLost'), bob.next('ServerLost')]);
    own = await startServer({ state, listen: [own.host] });
    await Promise.all([alice.next('ServerBack'), bob.next('ServerBack')]);
    assert.equal((await bob.send(alice.me, kReliable, 1000, 9)).result, 'queued');
    assert.equal((await alice.next('Message')).mark, 9);
  } finally {
    await own.stop();
    rmSync(state, { recursive: true, force: true });
  }
});

test('a server that cannot be reached is no_server, with what it was', async (t) => {
  const web = createHttp((request, response) => response.writeHead(404).end('<html>')).listen(0, '127.0.0.1');
  const busy = createHttp().on('upgrade', (request, socket) =>
    socket.end('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 18\r\n\r\nThe server is full')).listen(0, '127.0.0.1');
  t.after(() => [web, busy].forEach((one) => one.close()));
  await Promise.all([web, busy].map((one) => one.listening || new Promise((resolve) => { one.once('listening', resolve); })));
  const at = (one) => `ws://127.0.0.1:${one.address().port}`;
  const gone = createTcp().listen(0, '127.0.0.1');
  await new Promise((resolve) => { gone.once('listening', resolve); });
  const nobody = at(gone);
  await new Promise((resolve) => { gone.close(resolve); });
  const cases = [
    [nobody, /no_server: The server could not be reached\. Nothing listens at 127\.0\.0\.1:\d+: check/],
    [at(web), /no_server: The server could not be reached\. It refused the connection \(HTTP 404\): What answers at its address is no Parlor server\.$/],
    [at(busy), /no_server: The server could not be reached\. It refused the connection \(HTTP 503\): The server is full$/],
    ['ws://no-such-host.invalid', /no_server: The server could not be reached\. No address of no-such-host\.invalid was found/],
  ];
  const rooms = cases.map(([address]) => member.room('create', address, 'Alice'));
  for (const [i, [, sentence]] of cases.entries()) assert.match(await endOf(rooms[i]), sentence);
});

/// TLS in front of the server, with a certificate for `name` of an authority of its own: { url, ca, close() }.
async function startTls(folder, name) {
  const openssl = (...args) => execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'ignore'] });
  openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=Test CA',
    '-keyout', 'ca.key', '-out', 'ca.pem');
  openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`,
    '-keyout', 'key.pem', '-out', 'request.pem');
  openssl('x509', '-req', '-in', 'request.pem', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-copy_extensions', 'copy', '-out', 'cert.pem');
  const front = createTls({ key: readFileSync(join(folder, 'key.pem')), cert: readFileSync(join(folder, 'cert.pem')) }, (socket) => {
    const behind = connect(server.port, server.hostname);
    socket.pipe(behind).pipe(socket);
    for (const one of [socket, behind]) one.on('error', () => [socket, behind].forEach((each) => each.destroy()));
  });
  front.listen(0, '127.0.0.1');
  await new Promise((resolve) => { front.once('listening', resolve); });
  return { url: `wss://localhost:${front.address().port}`, port: front.address().port, ca: join(folder, 'ca.pem'), close: () => front.close() };
}

test('over TLS: an authority that is not trusted is refused, one that is named is trusted, a name that differs is not', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'parlor-tls-'));
  const front = await startTls(folder, 'localhost');
  const own = startMember();
  t.after(async () => {
    await own.close();
    front.close();
    rmSync(folder, { recursive: true, force: true });
  });
  assert.match(await endOf(own.room('create', front.url, 'Alice')),
    /^no_server: The server could not be reached\. Its certificate is not trusted \((self-signed certificate in certificate chain|unable to get local issuer certificate)\)/);
  assert.equal(await own.trust(join(folder, 'key.pem')), false, 'no certificate is in there');
  assert.equal(await own.trust(front.ca), true);
  const [alice, bob] = await meet(own, front.url);
  assert.equal((await bob.send('all', kReliable, 50_000, 3, 10)).taken, 10);
  for (let i = 0; i < 10; ++i) assert.deepEqual((({ mark, whole }) => [mark, whole])(await alice.next('Message')), [3 + i, 'yes']);
  assert.match(await endOf(own.room('create', `wss://127.0.0.1:${front.port}`, 'Alice')), /Its certificate is not trusted \(IP address mismatch\)/);
});
