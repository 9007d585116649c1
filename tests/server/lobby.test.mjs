// Finding rooms and keeping order in them on the real server with several workers: lists, quick matches, passwords, kicks and bans, and
// what of it outlives the process.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect, enter, exchange, hello } from '../lib/member.mjs';
import { readMetrics, startServer } from '../lib/server.mjs';

let server;

before(async () => { server = await startServer({ args: ['--workers', '4', '--max-rooms-per-site', '1000', '--log-level', 'debug'] }); });
after(async () => { await server?.stop(); });

/// Says hello and this message on a connection of its own: the member, with its `joined`. Throws the error.
async function comer(where, name, message, options) {
  const member = await connect(where, options);
  member.send(hello(name));
  member.send(message);
  const joined = await member.next(({ type }) => type === 'joined' || type === 'error');
  if (joined.type === 'error') throw Object.assign(new Error(joined.code), joined);
  return Object.assign(member, { joined, id: joined.you, code: joined.code });
}

/// As if from this address: the server trusts loopback as a proxy.
const from = (address) => ({ headers: { 'X-Forwarded-For': address } });

/// Asks again until the answer is as expected, or 10 seconds have passed. A list counts as ten messages, of which a
/// connection has 50 per second: asked more often, the answer would be that it is asked too often.
async function listUntil(member, query, isGood) {
  const deadline = Date.now() + 10_000;
  for (;;) {
    member.send({ type: 'list', ...query });
    const rooms = await member.next(({ type }) => type === 'rooms' || type === 'error');
    if (isGood(rooms)) return rooms;
    assert.ok(Date.now() < deadline, JSON.stringify(rooms));
    await new Promise((resolve) => { setTimeout(resolve, rooms.retry_ms ?? 200); });
  }
}

test('a list shows the rooms of all workers, whoever is asked', async () => {
  const hosts = await Promise.all(Array.from({ length: 24 }, (_, i) => comer(server, `Host ${i}`,
    { type: 'create', size: 4, title: `Room ${i}`, listed: true, metadata: { kind: i % 2 ? 'odd' : 'even', number: i } })));
  const hidden = await enter(server, 'Hidden');
  const codes = hosts.map((host) => host.code).sort();
  // Several connections: each may be at another worker.
  for (let i = 0; i < 8; ++i) {
    const looker = await connect(server);
    looker.send(hello('Looker'));
    const { rooms } = await listUntil(looker, { limit: 50, where: { number: { min: 0 } } }, ({ total }) => total === 24);
    assert.deepEqual(rooms.map(({ code }) => code).sort(), codes);
    if (i === 0) {
      const few = await listUntil(looker, { where: { kind: 'odd' }, order: 'metadata', order_by: 'number', limit: 2, offset: 1 }, () => true);
      assert.equal(few.total, 12);
      assert.deepEqual(few.rooms.map(({ title, members, size }) => [title, members, size]), [['Room 21', 1, 4], ['Room 19', 1, 4]]);
    }
    looker.close();
  }
  assert.equal((await readMetrics(server)).parlor_rooms_listed, 24);
  for (const one of [hidden, ...hosts]) one.socket.close(1000);
  await Promise.all(hosts.map((host) => host.end()));
  const looker = await connect(server);
  looker.send(hello('Looker'));
  await listUntil(looker, { where: { number: { min: 0 } } }, ({ total }) => total === 0);
  looker.close();
});

test('two who search at the same instant meet, whichever workers took them', async () => {
  for (let i = 0; i < 20; ++i) {
    const search = { type: 'match', attributes: { round: i }, rating: 1000, patience_ms: 10_000 };
    const [alice, bob] = await Promise.all([comer(server, 'Alice', search), comer(server, 'Bob', search)]);
    assert.equal(alice.code, bob.code);
    await exchange(alice, bob);
    alice.socket.close(1000);
    bob.socket.close(1000);
    await Promise.all([alice.end(), bob.end()]);
  }
});

test('windows widen until two are near enough, and a patience ends on time', async () => {
  const began = Date.now();
  const far = { type: 'match', window: 10, widen_per_second: 100, max_window: 1000, patience_ms: 10_000 };
  const [alice, bob] = await Promise.all([comer(server, 'Alice', { ...far, rating: 0 }), comer(server, 'Bob', { ...far, rating: 100 })]);
  assert.equal(alice.code, bob.code);
  assert.ok(Date.now() - began >= 850, 'not before both windows are 100');
  const alone = Date.now();
  const carol = await comer(server, 'Carol', { type: 'match', size: 5, patience_ms: 600 });
  const waited = Date.now() - alone;
  assert.ok(waited >= 550 && waited < 3000, `${waited} ms`);
  const dave = await comer(server, 'Dave', { type: 'match', size: 5 });
  assert.equal(dave.code, carol.code, 'later ones come into its room');
  for (const one of [alice, bob, carol, dave]) one.close();
});

test('two who wait alone meet when their windows have widened over each other', async () => {
  const search = { type: 'match', attributes: { mode: 'alone' }, window: 10, widen_per_second: 100, max_window: 1000, patience_ms: 0 };
  const alice = await comer(server, 'Alice', { ...search, rating: 0 });
  const bob = await comer(server, 'Bob', { ...search, rating: 100 });
  assert.notEqual(bob.code, alice.code);
  const { code, you, host } = await bob.next('joined');
  assert.deepEqual([code, host], [alice.code, alice.id]);
  assert.equal((await alice.next('peer_joined')).peer.id, you);
  await exchange(alice, Object.assign(bob, { id: you, code }));
  for (const one of [alice, bob]) one.close();
});

test('who asks for rooms too often is told when to ask again, and is answered then', async () => {
  const looker = await connect(server);
  looker.send(hello('Looker'));
  const answer = () => looker.next(({ type }) => type === 'rooms' || type === 'error');
  let refused;
  for (let i = 0; i < 200 && !refused; ++i) {
    looker.send({ type: 'list' });
    const { type, ...rest } = await answer();
    if (type === 'error') refused = rest;
  }
  assert.equal(refused.code, 'rate_limited');
  assert.ok(refused.retry_ms > 0 && refused.retry_ms < 1000, JSON.stringify(refused));
  // Before then more of a flood may be refused without a word: one error says it for a while.
  await new Promise((resolve) => { setTimeout(resolve, refused.retry_ms); });
  await listUntil(looker, {}, ({ type }) => type === 'rooms');
  looker.close();
});

test('a kicked member is out, its ticket is worth nothing, and it may join again', async () => {
  const alice = await enter(server, 'Alice');
  const bob = await enter(server, 'Bob', { code: alice.code });
  alice.send({ type: 'kick', peer: bob.id });
  assert.equal((await bob.next('error')).code, 'kicked');
  assert.deepEqual(await bob.end(), { code: 4020, reason: 'kicked' });
  assert.equal((await alice.next('peer_left')).reason, 'kicked');
  const ticket = bob.joined.ticket;
  await assert.rejects(comer(server, 'Bob', { type: 'join', code: alice.code, ticket, resume: true }), { code: 'no_such_room' });
  const again = await comer(server, 'Bob', { type: 'join', code: alice.code, ticket });
  assert.notEqual(again.id, bob.id);
  for (const one of [alice, again]) one.close();
});

test('a ban keeps an address out, and in a classroom the one ticket alone', async (t) => {
  const behind = await startServer({ args: ['--workers', '3', '--trusted-proxy', '127.0.0.1'] });
  t.after(() => behind.stop());
  const alice = await enter(behind, 'Alice', { options: from('203.0.113.1') });
  const join = { type: 'join', code: alice.code };
  const bob = await comer(behind, 'Bob', join, from('203.0.113.2'));
  const carol = await comer(behind, 'Carol', join, from('203.0.113.2'));
  alice.send({ type: 'ban', peer: bob.id });
  assert.deepEqual((await bob.end()), { code: 4021, reason: 'banned' });
  const wrong = await comer(behind, 'Bob', { ...join, ticket: bob.joined.ticket, resume: true }, from('203.0.113.2')).catch((error) => error);
  assert.equal(wrong.code, 'no_such_room');
  const dave = await comer(behind, 'Dave', join, from('203.0.113.2'));
  for (const one of [carol, dave]) one.socket.close(1000);
  await Promise.all([carol.end(), dave.end()]);
  await alice.next(({ type, peer }) => type === 'peer_left' && peer === dave.id);
  const banned = await comer(behind, 'Bob', join, from('203.0.113.2')).catch((error) => error);
  assert.deepEqual([banned.code, banned.message], [wrong.code, wrong.message]);
  const eve = await comer(behind, 'Eve', join, from('203.0.113.3'));
  for (const one of [alice, eve]) one.close();
});

test('a wrong password sounds like a wrong code, and no password is in a log', async () => {
  const secret = 'xyzzy-plugh';
  const alice = await comer(server, 'Alice', { type: 'create', password: secret });
  const refusal = (message) => comer(server, 'Eve', { type: 'join', ...message }).catch(({ code, message: text }) => ({ code, text }));
  const wrong = await refusal({ code: alice.code, password: `${secret}!` });
  assert.equal(wrong.code, 'no_such_room');
  assert.deepEqual(await refusal({ code: alice.code }), wrong);
  assert.deepEqual(await refusal({ code: 'kamo-ridun', password: secret }), wrong);
  const bob = await comer(server, 'Bob', { type: 'join', code: alice.code, password: secret });
  assert.equal(bob.joined.password, true);
  alice.send({ type: 'transfer', peer: bob.id });
  assert.equal((await bob.next('host')).host, bob.id);
  alice.send({ type: 'update', password: '' });
  assert.equal((await alice.next('error')).code, 'not_host');
  assert.ok(!server.log().includes(secret));
  for (const one of [alice, bob]) one.close();
});

test('a server that was killed and started again keeps the password, the settings and the bans of a room', async () => {
  const state = mkdtempSync(join(tmpdir(), 'parlor-lobby-'));
  try {
    const args = ['--workers', '3', '--trusted-proxy', '127.0.0.1'];
    const killed = await startServer({ args, state });
    const alice = await comer(killed, 'Alice', { type: 'create', size: 4, title: 'Friday', password: 'secret', listed: true, metadata: { level: 3 } }, from('203.0.113.1'));
    const bob = await comer(killed, 'Bob', { type: 'join', code: alice.code, password: 'secret' }, from('203.0.113.2'));
    alice.send({ type: 'update', title: 'Saturday', size: 6 });
    await alice.next('updated');
    alice.send({ type: 'ban', peer: bob.id });
    const { ticket } = await alice.next('updated');
    await killed.kill();

    const started = await startServer({ args: ['--workers', '2', '--trusted-proxy', '127.0.0.1'], state });
    // Who was banned is first, with a ticket that does not know it.
    const sly = await comer(started, 'Bob', { type: 'join', code: alice.code, ticket: bob.joined.ticket, resume: true }, from('203.0.113.2'));
    const again = await comer(started, 'Alice', { type: 'join', code: alice.code, ticket, resume: true }, from('203.0.113.1'));
    assert.deepEqual(await sly.end(), { code: 4021, reason: 'banned' });
    const { title, size, password, listed, metadata } = again.joined;
    assert.deepEqual({ title, size, password, listed, metadata }, { title: 'Saturday', size: 6, password: true, listed: true, metadata: { level: 3 } });
    const join = { type: 'join', code: alice.code };
    await assert.rejects(comer(started, 'Eve', join, from('203.0.113.3')), { code: 'no_such_room' });
    await assert.rejects(comer(started, 'Bob', { ...join, password: 'secret' }, from('203.0.113.2')), { code: 'no_such_room' });
    const carol = await comer(started, 'Carol', { ...join, password: 'secret' }, from('203.0.113.3'));
    carol.send({ type: 'leave' });
    await carol.next('left');
    const { rooms } = await listUntil(carol, {}, ({ total }) => total === 1);
    assert.equal(rooms[0].title, 'Saturday');
    await started.stop();
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
});
