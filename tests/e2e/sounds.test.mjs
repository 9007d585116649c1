// What is heard: counted where Web Audio makes it.
// Mostly waits: runs beside another such file.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openPage, startBrowser, until } from '../lib/browser.mjs';
import { startServer } from '../lib/server.mjs';

let server;
let browser;
let page;

/// In a page, before anything else: how many contexts, tones and noises there were.
const countSounds = () => {
  globalThis.made = { contexts: 0, tones: 0, noises: 0 };
  globalThis.AudioContext = class extends AudioContext {
    constructor(...options) {
      super(...options);
      ++globalThis.made.contexts;
    }
    createOscillator() {
      ++globalThis.made.tones;
      return super.createOscillator();
    }
    createBufferSource() {
      ++globalThis.made.noises;
      return super.createBufferSource();
    }
  };
};

before(async () => {
  server = await startServer();
  browser = await startBrowser();
  page = await openPage(browser, `${server.url}?new&name=Alice`, { width: 320, height: 200, init: countSounds });
  await until('alice plays', page, (shot) => shot.state === 'playing');
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const made = () => page.evaluate(() => ({ ...globalThis.made }));
const pressed = () => page.getByTestId('sound').getAttribute('aria-pressed');
const untilMade = (field, least) => page.waitForFunction(([name, count]) => globalThis.made[name] >= count, [field, least]);

async function jump() {
  await page.keyboard.down('Space');
  await until('it is in the air', page, ({ self }) => self.y > 0.4);
  await page.keyboard.up('Space');
  await until('it is down again', page, ({ self }) => self.y === 0);
}

test('sound is off by default, and a jump makes none', async () => {
  assert.equal(await pressed(), 'false');
  await jump();
  assert.deepEqual(await made(), { contexts: 0, tones: 0, noises: 0 });
});

test('M switches it on, and then a jump and its landing are heard', async () => {
  await page.keyboard.press('m');
  assert.equal(await pressed(), 'true');
  await untilMade('tones', 2);  // the sound that says that it is on
  const before = await made();
  await jump();
  await untilMade('tones', before.tones + 2);
  await untilMade('noises', before.noises + 1);
});

test('who comes and who goes is heard', async () => {
  const { code } = await page.evaluate(async () => (await import('./main.mjs')).snapshot());
  const before = await made();
  const bob = await openPage(browser, `${server.url}?room=${code}&name=Bob`, { width: 200, height: 120 });
  await untilMade('tones', before.tones + 2);
  await until('bob is there', page, (shot) => shot.peers.length === 1);
  const joined = await made();
  await bob.getByTestId('leave').click();
  await untilMade('tones', joined.tones + 2);
  await bob.context().close();
});

test('every kind has its sound, and nonsense has none', async () => {
  const counts = await page.evaluate(async () => {
    const { kSounds, play } = await import('./sounds.mjs');
    const counts = {};
    for (const kind of [...kSounds, 'nonsense']) {
      const before = globalThis.made.tones;
      play(kind, 0.5);
      counts[kind] = globalThis.made.tones - before;
    }
    return counts;
  });
  assert.deepEqual(Object.keys(counts), ['jump', 'landing', 'bump', 'join', 'leave', 'tag', 'nonsense']);
  for (const [kind, count] of Object.entries(counts)) assert.equal(count > 0, kind !== 'nonsense', kind);
});

test('that it is on is remembered', async () => {
  await page.reload();
  await until('alice is back', page, (shot) => shot.state === 'playing');
  assert.equal(await pressed(), 'true');
  assert.equal((await made()).contexts, 0, 'not before a key or a click');
  await jump();
  await untilMade('contexts', 1);
  await jump();
  await untilMade('tones', 1);
});

test('its button switches it off again', async () => {
  await page.getByTestId('sound').click();
  assert.equal(await pressed(), 'false');
  await page.evaluate(() => document.activeElement.blur());
  const before = await made();
  await jump();
  assert.deepEqual(await made(), before);
  await page.reload();
  await until('alice is back', page, (shot) => shot.state === 'playing');
  assert.equal(await pressed(), 'false');
});

test('the page reported no error', () => {
  assert.deepEqual(page.said.filter((line) => /^(error|uncaught)/.test(line)), []);
});
