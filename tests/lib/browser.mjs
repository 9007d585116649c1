// Real Chromium for the end-to-end tests: separate processes, pages that play, screenshots that are kept.

import { existsSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { throughWire } from './wire.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const output = `${root}/build/test-output`;

/// The Chromium to drive: PARLOR_CHROMIUM, else Debian's.
export function chromiumPath() {
  const path = process.env.PARLOR_CHROMIUM ?? '/usr/bin/chromium';
  if (!existsSync(path)) throw new Error(`no Chromium at ${path}: apt-get install chromium, or set PARLOR_CHROMIUM`);
  return path;
}

/// One browser process of its own, with a fresh profile. Rendering is in software, so that it is the same everywhere.
export async function startBrowser({ args = [], webgl = true } = {}) {
  const rendering = webgl
    ? ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--disable-gpu-compositing']
    : ['--disable-gpu', '--disable-3d-apis'];
  return chromium.launch({
    executablePath: chromiumPath(),
    headless: true,
    args: ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
      '--disable-sync', '--mute-audio', ...rendering, ...args],
  });
}

const kFrameMs = 150;

/// In the page: frames of animation come at most once in `every` milliseconds.
function drawSeldom(every) {
  const next = globalThis.requestAnimationFrame.bind(globalThis);
  let last = -Infinity;
  globalThis.requestAnimationFrame = (callback) => next(function frame(now) {
    if (now - last < every && now !== last) next(frame);
    else callback(last = now);
  });
}

/// Opens a page of the game in a context of its own (nothing shared with other players), or in the one that is given; with a
/// `wire`, WebRTC goes by it. What the page says and every request it makes are kept, for the assertion and for the report when
/// something fails. Drawing in software is what takes the time: the game draws six times a second, fewer pixels than the window
/// has and no blur, unless `sharp`.
export async function openPage(browser, url, { width = 640, height = 360, init, wire, context, sharp = false, ...options } = {}) {
  const own = context ?? await browser.newContext({ viewport: { width, height }, ...options });
  const page = await own.newPage();
  page.said = [];
  page.requested = [];
  page.on('console', (message) => page.said.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => page.said.push(`uncaught: ${error.message}`));
  page.on('request', (request) => page.requested.push(request.url()));
  page.on('websocket', (socket) => page.requested.push(socket.url()));
  if (!sharp) await page.addInitScript(drawSeldom, kFrameMs);
  if (init) await page.addInitScript(init);
  if (wire) await throughWire(page, wire);
  const address = new URL(url);
  const coarse = !sharp && address.pathname === '/' && !address.searchParams.has('ratio');
  if (coarse) address.searchParams.set('ratio', width * height > 640 * 400 ? 0.35 : 0.5);
  await page.goto(coarse ? address.href : url);
  // As the game does where drawing is slow (page/quality.mjs): no blur behind the cards.
  if (coarse) await page.evaluate(() => document.body.classList.add('plain'));
  return page;
}

/// What the game says of itself: state, code, peers with positions, draw calls.
export async function snapshot(page) {
  return page.evaluate(async () => (await import('./main.mjs')).snapshot());
}

/// Waits until `condition(...snapshots)` holds for the pages, or fails with what they say instead.
export async function until(what, pages, condition, { timeout = 30_000 } = {}) {
  const list = Array.isArray(pages) ? pages : [pages];
  const deadline = Date.now() + timeout;
  let last;
  for (;;) {
    last = await Promise.all(list.map(snapshot));
    if (condition(...last)) return last;
    if (Date.now() > deadline) {
      const said = list.map((page, i) => `page ${i}: ${JSON.stringify(last[i])}\n${(page.said ?? []).slice(-15).join('\n')}`).join('\n');
      throw new Error(`not within ${timeout} ms: ${what}\n${said}`);
    }
    await list[0].waitForTimeout(50);
  }
}

/// Keeps a picture as test output: build/test-output/<name>.png
export async function keepPicture(page, name) {
  mkdirSync(output, { recursive: true });
  await page.screenshot({ path: `${output}/${name}.png` });
}

export const distance = (a, b) => Math.hypot(a.x - b.x, a.y - b.y, a.z - b.z);
/// The cube of the member called `name` in a snapshot.
export const cubeOf = (shot, name) => shot.peers.find((peer) => peer.name === name);
