// What a page loads: the bytes of every response body as they come over the wire, compressed, counted by Chromium itself while it
// opens the page from `parlor serve`. The library is the smallest page there is on it, the game is the whole of cubes. Beside them
// what one would take instead, PeerJS and three.js with the classes that such a game needs, bundled and minified by esbuild.

import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';

import { startBrowser, startServer } from '../lib/pages.mjs';

const kLoadMs = 30_000;
const kBytesPerKilobyte = 1024;

/** Opens a page with an empty cache; resolves to what came, as [{url, bytes}], once nothing more is asked for. */
async function load(browser, url) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const network = await context.newCDPSession(page);
    await network.send('Network.enable');
    const files = new Map();
    network.on('Network.requestWillBeSent', ({ requestId, request }) => files.set(requestId, { url: request.url, bytes: 0 }));
    network.on('Network.dataReceived', ({ requestId, encodedDataLength }) => {
      if (files.has(requestId)) files.get(requestId).bytes += encodedDataLength;
    });
    await page.goto(url, { waitUntil: 'networkidle', timeout: kLoadMs });
    return [...files.values()].filter(({ url: from }) => from.startsWith('http'));
  } finally {
    await context.close();
  }
}

/** Writes the page of the others into `folder`. */
function bundle({ peers }, folder) {
  mkdirSync(folder, { recursive: true });
  const entry = fileURLToPath(new URL('instead.mjs', import.meta.url));
  const { buildSync } = createRequire(join(peers.npm, 'x'))('esbuild');
  buildSync({ entryPoints: [entry], bundle: true, minify: true, format: 'esm', outfile: join(folder, 'page.mjs'), nodePaths: [peers.npm], logLevel: 'silent' });
  // As the build does it with ours.
  const page = readFileSync(join(folder, 'page.mjs'));
  writeFileSync(join(folder, 'page.mjs.br'), brotliCompressSync(page));
  writeFileSync(join(folder, 'page.mjs.gz'), gzipSync(page, { level: 9 }));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><meta charset="utf-8"><title>Instead</title><script type="module" src="page.mjs"></script>');
}

export const suite = {
  name: 'what the pages load',
  async run(context) {
    const { root, bin, log, tmp, peers } = context;
    const built = join(root, 'build', 'pages');
    const pages = join(tmp, 'pages');
    if (existsSync(built)) cpSync(built, pages, { recursive: true });
    const subjects = [
      { subject: 'library', path: 'examples/hello/', max: 120 },
      { subject: 'whole game', path: '', max: 300 },
    ];
    const skipped = [];
    if (peers.three && peers.peerjs && peers.esbuild) {
      bundle(context, join(pages, 'instead'));
      subjects.push({ subject: 'PeerJS and three.js', path: 'instead/' });
    } else {
      skipped.push({ work: 'What the page loads', subject: 'PeerJS and three.js', reason: 'npm did not install three, peerjs and esbuild' });
    }
    const work = 'What the page loads';
    const metric = 'compressed size';
    const rows = [];
    const server = await startServer(bin, pages);
    const browser = await startBrowser();
    try {
      for (const { subject, path } of subjects) {
        if (!existsSync(join(pages, path, 'index.html'))) throw new Error(`no page at build/pages/${path}`);
        log(`loading ${subject}`);
        const files = await load(browser, new URL(path, server.url).href);
        for (const { url, bytes } of files) log(`${String(bytes).padStart(9)} ${url}`);
        const sum = files.reduce((total, { bytes }) => total + bytes, 0);
        const detail = Object.fromEntries(files.map(({ url, bytes }) => [new URL(url).pathname, bytes]));
        rows.push({ work, subject, metric, value: sum / kBytesPerKilobyte, unit: 'KB', better: 'lower', detail });
      }
    } finally {
      await browser.close();
      await server.stop();
    }
    const bounded = subjects.filter(({ max }) => max !== undefined);
    return { rows, targets: bounded.map(({ subject, max }) => ({ work, metric, subject, max })), skipped };
  },
};
