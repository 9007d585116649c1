// The network panel: what it shows of a real link, what its conditioner does to it, and whether it fits.
// Mostly waits: runs beside another such file.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { keepPicture, openPage, snapshot, startBrowser, until } from '../lib/browser.mjs';
import { startServer } from '../lib/server.mjs';
import { startWire } from '../lib/wire.mjs';

const kShownMs = 60_000;
const kSizes = [{ width: 360, height: 740, hasTouch: true, isMobile: true }, { width: 1280, height: 720 }, { width: 2560, height: 1440 }];

let server;
let browser;
let wire;
let alice;
let bob;

/// In a page, before anything else: how often the graph was drawn.
const countDrawings = () => {
  globalThis.drawings = 0;
  const { clearRect } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.clearRect = function (...box) {
    if (this.canvas.id === 'netgraph') ++globalThis.drawings;
    return clearRect.apply(this, box);
  };
};

const direct = (shot) => shot.peers.length > 0 && shot.peers.every((peer) => peer.path === 'direct');
const drawings = (page) => page.evaluate(() => globalThis.drawings);

before(async () => {
  server = await startServer();
  browser = await startBrowser();
  wire = await startWire();
  alice = await openPage(browser, `${server.url}?new&name=Alice`, { width: 700, height: 480, wire, init: countDrawings });
  const [{ code }] = await until('alice has a room', alice, (shot) => shot.state === 'playing');
  bob = await openPage(browser, `${server.url}?room=${code}&name=Bob`, { width: 200, height: 120, wire });
  await until('they are connected', [alice, bob], (...shots) => shots.every(direct));
});

after(async () => {
  await browser?.close();
  await wire?.close();
  await server?.stop();
});

/// Waits until the milliseconds in a figure of the panel, those that it begins with where nothing else is said, are as they should be.
async function untilFigure(page, id, what, condition, pattern = /^([\d.]+) (ms|s)\b/) {
  const deadline = Date.now() + kShownMs;
  for (;;) {
    const text = await page.getByTestId(`figure-${id}`).innerText();
    const [, number, unit] = pattern.exec(text) ?? [];
    const value = Number(number) * (unit === 's' ? 1000 : 1);
    if (number !== undefined && condition(value)) return value;
    if (Date.now() > deadline) throw new Error(`not within ${kShownMs} ms: ${what}\n${text}`);
    await page.waitForTimeout(100);
  }
}

async function setOpen(page, open) {
  if (await page.getByTestId('network-panel').isVisible() !== open) await page.getByTestId('network-toggle').click();
}

test('N opens the panel and closes it, and so do its buttons', async () => {
  const panel = alice.getByTestId('network-panel');
  assert.equal(await panel.isVisible(), false);
  await alice.keyboard.press('n');
  await panel.waitFor({ state: 'visible' });
  assert.equal(await alice.getByTestId('network-toggle').getAttribute('aria-expanded'), 'true');
  await alice.keyboard.press('n');
  await panel.waitFor({ state: 'hidden' });
  await alice.getByTestId('network-toggle').click();
  await panel.waitFor({ state: 'visible' });
  await alice.getByTestId('network-close').click();
  await panel.waitFor({ state: 'hidden' });
  assert.equal(await alice.evaluate(() => document.activeElement.id), 'scene', 'and keys are the game\'s again');
});

test('nothing is drawn while it is closed, and a few times a second while it is open', async () => {
  await setOpen(alice, false);
  const before = await drawings(alice);
  const { frames } = await snapshot(alice);
  await until('thirty frames are drawn', alice, (shot) => shot.frames > frames + 30);
  assert.equal(await drawings(alice), before);
  await setOpen(alice, true);
  const opened = await snapshot(alice);
  await alice.waitForFunction((count) => globalThis.drawings > count + 3, before);
  const { frames: after } = await snapshot(alice);
  assert.ok((await drawings(alice)) - before <= after - opened.frames + 2, 'not more often than the scene');
});

test('it shows the other\'s round trip, traffic, and by how much its cube is shown later', async () => {
  await setOpen(alice, true);
  await alice.getByTestId('network-member').selectOption({ label: 'Bob' });
  await untilFigure(alice, 'round-trip', 'a round trip is shown', (value) => value > 0);
  await alice.getByTestId('figure-traffic').filter({ hasText: /↓ [\d.]+ B\/s\s*↑ [\d.]+ B\/s\s*messages\/s ↓ [\d.]+ ↑ [\d.]+/ }).waitFor();
  await untilFigure(alice, 'delay', 'the delay of the other\'s cube', (value) => value >= 50 && value <= 400);
  await alice.getByTestId('figure-corrections').filter({ hasText: /\d+ in 60 s/ }).waitFor();
  await alice.getByTestId('network-path').filter({ hasText: 'Direct' }).waitFor();
});

test('the graph is drawn as sharp as the screen is, with something on it', async () => {
  await setOpen(alice, true);
  await alice.waitForFunction(() => {
    const canvas = document.getElementById('netgraph');
    const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    const strong = pixels.filter((value, i) => i % 4 === 3 && value > 200).length;
    return canvas.width === Math.round(canvas.clientWidth * devicePixelRatio) && strong > canvas.width;
  });
});

test('a path that is cut is a change on the time line, and the story tells of it', async () => {
  await setOpen(alice, true);
  await alice.locator('#network-story summary').click();
  wire.cut = true;
  await alice.getByTestId('path-change').filter({ hasText: /ago: from direct to relay/ }).first().waitFor({ state: 'attached', timeout: kShownMs });
  await alice.getByTestId('network-path').filter({ hasText: 'Relay' }).waitFor();
  await alice.getByTestId('story-line').filter({ hasText: /path_relay: Messages go through the Parlor server/ }).nth(1).waitFor();
  wire.cut = false;
  await alice.getByTestId('path-change').filter({ hasText: /ago: from relay to direct/ }).first().waitFor({ state: 'attached', timeout: kShownMs });
  await until('they are direct again', [alice, bob], (...shots) => shots.every(direct));
  await alice.locator('#network-story summary').click();
});

test('a delay that is put on is in the round trip that is shown, with a mark, and gone when it is taken off', async () => {
  await setOpen(alice, true);
  const mark = alice.getByTestId('condition-mark');
  await untilFigure(alice, 'round-trip', 'the round trip is short', (value) => value < 300);
  assert.equal(await mark.isVisible(), false);
  await alice.getByTestId('slider-delay_ms').fill('200');
  await until('the game has it', alice, (shot) => shot.conditions?.delay_ms === 200);
  let long = 0;  // readings one behind the other: on a machine that is busy a single round trip may take as long
  await untilFigure(alice, 'round-trip', 'the delay is in it, there and back', (value) => (long = value >= 400 ? long + 1 : 0) > 20);
  await mark.filter({ hasText: '200 ms delay' }).waitFor();
  await setOpen(alice, false);
  assert.equal(await mark.isVisible(), true, 'also while the panel is closed');
  await alice.getByTestId('condition-off').click();
  await mark.waitFor({ state: 'hidden' });
  await until('the game has none', alice, (shot) => !shot.conditions);
  await setOpen(alice, true);
  assert.equal(await alice.getByTestId('slider-delay_ms').inputValue(), '0');
  await untilFigure(alice, 'round-trip', 'the round trip is short again', (value) => value < 300);
});

test('jitter is what the other\'s states are late by, until it is taken off', async () => {
  await setOpen(alice, true);
  await bob.keyboard.down('KeyA');  // round in a circle
  const late = /late by ([\d.]+) (ms|s)/;
  const before = await untilFigure(alice, 'delay', 'lateness is shown', () => true, late);
  await alice.getByTestId('slider-jitter_ms').fill('500');
  const worse = await untilFigure(alice, 'delay', 'they come late', (value) => value > Math.max(before + 200, 350), late);
  await untilFigure(alice, 'delay', 'the cube is shown later', (value) => value > 200);
  await alice.getByTestId('preset-off').click();
  await untilFigure(alice, 'delay', 'they come in time', (value) => value < worse - 100, late);
  await bob.keyboard.up('KeyA');
});

test('a preset sets every slider, says so, and a slider that is moved makes it none', async () => {
  await setOpen(alice, true);
  const pressed = (name) => alice.getByTestId(`preset-${name}`).getAttribute('aria-pressed');
  const spoken = (field) => alice.getByTestId(`slider-${field}`).getAttribute('aria-valuetext');
  await alice.getByTestId('preset-mobile_bad').click();
  assert.equal(await pressed('mobile_bad'), 'true');
  assert.deepEqual(await Promise.all(['delay_ms', 'jitter_ms', 'loss', 'duplicate', 'rate'].map(spoken)),
    ['60 ms', '60 ms', '3 %, 4 in a row', '0 %', '1.5 Mbit/s']);
  const slider = alice.getByRole('slider', { name: /^Delay/ });
  await slider.focus();
  await alice.keyboard.press('ArrowRight');
  assert.equal(await spoken('delay_ms'), '61 ms');
  assert.equal(await pressed('mobile_bad'), 'false');
  await alice.getByTestId('preset-off').click();
  assert.deepEqual(await Promise.all(['delay_ms', 'loss', 'rate'].map(spoken)), ['0 ms', '0 %', 'no limit']);
  assert.equal(await pressed('off'), 'true');
});

test('Wi-Fi with stalls has the figures of Wi-Fi, and stalls', async () => {
  await setOpen(alice, true);
  await alice.getByTestId('preset-wifi_stalls').click();
  await alice.getByTestId('condition-mark').filter({ hasText: /2 ms delay, 4 ms jitter, 0.2 % loss, 50 Mbit\/s, stalls/ }).waitFor();
  await until('the game has it', alice, ({ conditions }) => conditions?.delay_ms === 2 && conditions.jitter_ms === 4 && conditions.stalls === 1);
  await alice.getByTestId('preset-off').click();
});

test('letters move the cube while a slider has the focus, arrows move the slider', async () => {
  await setOpen(alice, true);
  await alice.getByTestId('slider-loss').focus();
  const { self } = await snapshot(alice);
  await alice.keyboard.press('ArrowRight');
  assert.equal(await alice.getByTestId('slider-loss').inputValue(), '0.001');
  await alice.keyboard.down('KeyS');
  await until('the cube moves', alice, (shot) => Math.hypot(shot.self.x - self.x, shot.self.z - self.z) > 0.5);
  await alice.keyboard.up('KeyS');
  await alice.getByTestId('preset-off').click();
  await alice.keyboard.down('Space');
  await until('Space jumps after a click on a button', alice, (shot) => shot.self.y > 0.4);
  await alice.keyboard.up('Space');
});

test('the list of members says in words how good each link is', async () => {
  const bars = alice.getByTestId('member').filter({ hasText: 'Bob' }).locator('.bars');
  await alice.getByTestId('member').filter({ hasText: 'Bob' }).getByRole('img', { name: /^Connection .*: round trip .* ms.*, directly/ }).waitFor();
  assert.match(await bars.getAttribute('data-bars'), /^[1-4]$/);
});

/// The boxes of what is shown of these, by their selectors.
const boxesOf = (page, selectors) => page.evaluate((all) => Object.fromEntries(all.map((selector) => {
  const node = document.querySelector(selector);
  const { left, top, right, bottom, width } = node.getBoundingClientRect();
  return [selector, width > 0 && getComputedStyle(node).visibility === 'visible' ? { left, top, right, bottom } : null];
}).filter(([, box]) => box)), selectors);

const overlap = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;

for (const { width, height, ...touch } of kSizes) {
  test(`it fits on ${width} by ${height} and covers nothing that is needed`, async (t) => {
    const { code } = await snapshot(alice);
    const page = await openPage(browser, `${server.url}?room=${code}&name=Cleo`, { width, height, ...touch });
    t.after(() => page.context().close());
    await until('she is connected', page, (shot) => shot.peers.some(({ name, path, rtt }) => name === 'Bob' && path === 'direct' && rtt > 0));
    await page.getByTestId('network-toggle').click();
    await untilFigure(page, 'round-trip', 'a round trip is shown', (value) => value > 0);
    await page.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished)));
    const boxes = await boxesOf(page, ['#network-card', '#conditioner', '#tools', '#members-card', '#stick', '#jump', '#room-bar']);
    const wide = width > 960;
    const panel = wide ? ['#network-card', '#conditioner'] : ['#network'];
    Object.assign(boxes, await boxesOf(page, panel));
    for (const name of panel) {
      const box = boxes[name];
      assert.ok(box.left >= 0 && box.top >= 0 && box.right <= width && box.bottom <= height, `${name} is within the page: ${JSON.stringify(box)}`);
      for (const other of ['#tools', '#members-card', '#stick', '#jump', '#room-bar', ...panel].filter((one) => one !== name && boxes[one])) {
        assert.ok(!overlap(box, boxes[other]), `${name} and ${other}: ${JSON.stringify([box, boxes[other]])}`);
      }
    }
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
    // Every graph has its figures beside it, none cut off.
    const cut = await page.evaluate(() => [...document.querySelectorAll('#network-figures :is(strong, small)')]
      .filter((node) => node.scrollWidth > node.clientWidth + 1).map((node) => node.textContent));
    assert.deepEqual(cut, []);
    await keepPicture(page, `network-panel-${width}x${height}`);
    await page.getByTestId('slider-rate').scrollIntoViewIfNeeded();
    await page.getByTestId('preset-satellite').click();
    await page.getByTestId('condition-mark').filter({ hasText: '280 ms delay' }).waitFor();
    await page.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished)));
    await keepPicture(page, `conditioner-${width}x${height}`);
  });
}

test('none of the pages reported an error', () => {
  for (const page of [alice, bob]) assert.deepEqual(page.said.filter((line) => /^(error|uncaught)/.test(line)), []);
});
