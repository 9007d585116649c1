// How much there may be of everything: connections, silence, memory.

import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { connect, enter, exchange, pair } from '../lib/member.mjs';
import { openSocket, request } from '../lib/raw.mjs';
import { readMetrics, startServer } from '../lib/server.mjs';

test('connections above --max-connections are told so and leave no trace', async () => {
  const server = await startServer({ args: ['--max-connections', '4', '--workers', '2'] });
  try {
    const [alice, bob] = await pair(server);
    const others = [await connect(server), await connect(server)];
    for (let i = 0; i < 5; ++i) {
      const { status, body } = await request(server, 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n');
      assert.equal(status, 503);
      assert.match(body, /as many connections as it takes/);
      await assert.rejects(connect(server), { status: 503 });
    }
    await exchange(alice, bob);
    for (const one of others) one.close();
    await Promise.all(others.map((one) => one.end()));
    const deadline = Date.now() + 5000;
    for (;;) {
      const response = await request(server, `GET /metrics HTTP/1.1\r\nHost: ${server.host}\r\nConnection: close\r\n\r\n`);
      if (response.status === 200) {
        assert.match(response.body, /parlor_turned_away_total\{reason="server_full"\} \d\d/);
        break;
      }
      assert.ok(Date.now() < deadline, 'the places are not given back');
    }
  } finally {
    await server.stop();
  }
});

test('connections of one site above its limit are told so', async () => {
  const server = await startServer({ args: ['--max-connections-per-site', '3'] });
  try {
    const [alice, bob] = await pair(server);
    const third = await connect(server);
    await assert.rejects(connect(server), (error) => error.status === 503 && /from your network/.test(error.body));
    third.close();
    await third.end();
    await exchange(alice, bob);
  } finally {
    await server.stop();
  }
});

test('behind a trusted proxy players are counted by what it says of them, and only there', async () => {
  const server = await startServer({ args: ['--max-connections-per-site', '2', '--trusted-proxy', '127.0.0.1'] });
  try {
    const from = (address) => connect(server, { headers: { 'X-Forwarded-For': address } });
    const members = [];
    for (const site of ['198.51.100.1', '198.51.100.2', '10.9.9.9, 198.51.100.3']) {
      for (let i = 0; i < 2; ++i) members.push(await from(site));
      await assert.rejects(from(site), { status: 503 });
    }
    for (const one of members) one.close();
  } finally {
    await server.stop();
  }
  const direct = await startServer({ args: ['--max-connections-per-site', '2'] });
  try {
    const from = (address) => connect(direct, { headers: { 'X-Forwarded-For': address } });
    const members = [await from('198.51.100.1'), await from('198.51.100.2')];
    await assert.rejects(from('198.51.100.3'), { status: 503 });
    for (const one of members) one.close();
  } finally {
    await direct.stop();
  }
});

test('/metrics is for the neighbourhood, not for who comes through a proxy', async () => {
  for (const [args, headers, status] of [[[], '', 200], [[], 'X-Forwarded-For: 10.0.0.1\r\n', 404], [['--metrics', 'nobody'], '', 404],
    [['--metrics', 'everyone'], 'X-Forwarded-For: 10.0.0.1\r\n', 200]]) {
    const server = await startServer({ args });
    try {
      assert.equal((await request(server, `GET /metrics HTTP/1.1\r\nHost: ${server.host}\r\n${headers}\r\n`)).status, status, `${args} ${headers}`);
    } finally {
      await server.stop();
    }
  }
});

test('rooms above --max-rooms are refused with a code', async () => {
  const server = await startServer({ args: ['--max-rooms', '3', '--workers', '1'] });
  try {
    const hosts = [];
    for (let i = 0; i < 3; ++i) hosts.push(await enter(server, `Host ${i}`));
    await assert.rejects(enter(server, 'Late'), { code: 'server_full' });
    hosts[0].socket.close(1000);
    await hosts[0].end();
    (await enter(server, 'Late')).close();
    for (const one of hosts) one.close();
  } finally {
    await server.stop();
  }
});

const kSockets = 10_000;
const residentKiB = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

/// The sockets live in a process of their own: both ends' descriptors would not fit into one.
function startCrowd(server, kind) {
  const child = fork(fileURLToPath(new URL('../lib/crowd.mjs', import.meta.url)), [server.hostname, String(server.port), kind], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const next = (wanted) => new Promise((resolve, reject) => {
    const on = (message) => {
      if (message.failed) reject(new Error(message.failed));
      else if (message[wanted] === undefined) return;
      else resolve(message[wanted]);
      child.off('message', on);
      child.off('exit', gone);
    };
    const gone = (code) => reject(new Error(`the crowd ended with ${code}`));
    child.on('message', on);
    child.once('exit', gone);
  });
  const gone = new Promise((resolve) => { child.once('exit', resolve); });
  return {
    open: async (count) => {
      const opened = next('open');
      child.send({ open: count });
      return opened;
    },
    closed: () => next('closed'),
    end: async () => {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

test('10,000 idle sockets: others play on, and memory stays small', async (t) => {
  const limit = Number(/Max open files\s+\d+\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 0);
  if (limit < kSockets + 500) return t.skip(`this machine allows ${limit} open files`);
  const server = await startServer({ args: ['--max-connections', '15000', '--max-connections-per-site', '15000', '--workers', '2', '--log-level', 'warn'] });
  const crowd = startCrowd(server, 'websocket');
  try {
    const [alice, bob] = await pair(server);
    const before = residentKiB(server.pid);
    assert.equal(await crowd.open(kSockets), kSockets);
    assert.equal((await readMetrics(server)).parlor_websockets, kSockets + 2);
    await exchange(alice, bob);
    const each = (residentKiB(server.pid) - before) / kSockets;
    t.diagnostic(`${each.toFixed(2)} KiB each`);
    // AddressSanitizer and ThreadSanitizer keep shadow memory of their own.
    if (!process.env.PARLOR_SANITIZED) assert.ok(each < 8, `${each} KiB each`);
    await crowd.end();
    const deadline = Date.now() + 20_000;
    while ((await readMetrics(server)).parlor_websockets > 2) assert.ok(Date.now() < deadline, 'the dead are not noticed');
    await exchange(alice, bob);
  } finally {
    await crowd.end().catch(() => {});
    assert.equal((await server.stop()).code, 0);
  }
});

test('10,000 sockets that never ask for anything are closed in time', async (t) => {
  const limit = Number(/Max open files\s+\d+\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 0);
  if (limit < kSockets + 500) return t.skip(`this machine allows ${limit} open files`);
  const server = await startServer({ args: ['--max-connections', '15000', '--max-connections-per-site', '15000', '--handshake-seconds', '2', '--log-level', 'warn'] });
  const crowd = startCrowd(server, 'silent');
  try {
    const [alice, bob] = await pair(server);
    const closed = crowd.closed();
    await crowd.open(kSockets);
    await exchange(alice, bob);
    assert.equal(await closed, kSockets);
    await exchange(alice, bob);
  } finally {
    await crowd.end().catch(() => {});
    await server.stop();
  }
});

test('a server without a free descriptor rests instead of spinning, and recovers', async () => {
  const server = await startServer({ args: ['--workers', '1', '--no-stun', '--log-level', 'warn'], openFiles: 120 });
  try {
    const [alice, bob] = await pair(server);
    const crowd = [];
    for (let i = 0; i < 150; ++i) crowd.push(await openSocket(server).catch(() => undefined));
    const resting = Date.now() + 10_000;
    while (!server.log().includes('reason="server full"')) {
      assert.ok(Date.now() < resting, 'it does not run out of descriptors');
      await new Promise((resolve) => { setTimeout(resolve, 20); });
    }
    const ticks = () => readFileSync(`/proc/${server.pid}/stat`, 'utf8').split(' ').slice(13, 15).reduce((sum, value) => sum + Number(value), 0);
    // That it does nothing has no end to wait for: over a second, what it used is counted. A busy machine makes this less, not more.
    const began = ticks();
    await new Promise((resolve) => { setTimeout(resolve, 1000); });
    assert.ok(ticks() - began < 30, 'less than a third of a core');
    await exchange(alice, bob);
    for (const one of crowd) one?.close();
    const deadline = Date.now() + 15_000;
    for (;;) {
      const health = await request(server, 'GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n').catch(() => undefined);
      if (health?.status === 200) break;
      assert.ok(Date.now() < deadline, 'it did not recover');
    }
  } finally {
    await server.stop();
  }
});
