// What a stranger may take from the others: descriptors, an address that is not theirs, the log.

import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { enter } from '../lib/member.mjs';
import { parlorPath, startServer } from '../lib/server.mjs';

const kWaitMs = 10_000;
const kRefusedAtOnce = 256; // per worker, as in server/descriptor_shares.cpp
const kHealth = 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n';

/// Every address of 127.0.0.0/8 is a site of its own.
const site = (number) => `127.0.0.${number}`;
const openFiles = (server) => readdirSync(`/proc/${server.pid}/fd`).length;
const count = (text, word) => text.split(word).length - 1;

async function until(what, holds, timeoutMs = kWaitMs) {
  const deadline = Date.now() + timeoutMs;
  while (!holds()) {
    assert.ok(Date.now() < deadline, `not in time: ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
}

/// A connection from `localAddress`; what the server says gathers in `text`, `over` once it has closed.
async function open(port, localAddress, request = '') {
  const socket = connectTcp({ host: '127.0.0.1', port, localAddress });
  socket.text = '';
  socket.over = false;
  socket.on('data', (data) => { socket.text += data.toString('latin1'); });
  for (const name of ['end', 'close', 'error']) socket.on(name, () => { socket.over = true; });
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  if (request) socket.write(request);
  return socket;
}

async function answered(socket) {
  await until('an answer', () => socket.over || socket.text.includes('\r\n\r\n'));
  return Number(socket.text.split(' ')[1]);
}

const closeAll = (sockets) => { for (const socket of sockets) socket.destroy(); };

test('connections that are refused are few at once and soon gone', async () => {
  const server = await startServer({ args: ['--workers', '1', '--max-connections', '5000', '--max-connections-per-site', '8',
    '--handshake-seconds', '60', '--log-level', 'error'] });
  const crowd = [];
  try {
    const before = openFiles(server);
    for (let i = 0; i < 1000; ++i) crowd.push(await open(server.port, site(1)));
    await until('all accepted', () => openFiles(server) >= before + 8);
    // Whoever comes from elsewhere has waited behind all of them.
    const bob = await open(server.port, site(2), kHealth);
    crowd.push(bob);
    assert.equal(await answered(bob), 200);
    assert.ok(openFiles(server) <= before + 8 + 1 + kRefusedAtOnce, `${openFiles(server) - before} descriptors for 8 places`);
    await until('refused and silent, closed', () => openFiles(server) <= before + 9, 6000);
    // There is room again to say why.
    const alice = await open(server.port, site(1), kHealth);
    crowd.push(alice);
    assert.equal(await answered(alice), 503);
  } finally {
    closeAll(crowd);
    await server.stop();
  }
});

/// Runs the server with fewer descriptors than the system would give it.
async function startWithFiles(files, options) {
  const folder = mkdtempSync(join(tmpdir(), 'parlor-files-'));
  const wrapper = join(folder, 'parlor');
  writeFileSync(wrapper, `#!/bin/sh\nulimit -n ${files}\nexec '${parlorPath()}' "$@"\n`);
  chmodSync(wrapper, 0o755);
  const said = process.env.PARLOR_BIN;
  process.env.PARLOR_BIN = wrapper;
  try {
    return await startServer(options);
  } finally {
    if (said === undefined) delete process.env.PARLOR_BIN;
    else process.env.PARLOR_BIN = said;
    rmSync(folder, { recursive: true });
  }
}

test('STUN over TCP does not take the descriptors that were promised to players', async () => {
  const server = await startWithFiles(400, { args: ['--workers', '2', '--max-connections', '1000'] });
  const crowd = [];
  try {
    const promised = Number(/event=fewer_connections .*possible=(\d+)/.exec(server.log())?.[1]);
    assert.ok(promised > 100, server.log());
    const stunPort = Number(server.stun.split(':').pop());
    for (let i = 0; i < 300; ++i) crowd.push(await open(stunPort, site(10 + i % 15)));
    const players = [];
    for (let i = 0; i < promised; ++i) {
      players.push(await open(server.port, site(100), kHealth));
      crowd.push(players[i]);
    }
    for (const player of players) assert.equal(await answered(player), 200);
  } finally {
    closeAll(crowd);
    await server.stop();
  }
});

test('a client behind a proxy cannot choose its address with a header line of its own', async () => {
  const server = await startServer({ args: ['--trusted-proxy', '127.0.0.1', '--max-connections-per-site', '1'] });
  const crowd = [];
  try {
    const upgrade = (...lines) => open(server.port, site(1), `GET /v1 HTTP/1.1\r\nHost: ${server.host}\r\nUpgrade: websocket\r\n`
      + 'Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
      + `${lines.map((line) => `X-Forwarded-For: ${line}\r\n`).join('')}\r\n`);
    const statuses = [];
    for (const lines of [['198.51.100.1', '203.0.113.7'], ['198.51.100.2', '203.0.113.7'], ['', '203.0.113.7'], ['198.51.100.3, 203.0.113.7'],
      ['203.0.113.7', '198.51.100.4']]) {
      crowd.push(await upgrade(...lines));
      statuses.push(await answered(crowd.at(-1)));
    }
    assert.deepEqual(statuses, [101, 503, 503, 503, 101]);
  } finally {
    closeAll(crowd);
    await server.stop();
  }
});

/// Lines of a kind that a second may have, for all the seconds that have begun since `began` and one more.
const allowed = (began, perSecond) => perSecond * (Math.ceil((Date.now() - began) / 1000) + 1);

test('refused origins do not flood the log', async () => {
  const server = await startServer({ args: ['--workers', '1'] });
  const crowd = [];
  const kRequests = 2000;
  try {
    const began = Date.now();
    const text = 'GET /v1 HTTP/1.1\r\nHost: a\r\nOrigin: https://evil.example\r\n\r\n'.repeat(kRequests);
    const mallory = await open(server.port, site(1), text);
    crowd.push(mallory);
    await until('all answered', () => count(mallory.text, 'HTTP/1.1 403') === kRequests, 20_000);
    await until('the log says what is missing', () => server.log().includes('event=log_suppressed'), 5000);
    const lines = count(server.log(), 'event=origin_refused');
    assert.ok(lines > 0 && lines <= allowed(began, 20), `${lines} lines`);
  } finally {
    closeAll(crowd);
    await server.stop();
  }
});

test('rooms that open and close do not flood the log', async () => {
  const server = await startServer({ args: ['--workers', '1', '--message-rate', '100000', '--message-burst', '100000'] });
  const kRooms = 2000;
  let mallory;
  try {
    const began = Date.now();
    mallory = await enter(server, 'Mallory');
    for (let i = 0; i < kRooms; ++i) {
      mallory.send({ type: 'leave' });
      mallory.send({ type: 'create', size: 2 });
    }
    mallory.send({ type: 'ping', id: 7 });
    await mallory.next('pong', 20_000);
    await until('the log says what is missing', () => server.log().includes('event=log_suppressed'), 5000);
    const log = server.log();
    const lines = ['room_opened', 'room_closed', 'member_entered', 'member_gone'].reduce((sum, event) => sum + count(log, `event=${event} `), 0);
    assert.ok(lines > 4 && lines <= allowed(began, 200), `${lines} lines`);
  } finally {
    mallory?.close();
    await server.stop();
  }
});
