// A page of one's own, made as docs/room.md says: its files, its commands and its addresses are taken from there, in a folder
// outside of the checkout. The program of README.md is built and run the same way, and then the game of docs/first-game.md, as it
// begins and as its three steps leave it.
// Mostly waits: runs beside another such file.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { jobs } from '../../tools/lib/build.mjs';
import { run } from '../../tools/lib/process.mjs';
import { keepPicture, openPage, startBrowser } from '../lib/browser.mjs';
import { startServer } from '../lib/server.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const kBuildMs = 300_000;
const kShownMs = 30_000;

const read = (path) => readFileSync(join(root, path), 'utf8');
const section = (path, title) => read(path).split(`\n## ${title}\n`)[1].split('\n## ')[0];
const recipe = section('docs/room.md', 'From nothing to two windows');
const firstGame = section('docs/first-game.md', 'The files');
const steps = ['First step: names and colours', 'Second step: a coin', 'Third step: smooth on a bad network']
  .map((title) => section('docs/first-game.md', title));
/// The code blocks of a text: what leads to each, its language, and what is in it.
const blocks = (text) => [...text.matchAll(/([\s\S]*?)^```(\w+)\n([\s\S]*?)^```$/gm)]
  .map(([, lead, language, code]) => ({ lead, language, code }));

let folder;
let server;
let browser;

before(() => {
  const around = mkdtempSync(join(tmpdir(), 'parlor-own-page-'));
  folder = join(around, 'my_game');
  symlinkSync(root, join(around, 'parlor'));
});

after(async () => {
  await browser?.close();
  await server?.stop();
  rmSync(dirname(folder), { recursive: true, force: true });
});

function write(name, text) {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

/// Runs a script as somebody would who copies it into a shell.
async function shell(script) {
  const log = join(root, 'build', 'logs', 'own-page.log');
  const { code } = await run(['sh', '-eu', '-c', script],
    { log, cwd: folder, env: { CMAKE_BUILD_PARALLEL_LEVEL: String(jobs()) }, limitMs: kBuildMs });
  assert.equal(code, 0, readFileSync(log, 'utf8').split('\n').slice(-30).join('\n'));
}

/// What a step of docs/first-game.md makes of the files: each block says by a line that is there where it goes.
function take(files, step) {
  const plain = (text) => text.trim().replaceAll(/\s+/g, ' ');
  for (const { lead, language, code } of blocks(step)) {
    const name = { cmake: 'CMakeLists.txt', js: 'pages/page.mjs', cpp: 'main.cpp' }[language];
    const said = plain(lead);
    const whole = /`([\w/.]+)` as a whole:$/.exec(said)?.[1];
    if (whole === name) {
      files[name] = code;
      continue;
    }
    const lines = files[name].split('\n');
    const [, way, line] = whole ? [] : /\b(above|below|instead of) `([^`]+)`:$/i.exec(said) ?? assert.fail(`where does it go? ${said}`);
    const fits = whole ? (text) => text.startsWith('static ') && text.includes(` ${whole}(`) : (text) => plain(text) === line;
    const found = lines.flatMap((text, i) => (fits(text) ? [i] : []));
    assert.equal(found.length, 1, `${name} has ${found.length} times: ${whole ?? line}`);
    const [first] = found;
    const end = whole ? lines.indexOf('}', first) + 1 : first + 1;
    const from = way?.toLowerCase() === 'below' ? end : first;
    const to = way?.toLowerCase() === 'above' ? first : end;
    lines.splice(from, to - from, ...code.trimEnd().split('\n'), ...(/\n\n$/.test(code) ? [''] : []));
    files[name] = lines.join('\n');
  }
}

/// Waits until a page shows a text, and gives what it shows then.
async function shows(page, text) {
  const said = page.locator('#said');
  await said.filter({ hasText: text }).waitFor({ timeout: kShownMs })
    .catch(async () => assert.fail(`no "${text}" within ${kShownMs} ms:\n${await said.textContent()}\n${page.said.join('\n')}`));
  return said.textContent();
}

test('the files and commands of docs/room.md make a page', { timeout: kBuildMs }, async () => {
  const names = [];
  for (const { lead, code } of blocks(recipe).slice(0, -1)) {
    names.push([...lead.matchAll(/`([\w/]+\.(?:txt|html|mjs))`/g)].at(-1)[1]);
    write(names.at(-1), code);
  }
  assert.deepEqual(names, ['CMakeLists.txt', 'pages/index.html', 'pages/page.mjs']);
  write('main.cpp', read(/`main\.cpp` is \[[^\]]+\]\(\.\.\/([^)]+)\)/.exec(recipe)[1]));

  const { language, code } = blocks(recipe).at(-1);
  assert.equal(language, 'sh');
  const [serve, ...build] = code.trimEnd().split('\n').reverse();
  // Several sources at a time, as this project builds its own pages: half of the time, and the same program.
  await shell(build.reverse().join('\n').replace('cmake -B', 'cmake -DCMAKE_UNITY_BUILD=ON -B'));
  const [program, ...args] = serve.replace(/ #.*/, '').trim().split(' ');
  assert.deepEqual([program, args], ['../parlor/build/release/bin/parlor', ['serve', '--pages', 'pages']]);
  // Who closes a page is gone soon.
  server = await startServer({ pages: join(folder, 'pages'), args: ['--grace-seconds', '1'] });
  // The addresses of the documents, whatever port the server really has.
  browser = await startBrowser({ webgl: false, args: [`--host-resolver-rules=MAP localhost:8080 127.0.0.1:${server.port}`] });
});

test('its two windows greet each other', async () => {
  const [, first, second] = /Open `(http:[^`]+)`, and in a second window `(http:[^`]+)`/.exec(recipe);
  const host = await openPage(browser, first);
  const code = /You are in room ([a-z]{4}-[a-z]{5})\./.exec(await shows(host, 'You are in room'))[1];
  const guest = await openPage(browser, second.replace('CODE', code), { context: host.context() });
  await shows(guest, 'They say: Hello, Guest!');
  await shows(host, 'They say: Hello, Host!');
  await host.context().close();
});

test('two windows of the program of README.md greet each other on that page', { timeout: kBuildMs }, async () => {
  const [{ code }] = blocks(read('README.md')).filter(({ language }) => language === 'cpp');
  write('main.cpp', code);
  await shell(blocks(recipe).at(-1).code.split('\n').filter((line) => /^(export|cmake --build) /.test(line)).join('\n'));
  const first = await openPage(browser, 'http://localhost:8080/');
  const made = /^share this code: ([a-z]{4}-[a-z]{5})$/m.exec(await shows(first, 'share this code'))[1];
  const second = await openPage(browser, `http://localhost:8080/?room=${made}`, { context: first.context() });
  for (const page of [first, second]) await shows(page, 'hello from Ada');
  await first.context().close();
});

/// Where in a page's picture pixels of a kind stand: how many, their middle, and how far from left to right.
async function pixels(page, kind) {
  const picture = (await page.locator('#scene').screenshot()).toString('base64');
  return page.evaluate(async ([text, wanted]) => {
    const kinds = {
      vivid: (r, g, b) => Math.max(r, g, b) - Math.min(r, g, b) > 110,
      blue: (r, g, b) => b - r > 90 && b - g > 45,
      gold: (r, g, b) => r - b > 130 && g - b > 70,
    };
    const image = await createImageBitmap(new Blob([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], { type: 'image/png' }));
    const flat = new OffscreenCanvas(image.width, image.height).getContext('2d', { willReadFrequently: true });
    flat.drawImage(image, 0, 0);
    const sky = Math.floor(image.height * 0.21);
    const { data, width } = flat.getImageData(0, sky, image.width, image.height - sky);
    const found = { count: 0, x: 0, y: 0, left: width, right: 0 };
    for (let i = 0; i < data.length; i += 4) {
      if (!kinds[wanted](data[i], data[i + 1], data[i + 2])) continue;
      const x = (i / 4) % width;
      ++found.count;
      found.x += x;
      found.y += sky + Math.floor(i / 4 / width);
      found.left = Math.min(found.left, x);
      found.right = Math.max(found.right, x);
    }
    const { count } = found;
    return { count, x: found.x / count, y: found.y / count, left: found.left, right: found.right, wide: Math.max(0, found.right - found.left) };
  }, [picture, kind]);
}

/// Looks at a page until what is seen of a kind is as it should be, and gives that.
async function seen(what, page, kind, holds) {
  const deadline = Date.now() + kShownMs;
  for (;;) {
    const found = await pixels(page, kind);
    if (holds(found)) return found;
    assert.ok(Date.now() < deadline, `${what}: ${kind} ${JSON.stringify(found)}\n${page.said.join('\n')}`);
  }
}

/// Clicks on a place of the canvas, in parts of its size.
async function press(page, x, y) {
  const box = await page.locator('#scene').boundingBox();
  await page.mouse.click(box.x + x * box.width, box.y + y * box.height);
}

const opened = 'http://localhost:8080/';
const kWindow = { width: 700, height: 460 };

/// Opens the game as its first player: the page stands at the address for others then.
async function openHost(options) {
  const page = await openPage(browser, opened, { ...kWindow, ...options });
  await page.waitForURL(/\?room=[a-z]{4}-[a-z]{5}$/, { waitUntil: 'commit' });
  return page;
}

test('the files of docs/first-game.md take the place of those, and say what is wrong', { timeout: kBuildMs }, async () => {
  const files = blocks(firstGame);
  const names = files.slice(0, -1).map(({ lead, code }) => {
    const name = [...lead.matchAll(/`([\w/]+\.(?:txt|html|mjs))`/g)].at(-1)[1];
    write(name, code);
    return name;
  });
  assert.deepEqual(names, ['CMakeLists.txt', 'pages/index.html', 'pages/page.mjs']);
  const program = read(/`main\.cpp` is \[[^\]]+\]\(\.\.\/([^)]+)\)/.exec(firstGame)[1]);
  const length = program.trimEnd().split('\n').length;
  assert.ok(length < 100, 'the smallest game has under 100 lines');
  assert.match(firstGame, new RegExp(`, ${length} lines\\.`));
  write('main.cpp', program);
  await shell(files.at(-1).code.split('\n').filter((line) => !/parlor serve/.test(line)).join('\n'));

  // This browser has no WebGL.
  const dull = await openPage(browser, opened);
  await dull.locator('p').filter({ hasText: 'it has no WebGL 2' }).waitFor({ timeout: kShownMs });
  await browser.close();
  browser = await startBrowser({ args: [`--host-resolver-rules=MAP localhost:8080 127.0.0.1:${server.port}`] });
  const lost = await openPage(browser, `${opened}?room=kamo-ridun`);
  await lost.locator('p').filter({ hasText: 'No room has the code' }).waitFor({ timeout: kShownMs });
  await lost.close();
});

test('two windows of it see each other move: one that is hidden, on a phone, and one that hears nonsense', { timeout: kBuildMs }, async () => {
  const first = await openHost();
  /// Before the page is there: no frames, as in a hidden tab; and what the place (-10, 0, 0) becomes on its way to the others,
  /// which is `poison` when that is set.
  const second = await openPage(browser, first.url(), { width: 390, height: 700, deviceScaleFactor: 2, hasTouch: true, init: () => {
    globalThis.requestAnimationFrame = () => 0;
    globalThis.poisoned = 0;
    const place = new Uint8Array(new Float32Array([-10, 0, 0]).buffer);
    for (const kind of [WebSocket, RTCDataChannel]) {
      const { send } = kind.prototype;
      kind.prototype.send = function (data) {
        if (!globalThis.poison || !ArrayBuffer.isView(data)) return send.call(this, data);
        const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
        for (let i = 0; i + place.length <= bytes.length; ++i) {
          if (!place.every((byte, k) => bytes[i + k] === byte)) continue;
          bytes.set(new Uint8Array(new Float32Array([NaN, Infinity, NaN]).buffer), i);
          ++globalThis.poisoned;
        }
        return send.call(this, bytes);
      };
    }
  } });
  await second.waitForFunction(() => {
    const { width, height, clientWidth, clientHeight } = document.querySelector('#scene');
    return width === 2 * clientWidth && Math.abs(height - 2 * clientHeight) < 3;
  }, undefined, { timeout: kShownMs, polling: 100 });
  assert.equal(await second.evaluate(() => document.documentElement.scrollWidth), 390, 'it is no wider than its screen');

  const { wide: together } = await seen('both begin in the middle', first, 'vivid', ({ wide }) => wide > 5 && wide < 100);
  await second.keyboard.down('ArrowLeft');
  const there = await seen('the first window sees the second one go', first, 'vivid', ({ wide, left }) => wide > together + 150 && left < 150);
  await second.evaluate(() => { globalThis.poison = true; });
  await second.waitForFunction(() => globalThis.poisoned > 1, undefined, { timeout: kShownMs, polling: 200 });
  assert.ok(Math.abs((await pixels(first, 'vivid')).left - there.left) < 30, 'what is no place moves nobody');
  await second.evaluate(() => { globalThis.poison = false; });
  await second.keyboard.up('ArrowLeft');
  const box = await second.locator('#scene').boundingBox();
  await second.touchscreen.tap(box.x + 0.3 * box.width, box.y + 0.5 * box.height);
  await seen('nonsense does no harm for good, and a tap moves', first, 'vivid', ({ left }) => left > there.left + 40 && left < 330);

  await first.keyboard.down('ArrowRight');
  await seen('keys move, too', first, 'vivid', ({ right }) => right > 400);
  await first.evaluate(() => globalThis.dispatchEvent(new Event('blur')));
  const { right } = await pixels(first, 'vivid');
  await first.waitForTimeout(500);
  assert.ok(Math.abs((await pixels(first, 'vivid')).right - right) < 60, 'a key that nobody hears the end of is let go');
  await first.keyboard.up('ArrowRight');
  await Promise.all([first, second].map((page) => page.context().close()));
});

test('the three steps of docs/first-game.md make a game with a winner', { timeout: kBuildMs }, async () => {
  const files = Object.fromEntries(['CMakeLists.txt', 'pages/page.mjs', 'main.cpp'].map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  for (const [i, step] of steps.entries()) {
    take(files, step);
    for (const [name, text] of Object.entries(files)) write(name, text);
    // To link takes the longest: of what is on the way it is enough that it compiles.
    if (i < steps.length - 1) await shell('cd build; eval "$(ninja -t commands my_game | grep -e "-c .*my_game.dir") -fsyntax-only"');
  }
  assert.match(files['main.cpp'], /kToWin = 10;/);
  write('main.cpp', files['main.cpp'].replace('kToWin = 10;', 'kToWin = 2;'));
  await shell('export NODE_PATH=/usr/share/nodejs\ncmake --build build');

  /// Before the page is there: what its player answers. `written` is what was written over the cubes so far.
  const named = (name) => `globalThis.prompt = () => '${name}';
    globalThis.written = [];
    const { fillText } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
      globalThis.written.push(text);
      return fillText.call(this, text, ...rest);
    };`;
  const ada = await openHost({ init: named('Ada') });
  const bob = await openPage(browser, ada.url(), { ...kWindow, init: named('Bob') });
  const reads = async (text, ...pages) => {
    for (const page of pages) {
      await page.waitForFunction((one) => globalThis.written.includes(one), text, { timeout: kShownMs, polling: 100 })
        .catch(async () => assert.fail(`no "${text}" but ${await page.evaluate(() => globalThis.written)}\n${page.said.join('\n')}`));
    }
  };
  await reads('Ada 0', ada, bob);
  await reads('Bob 0', ada, bob);
  await ada.keyboard.press('2');
  await bob.keyboard.press('1');
  await seen('nobody is blue', ada, 'blue', ({ count }) => count === 0);
  await bob.keyboard.press('3');
  await seen('a colour is told', ada, 'blue', ({ count }) => count > 50);

  // The first coin lies at (6, 0, 0).
  await press(ada, 0.5 + 6 / 18.6 / Math.tan(0.45) / (16 / 9) / 2, 0.5);
  await reads('Ada 1', ada, bob);
  const catches = async (page, text) => {
    const deadline = Date.now() + kShownMs;
    while (!await page.evaluate((one) => globalThis.written.includes(one), text)) {
      const { count, x, y } = await pixels(page, 'gold');
      const { width, height } = await page.locator('#scene').boundingBox();
      if (count > 10) await press(page, x / width, y / height);
      assert.ok(Date.now() < deadline, `no "${text}" but ${await page.evaluate(() => globalThis.written)}`);
      await page.waitForTimeout(100);
    }
  };
  await catches(bob, 'Bob has won!');
  await reads('Bob has won!', ada);
  await keepPicture(ada, 'first-game');

  await bob.keyboard.press('b');
  const { x } = await pixels(ada, 'blue');
  const [to, goes] = x < 340 ? [0.8, (now) => now.x > x + 100] : [0.2, (now) => now.x < x - 100];
  await press(bob, to, 0.5);
  await seen('a bad network does not stop it', ada, 'blue', goes);
  await bob.keyboard.press('g');

  // He is host, and begins a new round.
  await ada.context().close();
  await bob.evaluate(() => { globalThis.written = []; });
  await catches(bob, 'Bob 1');
  await bob.context().close();
});

test('the examples are served where README.md says, as ./play does', async () => {
  const served = [...new Set(read('README.md').match(/\/examples\/\w+\//g))].sort();
  assert.deepEqual(served, ['/examples/hello/', '/examples/smallest/']);
  const play = await startServer({ pages: join(root, 'build/pages') });
  try {
    for (const path of served) {
      const page = await fetch(new URL(path, play.url));
      assert.equal(page.status, 200, path);
      assert.match(await page.text(), /<script type="module" src="page.mjs">/);
    }
  } finally {
    await play.stop();
  }
});

test('examples/hello is linked as the recipe says', () => {
  const linking = (text, target) => [...text.matchAll(/^target_link_(?:libraries|options)\([^)]*\)/gm)]
    .map(([call]) => call.replaceAll(/\s+/g, ' ').replace(target, 'it'));
  const [{ code }] = blocks(recipe);
  const own = linking(code, 'my_game');
  assert.equal(own.length, 2);
  assert.deepEqual(linking(read('examples/hello/CMakeLists.txt'), 'hello').slice(0, 2), own);
});
