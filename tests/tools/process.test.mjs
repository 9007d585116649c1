// Programs are run to their end, ended when they take too long, and nothing of them is left.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { ninjaProgress } from '../../tools/lib/build.mjs';
import { run } from '../../tools/lib/process.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

function folder(t) {
  const path = mkdtempSync(join(tmpdir(), 'parlor-process-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const isAlive = (pid) => {
  try {
    // A process that has ended but that nobody has asked for yet is as good as gone.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

/** Waits until a condition holds, for at most ten seconds. */
async function until(what, condition) {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    assert.equal(Date.now() < deadline, true, what);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('code, output and lines come back', async (t) => {
  const log = join(folder(t), 'log');
  const lines = [];
  const { code, timedOut } = await run(['sh', '-c', 'echo one; echo two >&2; printf three; exit 3'], { log, onLine: (line) => lines.push(line) });
  assert.equal(code, 3);
  assert.equal(timedOut, false);
  assert.deepEqual(lines.sort(), ['one', 'two']);
  for (const word of ['one', 'two', 'three']) assert.match(readFileSync(log, 'utf8'), new RegExp(word));
});

test('a nice program is nice to those in sessions of their own, too', async (t) => {
  const log = join(folder(t), 'log');
  await run(['sh', '-c', 'sleep 0.3; nice; cat /proc/self/autogroup || echo none'], { log, nice: 7 });
  assert.match(readFileSync(log, 'utf8'), /^7\n(\/autogroup-\d+ nice 7|cat: .*\nnone)\n$/);
});

test('a program that is not there has code 127 and says so in the log', async (t) => {
  const log = join(folder(t), 'log');
  assert.equal((await run(['no-such-program-of-parlor'], { log })).code, 127);
  assert.match(readFileSync(log, 'utf8'), /no-such-program-of-parlor/);
});

test('a program that takes too long is ended with all it started', async (t) => {
  const path = folder(t);
  const log = join(path, 'log');
  const pids = join(path, 'pids');
  const { timedOut, code } = await run(['sh', '-c', `sleep 600 & echo $! >'${pids}'; echo $$ >>'${pids}'; wait`], { log, limitMs: 500 });
  assert.equal(timedOut, true);
  assert.notEqual(code, 0);
  for (const pid of readFileSync(pids, 'utf8').trim().split('\n')) await until(`${pid} is gone`, () => !isAlive(pid));
});

test('what a program leaves behind ends with it', async (t) => {
  const path = folder(t);
  const pids = join(path, 'pids');
  const { code } = await run(['sh', '-c', `sleep 600 >/dev/null 2>&1 & echo $! >'${pids}'`], { log: join(path, 'log') });
  assert.equal(code, 0);
  await until('it is gone', () => !isAlive(readFileSync(pids, 'utf8').trim()));
});

test('Ctrl-C ends the programs, claims no result and exits with 130', { timeout: 30_000 }, async (t) => {
  const path = folder(t);
  const pids = join(path, 'pids');
  writeFileSync(join(path, 'main.mjs'), `
    import { endChildrenOnSignals, run } from ${JSON.stringify(join(root, 'tools/lib/process.mjs'))};
    endChildrenOnSignals();
    const result = await run(['sh', '-c', ${JSON.stringify(`echo $$ >'${pids}'; echo up; exec sleep 600`)}],
      { log: ${JSON.stringify(join(path, 'log'))}, onLine: () => console.log('up') });
    console.log('a result', result);
  `);
  const child = spawn(process.execPath, [join(path, 'main.mjs')], { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  let said = '';
  child.stdout.on('data', (chunk) => {
    said += chunk;
  });
  await until('it is up', () => said.includes('up'));
  child.kill('SIGINT');
  assert.equal(await ended, 130);
  assert.doesNotMatch(said, /a result/);
  assert.equal(isAlive(readFileSync(pids, 'utf8').trim()), false);
});

test('ninja\'s lines are progress, others are not', () => {
  assert.equal(ninjaProgress('[12/340] Building CXX object src/base/CMakeFiles/x.dir/bytes.cpp.o'), '12/340 bytes.cpp.o');
  assert.equal(ninjaProgress('ninja: no work to do.'), undefined);
});
