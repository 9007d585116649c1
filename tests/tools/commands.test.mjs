// The commands as a person meets them: help, words they do not know, a machine where something is missing.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

function call(command, args = [], options = {}) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: 60_000, ...options });
  return { status, stdout, stderr, all: stdout + stderr };
}

for (const name of ['play', 'test', 'bench']) {
  test(`./${name} --help explains itself and changes nothing`, () => {
    const { status, stdout, stderr } = call(join(root, name), ['--help'], { cwd: '/' });
    assert.equal(status, 0);
    assert.equal(stderr, '');
    assert.match(stdout, new RegExp(`^\\./${name} \\[`));
    assert.doesNotMatch(stdout, /installed/);
  });

  test(`./${name} refuses a word that it does not know, before it installs anything`, () => {
    const { status, stdout, stderr } = call(join(root, name), ['--frobnicate']);
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.match(stderr, new RegExp(`\\./${name} \\[`));
  });
}

for (const [name, scripts, known] of [['test', ['tools'], 'unit'], ['bench', ['tools', 'benchmarks'], 'stun']]) {
  test(`./${name} --list prints what there is, and installs nothing`, (t) => {
    const { run, said } = sandbox(t, { 'apt-get': 'echo >"${0%/bin/*}/apt.txt"; exit 1', npm: 'exit 1' }, [name, ...scripts]);
    const { status, stdout, stderr } = run(name, ['--list'], { withNode: true });
    assert.equal(status, 0, stderr);
    assert.equal(stderr, '');
    assert.match(stdout, new RegExp(`^${known}\\b`, 'm'));
    assert.doesNotMatch(stdout, /installed/);
    assert.equal(said('apt.txt'), '');
  });

  test(`./${name} --list without Node.js says where it comes from, and installs nothing`, (t) => {
    const { run, said } = sandbox(t, { 'apt-get': 'echo >"${0%/bin/*}/apt.txt"; exit 1' }, [name, ...scripts]);
    const { status, stdout, stderr } = run(name, ['--list']);
    assert.equal(status, 1);
    assert.equal(stdout, '');
    assert.match(stderr, new RegExp(`^parlor: this needs Node\\.js, which \\./${name} installs .* nodejs\\.$`, 'm'));
    assert.equal(said('apt.txt'), '');
  });
}

test('./play refuses a port that is none', () => {
  for (const port of ['0', '65536', 'http', '-1', '']) {
    const args = port === '' ? ['--port'] : ['--port', port];
    assert.equal(call(join(root, 'play'), args).status, 2, port);
  }
});

/**
 * A copy of what setup.sh needs, and of the files and folders `more`, in a path with a space, and a PATH where the commands of
 * `fakes` ({name: script}) come first and nothing but a few basic tools is behind them.
 */
function sandbox(t, fakes, more = []) {
  const folder = mkdtempSync(join(tmpdir(), 'parlor setup '));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const path of ['tools/setup.sh', 'tools/ui.sh', 'tools/apt_install.sh', 'package.json', 'package-lock.json', ...more]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(root, path), join(folder, path), { recursive: true, filter: (from) => !from.endsWith('node_modules') });
  }
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const name of ['bash', 'sh', 'cat', 'cut', 'date', 'dirname', 'mkdir', 'sed', 'sort', 'comm', 'tr', 'grep', 'tail', 'awk', 'sleep', 'sha256sum', 'rm', 'chmod']) {
    const path = call('sh', ['-c', `command -v ${name}`]).stdout.trim();
    if (path.startsWith('/')) symlinkSync(path, join(bin, name));
  }
  for (const [name, script] of Object.entries(fakes)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const run = (script, args, { withNode = false } = {}) => {
    if (withNode) symlinkSync(process.execPath, join(bin, 'node'));
    return call(join(folder, script), args, { cwd: '/', env: { PATH: bin, LANG: 'C.UTF-8' } });
  };
  return {
    run,
    setup: (...groups) => run('tools/setup.sh', groups),
    said: (name) => {
      try {
        return readFileSync(join(folder, name), 'utf8');
      } catch {
        return '';
      }
    },
    folder,
  };
}

const nothingInstalled = { 'dpkg-query': 'exit 0', id: 'if [ "$1" = -u ]; then echo 1000; else echo player; fi' };

test('without root and sudo, setup names the command to run, and fails', (t) => {
  const { setup } = sandbox(t, { ...nothingInstalled, 'apt-get': 'exit 1' });
  const { status, stderr } = setup('build', 'wasm');
  assert.equal(status, 1);
  assert.match(stderr, /apt-get update && apt-get install -y --no-install-recommends .*cmake.*emscripten.*nodejs/);
});

test('with a sudo that asks for a password and nobody to type it, setup names the command too', (t) => {
  const { setup } = sandbox(t, { ...nothingInstalled, 'apt-get': 'exit 1', sudo: 'exit 1' });
  const { status, stderr } = setup('build');
  assert.equal(status, 1);
  assert.match(stderr, /apt-get install -y/);
});

test('where Node.js comes from elsewhere, Debian\'s nodejs and npm are not asked for', (t) => {
  const { setup } = sandbox(t, { ...nothingInstalled, 'apt-get': 'exit 1', node: 'echo 20', npm: 'exit 0' });
  const { stderr } = setup('build', 'wasm', 'test');
  assert.match(stderr, /emscripten/);
  assert.doesNotMatch(stderr, /\bnodejs\b|\bnpm\b/);
});

test('a Node.js without npm from elsewhere is named, not mended', (t) => {
  const everything = 'for p in iproute2 clang-14 libclang-rt-14-dev llvm-14 clang-format-14; do echo "ii $p"; done';
  const { setup } = sandbox(t, { ...nothingInstalled, 'dpkg-query': everything, 'apt-get': 'exit 1', node: 'echo 20' });
  const { status, stderr } = setup('test');
  assert.equal(status, 1);
  assert.match(stderr, /^parlor: there is a Node\.js at .*bin\/node without npm; please install npm for it\.$/m);
  assert.doesNotMatch(stderr, /root|package\.json/);
});

test('a Node.js that is too old is named with what is needed', (t) => {
  const everything = 'for p in python3 emscripten node-acorn googletest rapidjson-dev; do echo "ii $p"; done';
  const { setup } = sandbox(t, { ...nothingInstalled, 'dpkg-query': everything, 'apt-get': 'exit 1', node: 'echo 16' });
  const { status, stderr } = setup('wasm');
  assert.equal(status, 1);
  assert.match(stderr, /18 or newer is needed/);
});

test('a group that does not exist is an error', (t) => {
  const { status, stderr } = sandbox(t, { ...nothingInstalled, 'apt-get': 'exit 1' }).setup('frob');
  assert.notEqual(status, 0);
  assert.match(stderr, /knows no group named 'frob'/);
});

test('what is missing, and only that, is installed through sudo, without a question', (t) => {
  const box = sandbox(t, {
    ...nothingInstalled,
    'dpkg-query': 'for p in python3 emscripten node-acorn googletest; do echo "ii $p"; done',
    sudo: 'if [ "$1" = -n ]; then exit 0; fi; exec "$@"',
    'apt-get': 'echo "$DEBIAN_FRONTEND $*" >>"${0%/bin/*}/apt.txt"',
    node: 'echo 18',
  });
  const { status, all } = box.setup('wasm');
  assert.equal(status, 0, all);
  const calls = box.said('apt.txt').trim().split('\n');
  assert.equal(calls.length, 2);
  assert.match(calls[0], /^noninteractive .* update$/);
  assert.match(calls[1], /install -y --no-install-recommends rapidjson-dev$/);
});

test('an apt that fails is a failure with the end of its log', (t) => {
  const { setup } = sandbox(t, {
    ...nothingInstalled, node: 'echo 18', sudo: 'if [ "$1" = -n ]; then exit 0; fi; exec "$@"',
    'apt-get': 'echo "E: Unable to locate package xyz"; exit 100',
  });
  const { status, stdout, stderr } = setup('wasm');
  assert.equal(status, 1);
  assert.match(stdout, /Debian packages +FAILED/);
  assert.match(stderr, /Unable to locate package xyz/);
  assert.match(stderr, /the whole log: .*build\/logs\/apt\.log/);
});

test('npm runs once for a lock file, and again when that changes', (t) => {
  const box = sandbox(t, {
    ...nothingInstalled, 'dpkg-query': 'for p in iproute2 clang-14 libclang-rt-14-dev llvm-14 clang-format-14; do echo "ii $p"; done',
    'apt-get': 'exit 1', node: 'echo 18', npm: 'mkdir -p node_modules; echo "$*" >>npm.txt',
  });
  assert.equal(box.setup('test').status, 0);
  assert.equal(box.setup('test').status, 0);
  assert.equal(box.said('npm.txt').trim().split('\n').length, 1);
  assert.match(box.said('npm.txt'), /^ci --ignore-scripts/);
  writeFileSync(join(box.folder, 'package-lock.json'), '{}');
  assert.equal(box.setup('test').status, 0);
  assert.equal(box.said('npm.txt').trim().split('\n').length, 2);
});

test('no lock file names a registry', () => {
  for (const lock of ['package-lock.json', 'benchmarks/peers/package-lock.json']) {
    assert.doesNotMatch(readFileSync(join(root, lock), 'utf8'), /"resolved"/);
  }
});
