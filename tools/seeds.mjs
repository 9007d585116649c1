// tools/seeds.sh after its setup: runs every test that takes seeds (sim/for_seeds.hpp) over many of them, in chunks on all cores.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build, jobs } from './lib/build.mjs';
import { endAll, endChildrenOnSignals, run } from './lib/process.mjs';
import { failureText, Screen } from './lib/ui.mjs';

const kDefaultCount = 100_000;
const kChunks = 100; // so that the progress says something
const kLargestChunk = 1000;
const kPreset = 'release';

/** The tests of a result of GoogleTest (--gtest_output=json) that take seeds, {name, seeds}: they have recorded how many they run of themselves. */
export function seededTests(json) {
  const tests = [];
  for (const suite of json.testsuites ?? []) {
    for (const test of suite.testsuite ?? []) {
      if (test.seeds !== undefined) tests.push({ name: `${suite.name}.${test.name}`, seeds: Number(test.seeds) });
    }
  }
  return tests;
}

/** Divides `count` seeds among the tests, {name, count}, as they divide their own among themselves; each gets one at least. */
export function shares(tests, count) {
  const sum = tests.reduce((all, test) => all + test.seeds, 0);
  let left = count;
  let weight = sum;
  return tests.map(({ name, seeds }) => {
    const share = Math.max(1, Math.round((left * seeds) / weight));
    left = Math.max(0, left - share);
    weight -= seeds;
    return { name, count: share };
  });
}

/** The seeds of one test as chunks {name, skip, count} of at most `size`. */
export function chunksOf({ name, count }, size = Math.min(kLargestChunk, Math.ceil(count / kChunks))) {
  const chunks = [];
  for (let skip = 0; skip < count; skip += size) chunks.push({ name, skip, count: Math.min(size, count - skip) });
  return chunks;
}

async function testsOf(program, log) {
  const folder = mkdtempSync(join(tmpdir(), 'parlor-seeds-'));
  try {
    const json = join(folder, 'results.json');
    const result = await run([program, `--gtest_output=json:${json}`], { log, env: { PARLOR_SEEDS: '1', PARLOR_SEEDS_SKIP: '0' } });
    if (!existsSync(json)) return { broken: `ended with code ${result.code} before it had run its tests` };
    return { found: seededTests(JSON.parse(readFileSync(json, 'utf8'))) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Runs all seeds of one program.
 * @param {{root: string, program: string, count: number, progress?: (text: string) => void}} options
 * @returns {Promise<{ok: boolean, tests: number, message: string, log: string}>} `tests` 0: none of it takes seeds
 */
export async function runSeeds({ root, program, count, progress = () => {} }) {
  const name = basename(program);
  const log = (part) => join(root, 'build', 'logs', `seeds-${name}${part}.log`);
  mkdirSync(join(root, 'build', 'logs'), { recursive: true });
  progress('looking for tests with seeds');
  const { found, broken } = await testsOf(program, log(''));
  if (broken) return { ok: false, tests: 0, message: broken, log: log('') };
  if (found.length === 0) return { ok: true, tests: 0, message: '', log: log('') };
  const divided = shares(found, count);
  const total = divided.reduce((all, test) => all + test.count, 0);
  // Those with few seeds have dear ones: they come first, so that no core is left waiting for another at the end.
  const queue = divided.sort((a, b) => a.count - b.count).flatMap((test) => chunksOf(test));
  let done = 0;
  let failed;
  const work = async (worker) => {
    for (let chunk = queue.shift(); chunk && !failed; chunk = queue.shift()) {
      const env = { PARLOR_SEEDS: String(chunk.count), PARLOR_SEEDS_SKIP: String(chunk.skip) };
      const result = await run([program, `--gtest_filter=${chunk.name}`, '--gtest_brief=1'], { log: log(`-${worker}`), cwd: root, env });
      if (result.code !== 0) {
        failed ??= { message: `${chunk.name}, among the seeds after the first ${chunk.skip}`, log: log(`-${worker}`) };
        return;
      }
      done += chunk.count;
      progress(`${done} of ${total} seeds`);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, jobs()) }, (_, worker) => work(worker)));
  return { ok: !failed, tests: found.length, message: failed?.message ?? '', log: failed?.log ?? log('-0') };
}

const usage = `usage: tools/seeds.sh [--count N] [program…]

Runs N seeds (${kDefaultCount} where not said) of each program's tests that take seeds (sim/for_seeds.hpp), divided among these as they
divide their own, in chunks on all cores, and stops at the first that fails with the command that runs it again. A program is the name of a test program, built by the preset ${kPreset}
(sim_tests), or the path of one that is built already; without any it is every one there is.`;

function parse(args) {
  const options = { count: kDefaultCount, programs: [] };
  for (let i = 0; i < args.length; ++i) {
    if (args[i] === '--count') options.count = Number(args[++i]);
    else if (args[i].startsWith('-')) return undefined;
    else options.programs.push(args[i]);
  }
  return Number.isSafeInteger(options.count) && options.count > 0 ? options : undefined;
}

async function built(root, screen, programs) {
  const named = programs.filter((one) => !one.includes('/'));
  if (programs.length === 0 || named.length > 0) {
    const step = screen.begin('Build: native, optimized');
    const result = await build({ root, preset: kPreset, targets: named, progress: step.progress });
    step.end(result.ok ? 'ok' : 'FAILED');
    if (!result.ok) {
      screen.say(failureText(result.log));
      return undefined;
    }
  }
  const folder = join(root, 'build', kPreset, 'bin');
  if (programs.length === 0) return readdirSync(folder).filter((name) => name.endsWith('_tests')).sort().map((name) => join(folder, name));
  return programs.map((one) => (one.includes('/') ? (isAbsolute(one) ? one : resolve(one)) : join(folder, one)));
}

async function main(args) {
  const options = parse(args);
  if (!options) {
    console.error(usage);
    return 2;
  }
  endChildrenOnSignals();
  const root = join(dirname(fileURLToPath(import.meta.url)), '..');
  const screen = new Screen();
  const programs = await built(root, screen, options.programs);
  if (!programs) return 1;
  let tests = 0;
  for (const program of programs) {
    const step = screen.begin(`${basename(program)}, ${options.count} seeds`);
    const result = await runSeeds({ root, program, count: options.count, progress: step.progress });
    tests += result.tests;
    step.end(result.ok ? 'ok' : 'FAILED', result.tests === 0 && result.ok ? 'no test takes seeds' : `${result.tests} tests`);
    if (result.ok) continue;
    screen.say(`${failureText(result.log)}\n    ${result.message}`);
    endAll('SIGKILL');
    return 1;
  }
  if (tests > 0) return 0;
  console.error('no test takes seeds');
  return 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(await main(process.argv.slice(2)));
