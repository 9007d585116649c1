// Playing by gamepad. Chromium takes no input for one, so the pads are what the page is told of instead of navigator.getGamepads().
// Mostly waits: runs beside another such file.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { distance, openPage, snapshot, startBrowser, until } from '../lib/browser.mjs';
import { startServer } from '../lib/server.mjs';

let server;
let browser;
let page;

const emulatePads = () => {
  globalThis.pads = {};
  navigator.getGamepads = () => [0, 1, 2, 3].map((index) => globalThis.pads[index] ?? null);
};

before(async () => {
  server = await startServer();
  browser = await startBrowser();
  page = await openPage(browser, `${server.url}?new&name=Alice`, { width: 320, height: 200, reducedMotion: 'reduce', init: emulatePads });
  await until('alice plays', page, (shot) => shot.state === 'playing');
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/// Holds a pad so: its sticks, and the buttons that are down.
const hold = (index, axes, buttons = [], id = 'Pad (STANDARD GAMEPAD Vendor: 0001 Product: 0001)') => page.evaluate(([index, id, axes, down]) => {
  const buttons = Array.from({ length: 17 }, (_, i) => ({ pressed: down.includes(i), touched: down.includes(i), value: down.includes(i) ? 1 : 0 }));
  globalThis.pads[index] = { id, index, connected: true, mapping: 'standard', axes, buttons, timestamp: performance.now() };
}, [index, id, axes, buttons]);

const unplug = (index) => page.evaluate((i) => delete globalThis.pads[i], index);

/// Where it stands once it moves no more, for some frames.
async function rest(what) {
  let last = { self: { x: NaN, y: NaN, z: NaN }, frames: 0 };
  const [shot] = await until(what, page, ({ self, frames }) => {
    if (frames < last.frames + 5) return false;
    const rests = distance(self, last.self) === 0;
    last = { self, frames };
    return rests;
  });
  return shot.self;
}

test('a pad that is connected is told of', async () => {
  await hold(0, [0, 0, 0, 0]);
  await page.getByTestId('toast').filter({ hasText: /^Pad connected/ }).waitFor();
});

test('the left stick moves the cube, and within its dead zone it does not', async () => {
  const from = await rest('it stands');
  await hold(0, [0, -1, 0, 0]);
  await until('it moves', page, ({ self }) => distance(self, from) > 1.5);
  await hold(0, [0.1, -0.12, 0, 0]);
  await rest('a stick that is a little off its middle moves nothing');
});

test('half a stick is slower than a whole one', async () => {
  const { stickWay } = await import('../../games/cubes/page/gamepad.mjs');
  assert.deepEqual(stickWay(0.1, 0.1), [0, 0]);
  const half = Math.hypot(...stickWay(0.4, 0.4));
  assert.ok(half > 0.3 && half < 0.7, `${half}`);
  assert.ok(Math.hypot(...stickWay(0.7, -0.7)) > 0.999, 'full before the very edge');
  assert.deepEqual(stickWay(NaN, 1), [0, 0]);
});

test('the lowest button jumps', async () => {
  await hold(0, [0, 0, 0, 0], [0]);
  await until('it is in the air', page, ({ self }) => self.y > 0.4);
  await hold(0, [0, 0, 0, 0]);
  await until('it is down again', page, ({ self }) => self.y === 0);
});

test('the right stick turns the camera, and with it the way that is ahead', async () => {
  await hold(0, [0, -0.4, 0, 0]);
  const from = (await snapshot(page)).self;
  await hold(0, [0, -0.4, 1, 0]);
  await until('it looks another way', page, ({ self }) => Math.cos(self.yaw - from.yaw) < 0.6);
  await hold(0, [0, 0, 0, 0]);
  await rest('it stands');
});

test('of several pads the one that is used counts, and one that goes is told of', async () => {
  await hold(1, [0, 0, 0, 0], [], 'Other Pad');
  await page.getByTestId('toast').filter({ hasText: /^Other Pad connected/ }).waitFor();
  const from = await rest('it stands');
  await hold(1, [0, 1, 0, 0], [], 'Other Pad');
  await until('the second moves it', page, ({ self }) => distance(self, from) > 1.5);
  await unplug(1);
  await page.getByTestId('toast').filter({ hasText: /^Other Pad disconnected/ }).waitFor();
  const before = await rest('what it held is let go');
  await hold(0, [1, 0, 0, 0]);
  await until('the first still moves it', page, ({ self }) => distance(self, before) > 1);
  await hold(0, [0, 0, 0, 0]);
});

test('a pad that is held is let go when the page is hidden', async () => {
  // A page that is hidden gets no frames, in which pads are asked: the event is all it hears.
  const told = await page.evaluate(async () => {
    const { listen } = await import('./input.mjs');
    const inputs = [];
    const player = listen({ input: (...wanted) => inputs.push(wanted), look() {}, zoom() {} }, () => true);
    player.padMoved(0, 1, true);
    document.dispatchEvent(new Event('visibilitychange'));
    return inputs;
  });
  assert.deepEqual(told, [[0, 1, true], [0, 0, false]]);
});

test('the page reported no error', () => {
  assert.deepEqual(page.said.filter((line) => /^(error|uncaught)/.test(line)), []);
});
