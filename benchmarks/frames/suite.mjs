// What a frame of the game costs the page with a thousand cubes in it: CPU time of the main thread from the beginning of the frame
// to the last call to WebGL, and draw calls, both as the game counts them. What the graphics card (here: a software renderer in
// another process) does with them is not in it.

import { join } from 'node:path';

import { startBrowser, startServer } from '../lib/pages.mjs';

const kCubes = 1000;
const kFrames = 70; // its account is of the latest 64
const kDrawnMs = 60_000;
const work = 'a frame of the game with 1,000 cubes';

/** The game's own account of a page that has drawn enough frames: its typical frame of the latest 64. */
async function measure(browser, url) {
  const page = await browser.newPage({ viewport: { width: 320, height: 180 } });
  try {
    await page.goto(url);
    const deadline = Date.now() + kDrawnMs;
    let shot;
    do {
      if (Date.now() > deadline) throw new Error(`no ${kFrames} frames within ${kDrawnMs / 1000} s: ${JSON.stringify(shot)}`);
      await page.waitForTimeout(200);
      shot = await page.evaluate(async () => (await import('./main.mjs')).snapshot());
    } while (shot.frames < kFrames);
    if (shot.cubes < kCubes) throw new Error(`${shot.cubes} cubes were drawn, not ${kCubes}`);
    return shot;
  } finally {
    await page.close();
  }
}

export const suite = {
  name: 'frames',
  async run({ root, bin, quick, log }) {
    const server = await startServer(bin, join(root, 'build', 'pages'));
    const browser = await startBrowser();
    const shots = [];
    try {
      const rounds = quick ? 1 : 3;
      for (let round = 1; round <= rounds; ++round) {
        const shot = await measure(browser, `${server.url}?stress=${kCubes}`);
        log(`round ${round} of ${rounds}: ${shot.cpu_ms.toFixed(3)} ms, ${shot.draw_calls} draw calls`);
        shots.push(shot);
      }
    } finally {
      await browser.close();
      await server.stop();
    }
    const cpu = shots.map((shot) => shot.cpu_ms).sort((a, b) => a - b)[shots.length >> 1];
    const calls = Math.max(...shots.map((shot) => shot.draw_calls));
    return {
      rows: [
        { work, subject: 'parlor', metric: 'CPU', value: cpu, unit: 'ms', better: 'lower' },
        { work, subject: 'parlor', metric: 'draw calls', value: calls, unit: 'calls', better: 'lower' },
      ],
      targets: [
        { work, metric: 'CPU', subject: 'parlor', max: 1 },
        { work, metric: 'draw calls', subject: 'parlor', max: 6 },
      ],
    };
  },
};
