// tools/seeds.sh as a person meets it: progress, the seed that fails, and a command that runs it again.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const bin = dirname(process.env.PARLOR_BIN ?? join(root, 'build', 'release', 'bin', 'parlor'));
const sample = join(bin, 'sim_seeds_sample');

function call(command, env = {}) {
  const [program, ...args] = command;
  const clean = { ...process.env, ...env };
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: 60_000, env: clean, cwd: root });
  return { status, all: stdout + stderr };
}

const seeds = (...args) => call([process.execPath, join(root, 'tools', 'seeds.mjs'), ...args]);

test('a program whose seeds are well says how many tests it has', () => {
  const { status, all } = seeds('--count', '2', sample);
  assert.equal(status, 0, all);
  assert.match(all, /sim_seeds_sample, 2 seeds +ok .* 3 tests/);
});

test('the first seed that fails is named with the command that runs it again, and that one shows the trace', () => {
  const { status, all } = seeds('--count', '10', sample);
  assert.equal(status, 1, all);
  const again = /PARLOR_SEED=13 .* --gtest_filter=Sample\.FailsAtThirteen/.exec(all);
  assert.ok(again, all);
  const once = call(['sh', '-c', again[0]]);
  assert.equal(once.status, 1, once.all);
  assert.match(once.all, /delivered +bob +192\.0\.2\.1:1 > 192\.0\.2\.2:1/);
  assert.match(once.all, /seed 13 failed, 0 before it passed/);
});

test('a world that is stuck is a failure with its reason', () => {
  const { status, all } = call([sample, '--gtest_filter=Sample.IsStuckAtThirty'], { PARLOR_SEEDS: '100' });
  assert.equal(status, 1, all);
  assert.match(all, /the world is stuck: of no reason/);
  assert.match(all, /seed 30 failed, 20 before it passed/);
});

test('a test without seeds shows its trace when it fails, and only then', () => {
  const only = '--gtest_filter=Sample.ShowsItsTraceWhenToldToFail';
  const well = call([sample, only]);
  assert.equal(well.status, 0, well.all);
  assert.doesNotMatch(well.all, /no route/);
  const { status, all } = call([sample, only], { PARLOR_SEED: '1000000' });
  assert.equal(status, 1, all);
  assert.match(all, /what became of the packets:\n[^]*no route +internet +192\.0\.2\.1:1 > 192\.0\.2\.9:1/);
});

test('a variable that is no number is refused', () => {
  const { status, all } = call([sample], { PARLOR_SEEDS: 'many' });
  assert.equal(status, 1, all);
  assert.match(all, /PARLOR_SEEDS is no number: many/);
});

test('wrong words are answered with the usage', () => {
  for (const args of [['--count', '0'], ['--count', 'x'], ['--frobnicate']]) {
    const { status, all } = seeds(...args);
    assert.equal(status, 2, all);
    assert.match(all, /usage: tools\/seeds\.sh/);
  }
});
