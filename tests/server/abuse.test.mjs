// What a stranger may take from the others: descriptors, an address that is not theirs, the log.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { test } from 'node:test';
import { startServer } from '../lib/server.mjs';

const kWaitMs = 10_000;
const kRefusedAtOnce = 256; // per worker, as in server/descriptor_shares.cpp
const kHealth = 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n';

/// Every address of 127.0.0.0/8 is a site of its own.
const site = (number) => `127.0.0.${number}`;
const openFiles = (server) => readdirSync(`/proc/${server.pid}/fd`).length;

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
