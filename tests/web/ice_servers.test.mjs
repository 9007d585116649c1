// Whom a page asks for its own address: the server that it has entered a room at, and nobody else, unless the game says otherwise.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startBrowser } from '../lib/browser.mjs';
import { connect, hello } from '../lib/member.mjs';
import { meet, openRooms, roomPages } from '../lib/room_page.mjs';
import { startServer } from '../lib/server.mjs';

const kMdns = ['224.0.0.251', 'ff02::fb'];  // RFC 6762 §3: how browsers find the names of each other's candidates

/// In a page, before anything else: keeps what each connection is told of ICE servers, then or later.
const watchIceServers = () => {
  globalThis.iceServers = [];
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration) {
      super(configuration);
      globalThis.iceServers.push(configuration.iceServers);
    }
    setConfiguration(configuration) {
      super.setConfiguration(configuration);
      globalThis.iceServers.push(configuration.iceServers);
    }
  };
};

/// Two rooms meet on a page of `server`. Gives what their connections and their welcomes said of ICE servers, and every host that
/// the page made a request to.
async function meetAt(server, browser) {
  const page = await openRooms(browser, server.url, { init: watchIceServers });
  const welcomes = [];
  page.page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => {
    if (typeof payload !== 'string') return; // a game's
    const message = JSON.parse(payload);
    if (message.type === 'welcome') welcomes.push(message.ice_servers);
  }));
  await meet(page, page);
  const connections = await page.page.evaluate(() => globalThis.iceServers);
  const hosts = [...new Set(page.page.requested.map((url) => new URL(url).host))];
  await page.close();
  return { connections, welcomes, hosts };
}

/// Where the browser has sent datagrams on sockets that are nobody's in particular, as WebRTC's are: its net log.
function receiversOfDatagrams(file) {
  const { constants, events } = JSON.parse(readFileSync(file, 'utf8'));
  const sent = events.filter(({ type, params }) => type === constants.logEventTypes.UDP_BYTES_SENT && params?.address);
  return [...new Set(sent.map(({ params }) => params.address))];
}

test('a page asks its own server for its address, and nobody else for anything', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'parlor-netlog-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const server = await startServer({ pages: roomPages });
  t.after(() => server.stop());
  const log = join(folder, 'log.json');
  const browser = await startBrowser({ webgl: false, args: [`--log-net-log=${log}`, '--net-log-capture-mode=IncludeSensitive'] });
  const { connections, welcomes, hosts } = await meetAt(server, browser).finally(() => browser.close());

  const ours = [{ urls: [`stun:${server.stun}`] }];
  assert.deepEqual(connections, [ours, ours]);
  assert.deepEqual(welcomes, [ours, ours]);
  assert.deepEqual(hosts, [server.host]);

  const receivers = receiversOfDatagrams(log);
  assert.ok(receivers.includes(server.stun), `the log has it: ${receivers}`);
  const own = Object.values(networkInterfaces()).flat().map(({ address }) => address);
  const hostOf = (address) => /^\[?(.*?)(%\w+)?\]?:\d+$/.exec(address)[1];
  assert.deepEqual(receivers.filter((address) => address !== server.stun && ![...own, ...kMdns].includes(hostOf(address))), []);
});

test('where the server has no STUN, a page asks nobody, and connects with what it has', async (t) => {
  const server = await startServer({ pages: roomPages, args: ['--no-stun'] });
  t.after(() => server.stop());
  const browser = await startBrowser({ webgl: false });
  const { connections, welcomes, hosts } = await meetAt(server, browser).finally(() => browser.close());
  assert.deepEqual(connections, [[], []]);
  assert.deepEqual(welcomes, [[], []]);
  assert.deepEqual(hosts, [server.host]);
});

test('by whatever name a server is reached, it tells of itself alone', async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  for (const [host, name] of [[server.host, '127.0.0.1'], [`localhost:${server.port}`, 'localhost'], ['[::1]:80', '[::1]']]) {
    const ours = [{ urls: [`stun:${name}:${server.stun.split(':').at(-1)}`] }];
    const member = await connect(server, { headers: { Host: host } });
    member.send(hello());
    assert.deepEqual((await member.next('welcome')).ice_servers, ours);
    member.close();
  }
});
