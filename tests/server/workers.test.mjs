// Several workers: a room lives on one of them, whoever comes to it moves there, and nobody sees the seams.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connect, enter, exchange, hello, pair } from '../lib/member.mjs';
import { readMetrics, startServer } from '../lib/server.mjs';

let server;

before(async () => {
  server = await startServer({ args: ['--workers', '4', '--grace-seconds', '1', '--max-connections-per-site', '5000', '--max-rooms-per-site', '1000'] });
});
after(async () => {
  await server?.stop();
});

for (const inBand of [false, true]) {
  test(`200 rooms with a join ${inBand ? 'in a frame' : 'on the upgrade request'} each`, async () => {
    const before = await readMetrics(server);
    const rooms = [];
    for (let i = 0; i < 200; i += 20) {
      rooms.push(...await Promise.all(Array.from({ length: 20 }, () => pair(server, { inBand }))));
    }
    const codes = new Set(rooms.map(([alice]) => alice.code));
    assert.equal(codes.size, 200);
    for (const [alice, bob] of rooms) {
      assert.deepEqual(bob.joined.members, [{ id: alice.id, name: 'Alice' }]);
      assert.equal(bob.joined.host, alice.id);
    }
    const between = await readMetrics(server);
    assert.equal(between.parlor_rooms - before.parlor_rooms, 200);
    assert.equal(between.parlor_members - before.parlor_members, 400);
    assert.equal(between.parlor_websockets - before.parlor_websockets, 400);
    // Three of four joiners come to another worker than their room's.
    const moved = between.parlor_moved_total - before.parlor_moved_total;
    assert.ok(moved > 100 && moved <= 200, `${moved} moved`);
    await Promise.all(rooms.map(([alice, bob], i) => exchange(alice, bob, `room ${i}`)));
    const later = await readMetrics(server);
    assert.equal(later.parlor_relayed_total - between.parlor_relayed_total, 400);
    for (const [alice, bob] of rooms) {
      bob.socket.close(1000);
      assert.deepEqual(await alice.next('peer_left'), { type: 'peer_left', peer: bob.id, reason: 'left' });
      alice.socket.close(1000);
    }
    await Promise.all(rooms.flat().map((one) => one.end()));
  });
}

test('frames behind a join that moves are kept in order', async () => {
  for (let i = 0; i < 20; ++i) {
    const alice = await enter(server, 'Alice');
    const bob = await connect(server);
    // All in one go: what follows the join is read on the other worker.
    bob.send(hello('Bob'));
    bob.send({ type: 'join', code: alice.code });
    for (let n = 0; n < 20; ++n) bob.send({ type: 'candidate', to: alice.id, candidate: `candidate:${n}`, mid: '0' });
    bob.send({ type: 'leave' });
    assert.equal((await alice.next('peer_joined')).peer.name, 'Bob');
    for (let n = 0; n < 20; ++n) assert.equal((await alice.next('candidate')).candidate, `candidate:${n}`);
    assert.equal((await alice.next('peer_left')).reason, 'left');
    await bob.next('left');
    alice.close();
    bob.close();
  }
});

test('a member may go from room to room and worker to worker', async () => {
  const hosts = await Promise.all(Array.from({ length: 9 }, (_, i) => enter(server, `Host ${i}`)));
  const guest = await connect(server);
  guest.send(hello('Guest'));
  for (let i = 0; i < 18; ++i) {
    const host = hosts[i % hosts.length];
    guest.send({ type: 'join', code: host.code });
    const joined = await guest.next('joined');
    assert.equal(joined.code, host.code);
    guest.id = joined.you;
    await host.next('peer_joined');
    await exchange(host, guest);
    guest.send({ type: 'leave' });
    await guest.next('left');
    await host.next('peer_left');
  }
  for (const one of [guest, ...hosts]) one.close();
});

test('a socket that vanishes while it moves is nobody\'s for long', async () => {
  const alice = await enter(server, 'Alice', { size: 64 });
  for (let i = 0; i < 50; ++i) {
    const bob = await connect(server);
    bob.send(hello('Bob'));
    bob.send({ type: 'join', code: alice.code });
    setTimeout(() => bob.close(), i % 5);
    await bob.end();
  }
  // Those that had come in are away: without a connection, and for the grace time still members.
  const deadline = Date.now() + 10_000;
  for (;;) {
    const { parlor_websockets: open, parlor_members: members } = await readMetrics(server);
    if (open === 1 && members === 1) break;
    assert.ok(Date.now() < deadline, `${open} open, ${members} members`);
  }
  alice.close();
});

test('a wrong code is refused wherever it would be at home', async () => {
  for (const code of ['kamo-ridun', 'bada-badab', 'zuzu-zuzuz', 'lilo-lilol', 'mono-monom']) {
    await assert.rejects(enter(server, 'Lost', { code }), { code: 'no_such_room' });
    await assert.rejects(enter(server, 'Lost', { code, inBand: true }), { code: 'no_such_room' });
  }
});
