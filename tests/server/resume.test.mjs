// Coming back to the real server: sockets that break, pages that are loaded anew, tabs that are doubled, servers that are killed.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect, enter, exchange, hello, pair } from '../lib/member.mjs';
import { readMetrics, startServer } from '../lib/server.mjs';

let server;

before(async () => { server = await startServer({ args: ['--workers', '2', '--grace-seconds', '2'] }); });
after(async () => { await server?.stop(); });

/// Joins with a ticket: another page, or with `resume` the same one. Gives the member, or throws the error.
async function comeBack(where, name, { code, ticket, resume }) {
  const member = await connect(where);
  member.send(hello(name));
  member.send({ type: 'join', code, ticket, ...(resume ? { resume } : {}) });
  const joined = await member.next((message) => message.type === 'joined' || message.type === 'error');
  if (joined.type === 'error') throw Object.assign(new Error(joined.code), { ...joined, member });
  return Object.assign(member, { joined, id: joined.you, code: joined.code });
}

test('who resumes on another socket goes on, and has what was meant for it', async () => {
  const [alice, bob] = await pair(server);
  bob.socket.terminate();
  assert.deepEqual(await alice.next('peer_away'), { type: 'peer_away', peer: bob.id });
  assert.equal((await readMetrics(server)).parlor_members_away, 1);
  alice.send({ type: 'offer', to: bob.id, sdp: 'meant for bob' });
  const again = await comeBack(server, 'Bob', { code: alice.code, ticket: bob.joined.ticket, resume: true });
  assert.equal(again.id, bob.id);
  assert.equal(again.joined.incarnation, undefined, 'the first');
  assert.equal((await again.next('offer')).sdp, 'meant for bob');
  assert.deepEqual(await alice.next('peer_back'), { type: 'peer_back', peer: { id: bob.id, name: 'Bob' } });
  await exchange(alice, again);
});

test('a page that is loaded anew has the same id in another incarnation', async () => {
  const [alice, bob] = await pair(server);
  bob.socket.close(1001);
  await alice.next('peer_away');
  const again = await comeBack(server, 'Bob', { code: alice.code, ticket: bob.joined.ticket });
  assert.equal(again.id, bob.id);
  assert.equal(again.joined.incarnation, 2);
  assert.deepEqual((await alice.next('peer_back')).peer, { id: bob.id, name: 'Bob', incarnation: 2 });
  await exchange(alice, again);
});

test('a lone member that loads its page anew finds its room', async () => {
  const alice = await enter(server, 'Alice');
  alice.socket.close(1001);
  await alice.end();
  const again = await comeBack(server, 'Alice', { code: alice.code, ticket: alice.joined.ticket });
  assert.equal(again.id, alice.id);
});

test('who does not come back within the grace time has left, and the next is host', async () => {
  const [alice, bob] = await pair(server);
  alice.socket.terminate();
  await bob.next('peer_away');
  assert.equal((await bob.next('peer_left')).reason, 'lost');
  const { host, term, ticket } = await bob.next('host');
  assert.equal(host, bob.id);
  assert.equal(term, 2);
  assert.ok(ticket.length > 0);
});

test('of two tabs with one ticket the later has the place, and the earlier does not get it back', async () => {
  const [alice, bob] = await pair(server);
  const second = await comeBack(server, 'Bob', { code: alice.code, ticket: bob.joined.ticket });
  assert.deepEqual(await bob.end(), { code: 4015, reason: 'replaced' });
  const refused = await comeBack(server, 'Bob', { code: alice.code, ticket: bob.joined.ticket, resume: true }).catch((error) => error);
  assert.equal(refused.code, 'replaced');
  assert.equal((await refused.member.end()).code, 4015);
  await exchange(alice, second);
});

test('a server that was killed and started again has its rooms back, at the term its members know, for newcomers too', async () => {
  const state = mkdtempSync(join(tmpdir(), 'parlor-resume-'));
  try {
    const killed = await startServer({ args: ['--workers', '2'], state });
    const [alice, bob] = await pair(killed);
    const carol = await enter(killed, 'Carol', { code: alice.code });
    alice.send({ type: 'leave' });
    const { ticket } = await bob.next('host');
    await killed.kill();

    const started = await startServer({ args: ['--workers', '3'], state });
    const again = await comeBack(started, 'Bob', { code: alice.code, ticket, resume: true });
    assert.equal(again.id, bob.id);
    assert.equal(again.joined.host, bob.id);
    assert.equal(again.joined.term, 2);
    const dave = await enter(started, 'Dave', { code: alice.code });
    assert.deepEqual(dave.joined.members, [{ id: bob.id, name: 'Bob' }]);
    // Carol's ticket is of the first term; the room knows better.
    const third = await comeBack(started, 'Carol', { code: alice.code, ticket: carol.joined.ticket, resume: true });
    assert.equal(third.id, carol.id);
    assert.equal(third.joined.term, 2);
    await exchange(dave, third);
    await started.stop();
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
});

test('a server with another key takes nobody\'s word for a room', async () => {
  const alice = await enter(server, 'Alice');
  const other = await startServer();
  const refused = await comeBack(other, 'Alice', { code: alice.code, ticket: alice.joined.ticket, resume: true }).catch((error) => error);
  assert.equal(refused.code, 'no_such_room');
  await other.stop();
});
