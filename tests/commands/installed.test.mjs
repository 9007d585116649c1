// A native game on an installed Parlor: examples/anywhere as a project of its own, by find_package and by pkg-config, in a folder
// outside of the checkout.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { run } from '../../tools/lib/process.mjs';
import { untilSaid } from '../lib/said.mjs';
import { startServer } from '../lib/server.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const kBuildMs = 120_000;
const log = join(root, 'build', 'logs', 'installed.log');
let around;
let prefix;

/// Runs a command to its end, or fails with what it said.
async function must(command, cwd) {
  const { code } = await run(command, { log, cwd, limitMs: kBuildMs });
  assert.equal(code, 0, `${command.join(' ')}\n${readFileSync(log, 'utf8').split('\n').slice(-30).join('\n')}`);
}

before(async () => {
  around = mkdtempSync(join(tmpdir(), 'parlor-installed-'));
  prefix = join(around, 'prefix');
  await must(['cmake', '--install', join(root, 'build', 'release'), '--component', 'library', '--prefix', prefix], around);
  cpSync(join(root, 'examples', 'anywhere'), join(around, 'game'), { recursive: true });
}, { timeout: kBuildMs });

after(() => rmSync(around, { recursive: true, force: true }));

/// The program with these arguments: { child, next(pattern), ended }.
function start(program, ...args) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text) => { said += text; });
  return { child, next: (pattern) => untilSaid(() => said, pattern), ended: new Promise((resolve) => { child.once('close', resolve); }) };
}

test('examples/anywhere finds the package, builds, and two of it talk', { timeout: kBuildMs }, async (t) => {
  const game = join(around, 'game');
  await must(['cmake', '-B', 'build', '-G', 'Ninja', `-DCMAKE_PREFIX_PATH=${prefix}`, '-DCMAKE_BUILD_TYPE=Debug'], game);
  await must(['cmake', '--build', 'build'], game);
  const program = join(game, 'build', 'anywhere');
  const server = await startServer();
  t.after(() => server.stop());
  const url = `ws://${server.host}`;

  const ada = start(program, '', 'Ada', url);
  t.after(() => ada.child.kill('SIGKILL'));
  const [, code] = await ada.next(/^You are in room (\S+)\.$/m);
  const ben = start(program, code, 'Ben', url);
  t.after(() => ben.child.kill('SIGKILL'));
  await ada.next(/^Ben is here\.\nThey say: Hello, Ada!$/m);
  await ben.next(/^They say: Hello, Ben!$/m);
  await server.stop(); // says so to its members: Ada and Ben look for it again, and are ended here
  for (const one of [ada, ben]) one.child.kill('SIGTERM');

  const wrong = start(program, '', 'Ada', 'ws://127.0.0.1:1');
  await wrong.next(/^The server could not be reached\. Nothing listens at 127\.0\.0\.1:1: check/m);
  assert.equal(await wrong.ended, 1);
});

test('pkg-config says all that compiling and linking need', { timeout: kBuildMs }, async () => {
  const environment = { ...process.env, PKG_CONFIG_PATH: join(prefix, 'lib', 'pkgconfig') };
  const asked = spawnSync('pkg-config', ['--cflags', '--libs', 'parlor'], { encoding: 'utf8', env: environment });
  assert.equal(asked.status, 0, asked.stderr);
  const flags = asked.stdout.trim().split(/\s+/);
  await must(['g++', '-std=c++20', 'main.cpp', ...flags, '-o', 'by_hand'], join(around, 'game'));
  assert.ok(existsSync(join(around, 'game', 'by_hand')));
});

test('only what is public is installed', () => {
  const headers = spawnSync('find', [join(prefix, 'include'), '-type', 'f', '-printf', '%P\n'], { encoding: 'utf8' }).stdout.trim().split('\n').sort();
  const own = spawnSync('find', [join(root, 'include'), '-name', '*.hpp', '-printf', '%P\n'], { encoding: 'utf8' }).stdout.trim().split('\n').sort();
  assert.deepEqual(headers, own);
  const targets = readFileSync(join(prefix, 'lib', 'cmake', 'parlor', 'parlorTargets.cmake'), 'utf8');
  assert.ok(!targets.includes(root), 'nothing of the checkout is named');
});
