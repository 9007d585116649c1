// What a frame costs the page's main thread: games/render with 1,000 and 10,000 dancing cubes, and three.js doing the same, as one
// InstancedMesh and as a Mesh for each cube. CPU is what the frame's own script takes, from the new places of the cubes to the last
// command to the graphics card; what the card (here software) makes of it is not in it. Draw calls are as each counts its own.

import { copyFileSync, cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { startBrowser, startServer } from '../lib/pages.mjs';
import { median, rounds } from '../lib/servers.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const kLimitMs = 120_000;
const kFrames = 40;
const kView = { width: 320, height: 180 };
const workOf = (count) => `a frame with ${count.toLocaleString('en-US')} dancing cubes`;

/** `shot` runs in the page: what that counts of itself. */
async function measure(browser, url, shot) {
  const context = await browser.newContext({ viewport: kView });
  try {
    const page = await context.newPage();
    await page.goto(url);
    const deadline = Date.now() + kLimitMs;
    for (;;) {
      const found = await page.evaluate(shot);
      if (found?.frames >= kFrames) return found;
      if (Date.now() > deadline) throw new Error(`${url} drew ${found?.frames ?? 'no'} frames in ${kLimitMs / 1000} s`);
      await page.waitForTimeout(200);
    }
  } finally {
    await context.close();
  }
}

export const suite = {
  name: 'drawing',
  async run({ root, bin, tmp, quick, peers, log }) {
    // One server for all pages, so that each comes the same way.
    const pages = join(tmp, 'pages');
    mkdirSync(pages);
    cpSync(join(root, 'build', 'pages'), pages, { recursive: true });
    const all = [{
      name: 'parlor', path: (count) => `?stress=${count}&ratio=1`,
      shot: async () => (await import('./main.mjs')).snapshot(),
    }];
    const skipped = [];
    if (peers.three) {
      mkdirSync(join(pages, 'three'));
      for (const file of ['three.module.js', 'three.core.js']) copyFileSync(join(peers.three, 'build', file), join(pages, 'three', file));
      for (const file of ['three.html', 'three_page.mjs']) copyFileSync(join(here, file), join(pages, 'three', file));
      for (const [name, mode] of [['three.js InstancedMesh', 'instanced'], ['three.js, a Mesh each', 'single']]) {
        all.push({ name, path: (count) => `three/three.html?mode=${mode}&count=${count}`, shot: () => globalThis.shot });
      }
    } else {
      skipped.push({ work: workOf(1000), subject: 'three.js', reason: 'npm did not install three' });
    }
    const rows = [];
    const targets = [];
    const server = await startServer(bin, pages);
    const browser = await startBrowser();
    try {
      for (const count of [1000, 10_000]) {
        const work = workOf(count);
        const results = await rounds(all, quick ? 1 : 3, (subject, round) => {
          log(`${work}, round ${round}: ${subject.name}`);
          return measure(browser, new URL(subject.path(count), server.url).href, subject.shot);
        });
        for (const { name } of all) {
          const of = (key) => median(results[name].map((one) => one[key]));
          rows.push({ work, subject: name, metric: 'CPU per frame', value: of('cpu_ms'), unit: 'ms', better: 'lower' });
          rows.push({ work, subject: name, metric: 'draw calls', value: of('draw_calls'), unit: 'calls', better: 'lower' });
        }
        targets.push({ work, metric: 'draw calls', subject: 'parlor', max: 8 });
        if (peers.three) targets.push({ work, metric: 'CPU per frame', subject: 'parlor', against: 'three.js InstancedMesh', max_ratio: 1 });
      }
    } finally {
      await browser.close();
      await server.stop();
    }
    return { rows, targets, skipped };
  },
};
