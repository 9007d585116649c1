// A page of one's own, made as docs/room.md says: its files, its commands and its addresses are taken from there, in a folder
// outside of the checkout. The program of README.md is built and run the same way, and then the game of docs/first-game.md.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { jobs } from '../../tools/lib/build.mjs';
import { run } from '../../tools/lib/process.mjs';
import { openPage, startBrowser } from '../lib/browser.mjs';
import { startServer } from '../lib/server.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const kBuildMs = 300_000;
const kShownMs = 30_000;

const read = (path) => readFileSync(join(root, path), 'utf8');
const section = (path, title) => read(path).split(`\n## ${title}\n`)[1].split('\n## ')[0];
const recipe = section('docs/room.md', 'From nothing to two windows');
const firstGame = section('docs/first-game.md', 'The files');
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
  await shell(build.reverse().join('\n'));
  const [program, ...args] = serve.replace(/ #.*/, '').trim().split(' ');
  assert.deepEqual([program, args], ['../parlor/build/release/bin/parlor', ['serve', '--pages', 'pages']]);
  server = await startServer({ pages: join(folder, 'pages') });
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

test('the files of docs/first-game.md take the place of those, and two windows see each other move', { timeout: kBuildMs }, async () => {
  const files = blocks(firstGame);
  const names = files.slice(0, -1).map(({ lead, code }) => {
    const name = [...lead.matchAll(/`([\w/]+\.(?:txt|html|mjs))`/g)].at(-1)[1];
    write(name, code);
    return name;
  });
  assert.deepEqual(names, ['CMakeLists.txt', 'pages/index.html', 'pages/page.mjs']);
  const program = read(/`main\.cpp` is \[[^\]]+\]\(\.\.\/([^)]+)\)/.exec(firstGame)[1]);
  assert.ok(program.trimEnd().split('\n').length < 100, 'the smallest game has under 100 lines');
  write('main.cpp', program);
  await shell(files.at(-1).code.split('\n').filter((line) => !/parlor serve/.test(line)).join('\n'));
  await browser.close();
  browser = await startBrowser({ args: [`--host-resolver-rules=MAP localhost:8080 127.0.0.1:${server.port}`] });
  const first = await openPage(browser, 'http://localhost:8080/', { width: 1000, height: 620 });
  await first.waitForURL(/\?room=[a-z]{4}-[a-z]{5}$/, { waitUntil: 'commit' });
  const second = await openPage(browser, first.url(), { context: first.context() });
  /// Where in the picture of the first window something saturated stands, from left to right: the cubes.
  const reach = async () => {
    const picture = (await first.screenshot()).toString('base64');
    return first.evaluate(async (text) => {
      const image = await createImageBitmap(new Blob([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], { type: 'image/png' }));
      const flat = new OffscreenCanvas(image.width, image.height).getContext('2d', { willReadFrequently: true });
      flat.drawImage(image, 0, 0);
      const { data, width } = flat.getImageData(0, 120, 960, 400);
      const columns = new Set();
      for (let i = 0; i < data.length; i += 4) {
        const [r, g, b] = data.subarray(i, i + 3);
        if (Math.max(r, g, b) - Math.min(r, g, b) > 110) columns.add((i / 4) % width);
      }
      return columns.size === 0 ? 0 : Math.max(...columns) - Math.min(...columns);
    }, picture);
  };
  const until = async (what, holds) => {
    const deadline = Date.now() + kShownMs;
    for (;;) {
      const wide = await reach();
      if (holds(wide)) return wide;
      assert.ok(Date.now() < deadline, `${what}: the cubes span ${wide} pixels\n${first.said.join('\n')}`);
    }
  };
  const together = await until('both begin in the middle', (wide) => wide > 10 && wide < 120);
  await second.keyboard.down('ArrowRight');
  await until('the first window sees the second one go', (wide) => wide > together + 150);
  await second.keyboard.up('ArrowRight');
  await first.context().close();
});

test('examples/hello is linked as the recipe says', () => {
  const linking = (text, target) => [...text.matchAll(/^target_link_(?:libraries|options)\([^)]*\)/gm)]
    .map(([call]) => call.replaceAll(/\s+/g, ' ').replace(target, 'it'));
  const [{ code }] = blocks(recipe);
  const own = linking(code, 'my_game');
  assert.equal(own.length, 2);
  assert.deepEqual(linking(read('examples/hello/CMakeLists.txt'), 'hello').slice(0, 2), own);
});
