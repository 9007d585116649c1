// Native rooms whose members are connected directly: by WebRTC connections of our own.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { kReliable, kUnreliable, startMember } from '../lib/native_member.mjs';
import { startServer } from '../lib/server.mjs';

let server;
let url;
const members = [];

before(async () => {
  server = await startServer();
  url = `ws://${server.host}`;
});

after(async () => {
  for (const member of members) assert.deepEqual(await member.close(), { code: 0, signal: null });
  await server?.stop();
});

function program() {
  const member = startMember();
  members.push(member);
  return member;
}

/// So many members in one room, each connected directly to each of the others.
async function meet(names, programs) {
  const rooms = [];
  let code;
  for (const [i, name] of names.entries()) {
    const room = i === 0 ? programs[i].room('create', url, name) : programs[i].room('join', url, name, code);
    const joined = await room.next('Joined');
    code = joined.code;
    rooms.push(Object.assign(room, { me: joined.me }));
  }
  for (const room of rooms) {
    for (const other of rooms) {
      if (other !== room) await room.next((event) => event.type === 'PathChanged' && event.peer === other.me && event.to === 'direct');
    }
  }
  return rooms;
}

test('two programs are connected directly within a second, and messages of every kind arrive', async () => {
  const start = Date.now();
  const [alice, bob] = await meet(['Alice', 'Bob'], [program(), program()]);
  assert.ok(Date.now() - start < 3000, `it took ${Date.now() - start} ms`);
  assert.equal((await bob.send(alice.me, kReliable, 40_000, 1, 20)).taken, 20);
  for (let i = 0; i < 20; ++i) {
    const { mark, whole, length } = await alice.next('Message');
    assert.deepEqual([mark, whole, length], [1 + i, 'yes', 40_000]);
  }
  await alice.send(bob.me, kUnreliable, 100, 50);
  assert.equal((await bob.next('Message')).mark, 50);
  const { path, messages_received: received } = await alice.stats(bob.me);
  assert.deepEqual([path, received], ['direct', 20]);
  assert.match((await alice.explain(bob.me)).join('\n'), /rtc_open/);
});

test('five members of one program are a mesh, each on a port of its own', async () => {
  const member = program();
  const names = ['Ann', 'Ben', 'Cid', 'Dot', 'Eve'];
  const rooms = await meet(names, names.map(() => member));
  for (const room of rooms) await room.send('all', kReliable, 500, 7);
  for (const room of rooms) {
    const from = new Set();
    for (let i = 0; i < rooms.length - 1; ++i) {
      const message = await room.next('Message');
      assert.equal(message.whole, 'yes');
      from.add(message.from);
    }
    assert.equal(from.size, rooms.length - 1);
  }
});

test('a program that is killed is missed, and the others play on', async () => {
  const [one, other, third] = [startMember(), program(), program()];
  const [alice, bob, carol] = await meet(['Alice', 'Bob', 'Carol'], [one, other, third]);
  one.child.kill('SIGKILL');
  await one.ended;
  await bob.next((event) => event.type === 'PeerAway' && event.peer === alice.me);
  await bob.send(carol.me, kReliable, 100, 3);
  assert.equal((await carol.next('Message')).mark, 3);
});

test('where the server dies, members who are connected directly play on', async () => {
  const own = await startServer();
  const member = program();
  const at = `ws://${own.host}`;
  const alice = member.room('create', at, 'Alice');
  const { code, me: aliceId } = await alice.next('Joined');
  const bob = member.room('join', at, 'Bob', code);
  const { me: bobId } = await bob.next('Joined');
  for (const room of [alice, bob]) await room.next((event) => event.type === 'PathChanged' && event.to === 'direct');
  await own.kill();
  await bob.next('ServerLost');
  await bob.send(aliceId, kReliable, 2000, 9);
  assert.equal((await alice.next('Message')).mark, 9);
  await alice.send(bobId, kReliable, 2000, 10);
  assert.equal((await bob.next('Message')).mark, 10);
});
