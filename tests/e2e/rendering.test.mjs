// What is on the canvas, and what a frame costs: draw calls are counted here, beside the game's own count; CPU time is reported
// (./bench judges it).

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { keepPicture, openPage, snapshot, startBrowser, until } from '../lib/browser.mjs';
import { startServer } from '../lib/server.mjs';

const kShownMs = 30_000;
const kMostDrawCalls = 8;  // games/render/renderer.hpp
// As games/render/shaders.cpp has them, in the light that reaches the screen.
const kSky = [70, 55, 108];
const kHorizon = [184, 104, 132];
const kGround = [70, 64, 107];

let server;
let browser;

before(async () => {
  server = await startServer();
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/// In a page, before anything else: `drawn` says of the last frame that drew how many calls that took and for how many instances at
/// most, and how many such frames there were. What is drawn outside of frames counts for the next one.
const countDraws = () => {
  const kInstances = { drawArraysInstanced: 3, drawElementsInstanced: 4 };
  let calls = 0;
  let instances = 0;
  for (const name of ['drawArrays', 'drawElements', 'drawRangeElements', ...Object.keys(kInstances)]) {
    const draw = WebGL2RenderingContext.prototype[name];
    WebGL2RenderingContext.prototype[name] = function (...args) {
      ++calls;
      instances = Math.max(instances, args[kInstances[name]] ?? 1);
      return draw.apply(this, args);
    };
  }
  globalThis.drawn = { calls: 0, instances: 0, frames: 0 };
  const { requestAnimationFrame: ask } = globalThis;
  globalThis.requestAnimationFrame = (frame) => ask((now) => {
    frame(now);
    if (calls > 0) globalThis.drawn = { calls, instances, frames: globalThis.drawn.frames + 1 };
    calls = instances = 0;
  });
};

/// Both counts of the same frame: ours, and the game's.
const counts = (page) => page.evaluate(async () => {
  const game = await import('./main.mjs');
  return { ours: globalThis.drawn, game: game.snapshot() };
});

async function assertCountsAgree(page) {
  const { ours, game } = await counts(page);
  assert.ok(ours.calls > 0 && ours.calls <= kMostDrawCalls, `${ours.calls} draw calls`);
  assert.deepEqual([game.draw_calls, game.frames, game.cubes], [ours.calls, ours.frames, ours.instances]);
  return game;
}

/// A page whose canvas nothing covers, and with a green behind it that is nowhere in the scene.
async function openScene() {
  const page = await openPage(browser, `${server.url}?day=0.75`, { width: 640, height: 480, reducedMotion: 'reduce', init: countDraws, sharp: true });
  await until('frames are drawn', page, (shot) => shot.frames > 0);
  await page.evaluate(() => {
    document.querySelector('main').hidden = true;
    document.body.style.background = '#0f0';
  });
  return page;
}

/// What the scene should show and a picture of the page does not. The camera stands still; the sun is on the left.
async function missing(page) {
  const { colour } = await snapshot(page);
  const picture = (await page.screenshot()).toString('base64');
  return page.evaluate(async ({ picture, colour, kSky, kHorizon, kGround }) => {
    const bytes = Uint8Array.from(atob(picture), (c) => c.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const flat = new OffscreenCanvas(image.width, image.height).getContext('2d', { willReadFrequently: true });
    flat.drawImage(image, 0, 0);
    /// The pixels of a part of the picture, its edges given in parts of the whole.
    const part = (left, top, right, bottom) => {
      const [x, y] = [left * image.width, top * image.height].map(Math.round);
      const { data } = flat.getImageData(x, y, Math.round(right * image.width) - x, Math.round(bottom * image.height) - y);
      return Array.from({ length: data.length / 4 }, (_, i) => [...data.subarray(4 * i, 4 * i + 3)]);
    };
    const hue = ([r, g, b]) => Math.atan2(Math.sqrt(3) * (g - b), 2 * r - g - b) * 180 / Math.PI;
    const isStrong = (pixel) => Math.max(...pixel) > 180 && Math.min(...pixel) < 0.4 * Math.max(...pixel);
    const own = hue([1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)));
    const isOwn = (pixel) => isStrong(pixel) && Math.abs(hue(pixel) - own) < 15;
    const share = (pixels, isIt) => pixels.filter(isIt).length / pixels.length;
    const near = (wanted, most) => (pixel) => pixel.every((value, i) => Math.abs(value - wanted[i]) <= most);
    return Object.entries({
      'the sky': share(part(0.6, 0, 1, 0.04), near(kSky, 15)) > 0.9,
      'the horizon': share(part(0.6, 0.2, 1, 0.3), near(kHorizon, 25)) > 0.7,
      'the ground': share(part(0, 0.85, 1, 1), near(kGround, 15)) > 0.8,
      'the cube in its colour': share(part(0.5, 0.4, 1, 0.75), isOwn) > 0.1,
    }).filter(([, isThere]) => !isThere).map(([what]) => what);
  }, { picture, colour, kSky, kHorizon, kGround });
}

/// Waits until a picture of the page shows all of the scene.
async function waitForScene(page) {
  const deadline = Date.now() + kShownMs;
  for (;;) {
    const lacking = await missing(page);
    if (lacking.length === 0) return;
    assert.ok(Date.now() < deadline, `not in the picture after ${kShownMs} ms: ${lacking.join(', ')}\n${page.said.slice(-10).join('\n')}`);
  }
}

test('a thousand cubes take at most eight draw calls', async () => {
  const page = await openPage(browser, `${server.url}?stress=1000`, { width: 320, height: 180, init: countDraws, sharp: true });
  await until('frames are drawn', page, (shot) => shot.frames > 30, { timeout: 60_000 });
  const shot = await assertCountsAgree(page);
  assert.ok(shot.cubes >= 1000, `${shot.cubes} cubes`);
  console.log(`    ${shot.cubes} cubes: ${shot.draw_calls} draw calls, ${shot.cpu_ms.toFixed(2)} ms of CPU a frame`);
  await keepPicture(page, 'thousand-cubes');
  await page.context().close();
});

test('the picture has the sky, the horizon, the ground, and the cube in its colour', async () => {
  const page = await openScene();
  await waitForScene(page);
  await assertCountsAgree(page);
  await keepPicture(page, 'scene');
  await page.context().close();
});

test('a lost WebGL context takes the picture away and brings it back', async () => {
  const page = await openScene();
  await waitForScene(page);
  await page.evaluate(() => {
    const gl = document.querySelector('canvas').getContext('webgl2');
    globalThis.lost = gl.getExtension('WEBGL_lose_context');
    globalThis.lost.loseContext();
  });
  await until('the loss is noticed', page, (shot) => shot.draw_calls === 0);
  const { ours: { frames } } = await counts(page);
  assert.equal((await missing(page)).length, 4);
  await page.evaluate(() => globalThis.lost.restoreContext());
  await until('frames are drawn again', page, (shot) => shot.frames > frames && shot.draw_calls > 0);
  await waitForScene(page);
  await assertCountsAgree(page);
  await keepPicture(page, 'context-restored');
  await page.context().close();
});

test('a context that comes back and refuses the shaders is told of', async () => {
  const page = await openPage(browser, server.url, { width: 320, height: 180 });
  await until('frames are drawn', page, (shot) => shot.draw_calls > 0);
  await page.evaluate(async () => {
    const gl = document.querySelector('canvas').getContext('webgl2');
    for (const name of ['getShaderParameter', 'getProgramParameter']) {
      const real = gl[name].bind(gl);
      gl[name] = (what, parameter) => ([gl.COMPILE_STATUS, gl.LINK_STATUS].includes(parameter) ? false : real(what, parameter));
    }
    globalThis.lost = gl.getExtension('WEBGL_lose_context');
    globalThis.lost.loseContext();
  });
  await until('the loss is noticed', page, (shot) => shot.draw_calls === 0);
  await page.evaluate(() => globalThis.lost.restoreContext());
  await page.getByTestId('message').filter({ hasText: /graphics driver/i }).waitFor({ timeout: 10_000 });
  await page.context().close();
});
