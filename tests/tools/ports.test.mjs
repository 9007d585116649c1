// ./play finds a port that is free, and names an address that can be opened.

import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { test } from 'node:test';

import { endpoint, firstFree, localUrl, networkUrls, tryTcp, tryUdp } from '../../tools/lib/ports.mjs';

const host = '127.0.0.1';

/** A TCP port that is taken until the test ends. */
function takenTcp(t) {
  return new Promise((resolve) => {
    const server = createServer().listen(0, host, () => resolve(server.address().port));
    t.after(() => server.close());
  });
}

function takenUdp(t) {
  return new Promise((resolve) => {
    const socket = createSocket('udp4').bind(0, host, () => resolve(socket.address().port));
    t.after(() => socket.close());
  });
}

test('a taken TCP port is seen and stepped over', async (t) => {
  const taken = await takenTcp(t);
  assert.equal(await tryTcp(host, taken), 'EADDRINUSE');
  assert.equal(await tryTcp('0.0.0.0', taken), 'EADDRINUSE');
  const { port } = await firstFree(host, taken, [tryTcp]);
  assert.equal(port > taken, true);
});

test('a port counts as free for STUN only when UDP and TCP both are', async (t) => {
  const taken = await takenUdp(t);
  assert.equal(await tryUdp(host, taken), 'EADDRINUSE');
  assert.notEqual((await firstFree(host, taken, [tryTcp, tryUdp])).port, taken);
});

test('a port that was asked for is taken or nothing', async (t) => {
  assert.deepEqual(await firstFree(host, await takenTcp(t), [tryTcp], 1), { code: 'EADDRINUSE' });
});

test('an address of another machine is told apart from a taken port', async () => {
  assert.equal((await firstFree('192.0.2.1', 40_000, [tryTcp])).code, 'EADDRNOTAVAIL');
});

test('the search ends at the last port', async () => {
  const never = async () => 'EADDRINUSE';
  assert.deepEqual(await firstFree(host, 65_530, [never]), { code: 'EADDRINUSE' });
});

test('addresses read as a browser wants them', () => {
  assert.equal(endpoint('::1', 80), '[::1]:80');
  assert.equal(localUrl('0.0.0.0', 8080), 'http://localhost:8080/');
  assert.equal(localUrl('::', 8080), 'http://localhost:8080/');
  assert.equal(localUrl('192.0.2.7', 8080), 'http://192.0.2.7:8080/');
  assert.equal(localUrl('2001:db8::7', 8080), 'http://[2001:db8::7]:8080/');
});

test('other machines are told of addresses that reach this one only', () => {
  const interfaces = {
    lo: [{ family: 'IPv4', address: '127.0.0.1', internal: true }],
    eth0: [{ family: 'IPv4', address: '192.0.2.7', internal: false }, { family: 'IPv6', address: 'fe80::1', internal: false }],
  };
  assert.deepEqual(networkUrls('0.0.0.0', 8080, interfaces), ['http://192.0.2.7:8080/']);
  assert.deepEqual(networkUrls('127.0.0.1', 8080, interfaces), []);
});
