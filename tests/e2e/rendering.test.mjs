// What a frame costs: draw calls are counted, CPU time is reported (./bench judges it).

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { keepPicture, openPage, startBrowser, until } from '../lib/browser.mjs';
import { startServer } from '../lib/server.mjs';

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

test('a thousand cubes take at most six draw calls', async () => {
  const page = await openPage(browser, `${server.url}?stress=1000`, { width: 320, height: 180 });
  const [shot] = await until('frames are drawn', page, (s) => s.frames > 30, { timeout: 60_000 });
  assert.ok(shot.cubes >= 1000, `${shot.cubes} cubes`);
  assert.ok(shot.draw_calls > 0 && shot.draw_calls <= 6, `${shot.draw_calls} draw calls`);
  console.log(`    ${shot.cubes} cubes: ${shot.draw_calls} draw calls, ${shot.cpu_ms.toFixed(2)} ms of CPU a frame`);
  await keepPicture(page, 'thousand-cubes');
});

test('the scene is really drawn: the picture has sky, ground and a cube', async () => {
  const page = await openPage(browser, server.url, { width: 320, height: 240 });
  await until('frames are drawn', page, (shot) => shot.frames > 5);
  // The canvas gives its pixels away only while it draws: count the colours of a picture of the page.
  const picture = (await page.locator('canvas').screenshot()).toString('base64');
  const colours = await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const flat = new OffscreenCanvas(image.width, image.height).getContext('2d');
    flat.drawImage(image, 0, 0);
    const { data } = flat.getImageData(0, 0, image.width, image.height);
    const seen = new Set();
    for (let i = 0; i < data.length; i += 4 * 7) seen.add((data[i] >> 4) << 8 | (data[i + 1] >> 4) << 4 | data[i + 2] >> 4);
    return seen.size;
  }, picture);
  assert.ok(colours > 20, `${colours} different colours`);
});

test('a lost WebGL context comes back', async () => {
  const page = await openPage(browser, server.url, { width: 320, height: 240 });
  const [before] = await until('frames are drawn', page, (shot) => shot.frames > 5);
  await page.evaluate(() => {
    const gl = document.querySelector('canvas').getContext('webgl2');
    globalThis.lost = gl.getExtension('WEBGL_lose_context');
    globalThis.lost.loseContext();
  });
  await page.waitForFunction(() => document.querySelector('canvas').getContext('webgl2').isContextLost());
  await page.evaluate(() => globalThis.lost.restoreContext());
  await page.waitForFunction(() => !document.querySelector('canvas').getContext('webgl2').isContextLost());
  const [after] = await until('frames are drawn again', page, (shot) => shot.frames > before.frames + 10 && shot.draw_calls > 0);
  assert.ok(after.draw_calls <= 6);
  await keepPicture(page, 'context-restored');
});
