// From joining to the first message, between two Chromium processes: from the first thing that the joining page asks of a network
// (its library is loaded by then) until what the other says stands on it. Once with the servers on loopback, and once with them
// far away, which tells how many trips to the server it takes: time is bought back by near servers, trips are not.

import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { chromiumArguments, startBrowser, startServer } from '../lib/pages.mjs';
import { median, rounds, start } from '../lib/servers.mjs';
import { startDistance } from './distance.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const kLimitMs = 30_000;
const kFarMs = 200; // there and back
const kWork = 'join to first message, two Chromium processes';
const kFarTime = `time with the server ${kFarMs} ms away`;

/** Runs in the joining page before its own scripts: when it first asked for something, and when it was first told something. */
function watch() {
  const began = () => { window.began ??= performance.now(); };
  for (const name of ['WebSocket', 'RTCPeerConnection', 'XMLHttpRequest']) {
    window[name] = new Proxy(window[name], { construct(target, args) { began(); return new target(...args); } });
  }
  const { fetch } = window;
  window.fetch = (what, ...rest) => {
    if (!/\.(wasm|mjs)$/.test(new URL(what.url ?? what, location.href).pathname)) began(); // those are the library
    return fetch(what, ...rest);
  };
  document.addEventListener('DOMContentLoaded', () => {
    const said = document.getElementById('said');
    new MutationObserver(() => {
      if (said.textContent.includes('They say')) window.arrived ??= performance.now();
    }).observe(said, { childList: true, characterData: true, subtree: true });
  });
}

/** The pages of the others, on a port of their own: { url, stop }. */
async function servePages(peers) {
  const files = { '/peerjs.html': join(here, 'peerjs.html'), '/by_hand.html': join(here, 'by_hand.html') };
  if (peers.peerjs) files['/peerjs.min.js'] = join(peers.peerjs, 'dist', 'peerjs.min.js');
  const server = createServer((request, response) => {
    const file = files[new URL(request.url, 'http://localhost').pathname];
    if (!file) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': file.endsWith('.js') ? 'text/javascript' : 'text/html; charset=utf-8' });
    createReadStream(file).pipe(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${server.address().port}/`, stop: () => { server.closeAllConnections(); server.close(); } };
}

/** Each: { name, port of the server, page(port, room): where the page is }. What was started is added to `running`. */
async function subjects({ root, bin, peers }, running) {
  const pages = join(root, 'build', 'pages');
  if (!existsSync(join(pages, 'examples', 'hello', 'index.html'))) throw new Error('no page at build/pages/examples/hello');
  const keep = (server) => {
    running.push(server);
    return server;
  };
  const ours = keep(await startServer(bin, pages));
  const room = (text) => (text ? `&room=${text}` : '');
  const all = [{
    name: 'parlor', port: Number(new URL(ours.url).port),
    page: (port, code) => `http://127.0.0.1:${port}/examples/hello/?name=Somebody${room(code)}`,
  }];
  const others = keep(await servePages(peers));
  if (peers.peer && peers.peerjs) {
    const server = keep(await start(process.execPath, [join(here, '..', 'signaling', 'peer_server.mjs'), peers.peer], /listening (\d+)/));
    all.push({ name: 'PeerJS', port: Number(server.port), page: (port, code) => `${others.url}peerjs.html?port=${port}${room(code)}` });
  }
  if (peers.ws) {
    const server = keep(await start(process.execPath, [join(here, 'offers_server.mjs'), peers.ws], /listening (\d+)/));
    all.push({ name: 'by hand', port: Number(server.port), page: (port, code) => `${others.url}by_hand.html?port=${port}${room(code)}` });
  }
  return all;
}

/** Milliseconds, of one room, both pages with the server at `port`. */
async function joinOnce(subject, port, [first, second]) {
  const contexts = await Promise.all([first.newContext(), second.newContext()]);
  try {
    const host = await contexts[0].newPage();
    await host.goto(subject.page(port));
    const made = await host.waitForFunction(() => /You are in room (\S+)\./.exec(document.getElementById('said').textContent)?.[1], undefined, { timeout: kLimitMs });
    const code = await made.jsonValue();
    const guest = await contexts[1].newPage();
    await guest.addInitScript(watch);
    await guest.goto(subject.page(port, code));
    const took = await guest.waitForFunction(() => window.arrived !== undefined && window.arrived - window.began, undefined, { timeout: kLimitMs });
    return await took.jsonValue();
  } finally {
    await Promise.all(contexts.map((context) => context.close()));
  }
}

/** Others lose a first message now and then (seen: 2 of 235 in-band channels): that is counted and tried again. Ours may not. */
async function joinAgain(subject, port, browsers, log) {
  for (let tries = 1; ; ++tries) {
    try {
      return await joinOnce(subject, port, browsers);
    } catch (error) {
      if (subject.name === 'parlor' || tries === 3) throw error;
      subject.lost = (subject.lost ?? 0) + 1;
      log(`${subject.name}: no message within ${kLimitMs / 1000} s, once more`);
    }
  }
}

export const suite = {
  name: 'join',
  async run(context) {
    const { quick, peers, log } = context;
    const running = [];
    try {
      const all = await subjects(context, running);
      // Addresses instead of names of mDNS, which need a network that carries multicast: the same for all.
      const args = [...chromiumArguments, '--disable-features=WebRtcHideLocalIpsWithMdns'];
      const browsers = [];
      for (let i = 0; i < 2; ++i) {
        const browser = await startBrowser(args);
        browsers.push(browser);
        running.push({ stop: () => browser.close() });
      }
      const near = await rounds(all, quick ? 2 : 11, async (subject, round) => {
        const took = await joinAgain(subject, subject.port, browsers, log);
        log(`near, round ${round}: ${subject.name} ${took.toFixed(1)} ms`);
        return took;
      });
      for (const subject of all) {
        const distance = await startDistance(subject.port, kFarMs);
        subject.far = distance.port;
        running.push(distance);
      }
      const far = await rounds(all, quick ? 1 : 5, async (subject, round) => {
        const took = await joinAgain(subject, subject.far, browsers, log);
        log(`${kFarMs} ms away, round ${round}: ${subject.name} ${took.toFixed(1)} ms`);
        return took;
      });
      const rows = [];
      for (const { name, lost } of all) {
        const missing = lost ? `; ${lost} more times no message came within ${kLimitMs / 1000} s` : '';
        rows.push({ work: kWork, subject: name, metric: 'time', value: median(near[name]), unit: 'ms', better: 'lower',
          detail: near[name].map((one) => one.toFixed(1)).join(' ') + missing });
        rows.push({ work: kWork, subject: name, metric: kFarTime, value: median(far[name]), unit: 'ms', better: 'lower',
          detail: far[name].map((one) => one.toFixed(1)).join(' ') });
        // Whatever else the machine did makes it longer, never shorter: the shortest tell the trips.
        const trips = (Math.min(...far[name]) - Math.min(...near[name])) / kFarMs;
        rows.push({ work: kWork, subject: name, metric: 'trips to the server', value: Math.max(0, trips), unit: 'trips', better: 'lower',
          detail: 'the handshake of TCP included' });
      }
      const targets = ['time', kFarTime].flatMap((metric) => all.slice(1).map(({ name }) => ({ work: kWork, metric, subject: 'parlor', against: name, max_ratio: 1 })));
      targets.push({ work: kWork, metric: 'trips to the server', subject: 'parlor', max: 4 });
      const skipped = peers.missing.filter(({ name }) => ['ws', 'peer', 'peerjs'].includes(name)).map(({ name, reason }) => ({ work: kWork, subject: name, reason }));
      return { rows, targets, skipped };
    } finally {
      for (const one of running.reverse()) await one.stop();
    }
  },
};
