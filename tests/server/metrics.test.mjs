// /metrics counts what really happened, over all workers.

import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { after, before, test } from 'node:test';
import { connect, enter, exchange, hello, pair } from '../lib/member.mjs';
import { readMetrics, startServer } from '../lib/server.mjs';

let server;
before(async () => { server = await startServer({ args: ['--workers', '3'] }); });
after(async () => { await server?.stop(); });

/// What `work` adds to the numbers; those that did not change are left out.
async function added(work) {
  const before = await readMetrics(server);
  await work();
  const now = await readMetrics(server);
  return Object.fromEntries(Object.entries(now).map(([name, value]) => [name, value - (before[name] ?? 0)]).filter(([, value]) => value !== 0));
}

test('the text is what Prometheus reads', async () => {
  const response = await fetch(new URL('metrics', server.url));
  assert.match(response.headers.get('content-type'), /^text\/plain; version=0\.0\.4/);
  for (const line of (await response.text()).trimEnd().split('\n')) {
    assert.match(line, /^(# (HELP parlor_\w+ .+\.|TYPE parlor_\w+ (counter|gauge))|parlor_\w+(\{\w+="\w+"\})? [0-9.e+]+)$/);
  }
  assert.equal((await readMetrics(server)).parlor_workers, 3);
});

test('rooms, members and messages', async () => {
  let members;
  const entering = await added(async () => { members = await pair(server); });
  assert.equal(entering.parlor_rooms, 1);
  assert.equal(entering.parlor_members, 2);
  assert.equal(entering.parlor_websockets, 2);
  assert.equal(entering.parlor_websockets_total, 2);
  assert.equal(entering['parlor_http_responses_total{status="101"}'], 2);
  const talking = await added(async () => { for (let i = 0; i < 10; ++i) await exchange(...members); });
  assert.equal(talking.parlor_relayed_total, 20);
  assert.equal(talking.parlor_messages_received_total, 20);
  assert.equal(talking.parlor_messages_sent_total, 20);
  assert.ok(talking.parlor_received_bytes_total > 20 * 50);
  assert.ok(talking.parlor_sent_bytes_total > 20 * 50);
  const leaving = await added(async () => {
    for (const one of members) one.socket.close(1000);
    await Promise.all(members.map((one) => one.end()));
    const deadline = Date.now() + 5000;
    while ((await readMetrics(server)).parlor_members > 0) assert.ok(Date.now() < deadline);
  });
  assert.equal(leaving.parlor_rooms, -1);
  assert.equal(leaving.parlor_members, -2);
  assert.equal(leaving.parlor_websockets, -2);
});

test('refusals by code', async () => {
  const numbers = await added(async () => {
    const one = await connect(server);
    one.send(hello('Mallory'));
    one.send({ type: 'teleport' });
    one.send({ type: 'offer', to: 1 });
    one.send({ type: 'leave' });
    one.send('nonsense');
    await one.end();
  });
  for (const code of ['unknown_type', 'bad_message', 'not_in_room', 'bad_json']) assert.equal(numbers[`parlor_refused_total{code="${code}"}`], 1, code);
});

test('responses by status', async () => {
  const numbers = await added(async () => {
    for (const path of ['healthz', 'nothing', 'nothing', 'v1']) await (await fetch(new URL(path, server.url))).text();
    await (await fetch(server.url, { method: 'POST' })).text();
  });
  assert.equal(numbers['parlor_http_responses_total{status="404"}'], 2);
  assert.equal(numbers['parlor_http_responses_total{status="405"}'], 1);
  assert.equal(numbers['parlor_http_responses_total{status="426"}'], 1);
});

test('STUN answers and what was not answered', async () => {
  const [host, port] = server.stun.split(':');
  const socket = createSocket('udp4');
  const numbers = await added(async () => {
    const request = Buffer.from('000100002112a442000102030405060708090a0b', 'hex');
    for (let i = 0; i < 5; ++i) {
      const answer = new Promise((resolve) => { socket.once('message', resolve); });
      socket.send(request, Number(port), host);
      assert.equal((await answer).readUInt16BE(0), 0x0101);
    }
    socket.send(Buffer.from('nonsense'), Number(port), host);
    const deadline = Date.now() + 5000;
    while ((await readMetrics(server))['parlor_stun_dropped_total{reason="not_stun"}'] < 1) assert.ok(Date.now() < deadline);
  });
  socket.close();
  assert.equal(numbers['parlor_stun_answers_total{transport="udp"}'], 5);
  assert.equal(numbers.parlor_stun_received_total, 6);
});

test('many rooms on all workers add up', async () => {
  const hosts = await Promise.all(Array.from({ length: 30 }, (_, i) => enter(server, `Host ${i}`)));
  const numbers = await readMetrics(server);
  assert.equal(numbers.parlor_rooms, 30);
  assert.equal(numbers.parlor_members, 30);
  for (const one of hosts) one.close();
});
