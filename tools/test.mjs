// ./test after its setup: builds everything, runs every test there is and closes with one line of counts.

import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build, jobs } from './lib/build.mjs';
import { endAll, endChildrenOnSignals, run } from './lib/process.mjs';
import { add, executed, failure, forgetCtest, fromCtest, noResults } from './lib/results.mjs';
import { isBroken, schedule, select } from './lib/schedule.mjs';
import { failureText, Screen, seconds, stepLine } from './lib/ui.mjs';
import { fuzz } from './fuzz.mjs';
import { runNodeTests } from './run_node_tests.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const logs = join(root, 'build', 'logs');
const output = join(root, 'build', 'test-output');
const binary = join(root, 'build', 'release', 'bin', 'parlor');

const kBusyNice = 10; // of what uses every core: what waits, and is measured by its limits, comes first
const kFuzzSeconds = 3;
const kWidest = 200; // a line of a failure's message
const kStepLimitMs = 15 * 60_000;

// What the tests that start the real server need to know.
const testEnv = { PARLOR_BIN: binary, PARLOR_CHROMIUM: chromium() };

function chromium() {
  const names = [process.env.PARLOR_CHROMIUM, 'chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  for (const name of names.filter(Boolean)) {
    const found = spawnSync('sh', ['-c', 'command -v -- "$1"', 'sh', name], { encoding: 'utf8' });
    if (found.status === 0) return found.stdout.trim();
  }
  return undefined;
}

function buildStep(id, title, preset) {
  const runBuild = async ({ progress }) => {
    const result = await build({ root, preset, nice: kBusyNice, progress });
    if (!result.ok) {
      const counts = failure(`build of ${preset}`, '');
      Object.assign(counts.failures[0], { log: result.log });
      return { ...counts, broken: true };
    }
    return { ...noResults(), note: result.actions === 0 ? 'nothing to do' : '' };
  };
  return { id, title, lane: 'build', builds: true, run: runBuild };
}

function ctestStep(id, title, preset, need, extra = {}) {
  const runCtest = async ({ progress }) => {
    const folder = join(root, 'build', preset);
    forgetCtest(folder);
    const log = join(logs, `ctest-${preset}.log`);
    const onLine = (line) => {
      const match = /^\s*(\d+\/\d+) Test\s+#\d+: (\S+)/.exec(line);
      if (match) progress(`${match[1]} ${match[2]}`);
    };
    const command = ['ctest', '--preset', preset, '-j', String(jobs()), '--no-tests=error', '-LE', 'sources', '--timeout', '600',
      '--output-junit', join(folder, 'junit.xml')];
    const result = await run(command, { log, cwd: root, limitMs: kStepLimitMs, onLine, nice: extra.lane === 'build' ? kBusyNice : 0 });
    const counts = fromCtest(folder);
    if (result.code !== 0 && counts.failed === 0) add(counts, failure('ctest', `ended with code ${result.code}`));
    for (const one of counts.failures) one.log = log;
    return counts;
  };
  return { id, title, needs: [need], run: runCtest, ...extra };
}

function nodeStep(id, title, folder, extra = {}) {
  const runFiles = ({ progress }) => runNodeTests({ paths: [join(root, folder)], env: testEnv, progress });
  return { id, title, run: runFiles, ...extra };
}

function commandStep(id, title, command) {
  const runCommand = async ({ progress }) => {
    const log = join(logs, `${id}.log`);
    const result = await run(command, { log, cwd: root, limitMs: kStepLimitMs, onLine: progress });
    if (result.code === 0) return { ...noResults(), passed: 1 };
    const counts = failure(title, '');
    counts.failures[0].log = log;
    return counts;
  };
  return { id, title, run: runCommand };
}

async function fuzzStep({ progress }) {
  const results = await fuzz({ root, secondsEach: kFuzzSeconds, nice: kBusyNice, progress });
  const sum = noResults();
  for (const one of results) {
    if (one.ok) ++sum.passed;
    else add(sum, { ...failure(`fuzz ${one.name}`, one.message), failures: [{ name: `fuzz ${one.name}`, message: one.message, log: one.log }] });
  }
  return sum;
}

// The order is the order of starting. What uses all cores goes one after the other, and what waits for a part of its time beside it.
const steps = [
  commandStep('layers', 'Layers and the sans-IO rule', ['node', 'tools/check_layers.mjs']),
  commandStep('format', 'Format of the sources', ['bash', 'tools/format.sh', '--check']),
  nodeStep('tools', 'Tests of the tools', 'tests/tools'),
  buildStep('build-release', 'Build: native, optimized', 'release'),
  ctestStep('unit', 'Unit tests, native', 'release', 'build-release'),
  buildStep('build-wasm', 'Build: WebAssembly and pages', 'wasm-release'),
  ctestStep('wasm', 'Unit tests as WebAssembly under Node.js', 'wasm-release', 'build-wasm'),
  nodeStep('server', 'Tests of the server', 'tests/server', { needs: ['build-release', 'build-wasm'] }),
  nodeStep('signaling', 'Tests of the signaling protocol', 'tests/signaling', { needs: ['build-release'] }),
  nodeStep('link', 'Tests of the link, read from its page alone', 'tests/link', { needs: ['build-release'] }),
  // Two minutes, of which it waits for nearly all.
  nodeStep('interop', 'Our connection with other WebRTC stacks', 'tests/interop', { needs: ['build-release'] }),
  nodeStep('native', 'Native rooms with the server', 'tests/native', { needs: ['build-release'] }),
  nodeStep('commands', 'The commands themselves', 'tests/commands', { needs: ['build-release', 'build-wasm'] }),
  // Chromium draws on the processor and waits for it, too, and leaves a good part of a machine to a build that is nice.
  nodeStep('web', 'The Room in Chromium', 'tests/web', { needs: ['build-release', 'build-wasm'] }),
  nodeStep('e2e', 'Games in Chromium', 'tests/e2e', { needs: ['build-release', 'build-wasm'] }),
  buildStep('build-fuzz', 'Build: under ASan and UBSan', 'fuzz'),
  { id: 'fuzz', title: `Fuzz targets, ${kFuzzSeconds} s each`, lane: 'build', needs: ['build-fuzz'], run: fuzzStep },
  ctestStep('asan', 'Unit tests under ASan and UBSan', 'fuzz', 'build-fuzz', { lane: 'build' }),
];

const kNotQuick = new Set(['build-fuzz', 'fuzz', 'asan', 'interop', 'web', 'e2e']);

function parse(args) {
  const options = { quick: false, list: false, wanted: [] };
  for (const arg of args) {
    if (arg === '--quick') options.quick = true;
    else if (arg === '--list') options.list = true;
    else if (arg.startsWith('-')) return undefined;
    else options.wanted.push(arg);
  }
  return options;
}

function stateOf(step, result) {
  if (result.notRun) return 'not run';
  if (result.failed > 0) return 'FAILED';
  return 'ok';
}

function noteOf(step, result) {
  if (result.notRun) return `needs ${result.notRun}`;
  if (step.builds) return result.note ?? '';
  const parts = [`${executed(result)} tests`];
  if (result.failed > 0) parts.push(`${result.failed} failed`);
  if (result.skipped > 0) parts.push(`${result.skipped} skipped`);
  return parts.join(', ');
}

// A step that ran nothing shows nothing: that is a failure, not a success.
function insistOnTests(step) {
  const inner = step.run;
  const runChecked = async (tools) => {
    try {
      const result = await inner(tools);
      if (step.builds || executed(result) > 0) return result;
      return add(result, failure(step.title, result.skipped > 0 ? 'every test was skipped' : 'ran no test at all'));
    } catch (error) {
      return { ...failure(step.title, String(error.stack ?? error)), broken: true };
    }
  };
  return { ...step, run: runChecked };
}

async function main(args) {
  const options = parse(args);
  if (!options) {
    console.error('./test --help says what it takes');
    return 2;
  }
  if (options.list) {
    for (const step of steps) console.log(`${step.id.padEnd(14)} ${step.title}`);
    return 0;
  }
  const pool = options.quick && options.wanted.length === 0 ? steps.filter((step) => !kNotQuick.has(step.id)) : steps;
  const { chosen, unknown } = select(pool, options.wanted);
  if (unknown.length > 0) {
    console.error(`./test knows no step named ${unknown.join(', ')}; ./test --list shows them`);
    return 2;
  }
  endChildrenOnSignals();
  rmSync(output, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  return runAll(chosen);
}

async function runAll(chosen) {
  const screen = new Screen();
  const start = Date.now();
  const took = new Map();
  const number = new Map(chosen.map((step, index) => [step.id, `${String(index + 1).padStart(2)}/${chosen.length}`]));
  const results = await schedule(chosen.map(insistOnTests), {
    begin: (step) => screen.begin(`[${number.get(step.id)}] ${step.title}`),
    end: (step, handle, result) => {
      took.set(step.id, handle.elapsed());
      handle.end(stateOf(step, result), noteOf(step, result));
      if (step.builds && result.failed > 0) screen.say(failureText(result.failures[0].log));
    },
  });
  endAll('SIGKILL');
  return conclude(chosen, results, took, Date.now() - start);
}

function conclude(chosen, results, took, ms) {
  const sum = noResults();
  console.log(`\n${'step'.padEnd(46)} ${'result'.padEnd(7)} ${'time'.padStart(9)}   tests`);
  for (const step of chosen) {
    const result = results.get(step.id);
    add(sum, result);
    console.log(stepLine(step.title, stateOf(step, result), took.get(step.id) ?? 0, noteOf(step, result)));
  }
  const bad = chosen.filter((step) => results.get(step.id).failed > 0);
  for (const step of bad) console.log(failuresOf(step, results.get(step.id)));
  const missed = chosen.filter((step) => results.get(step.id).notRun);
  if (missed.length > 0) console.log(`\nNot run: ${missed.map((step) => step.id).join(' ')}`);
  const skipped = sum.skipped > 0 ? `, ${sum.skipped} skipped` : '';
  console.log(`\nTook ${seconds(ms)}. Logs: ${relative(process.cwd(), logs) || logs}, pictures: ${relative(process.cwd(), output) || output}`);
  console.log(`${sum.passed} passed, ${sum.failed} failed${skipped}`);
  return sum.failed > 0 || [...results.values()].some(isBroken) ? 1 : 0;
}

function failuresOf(step, result) {
  const lines = [`\nFAILED ${step.title} — again with: ./test ${step.id}`];
  for (const one of result.failures.slice(0, 20)) {
    lines.push(`  ${one.name}`);
    for (const line of (one.message || '').split('\n').slice(0, 25)) if (line) lines.push(`    | ${line.slice(0, kWidest)}`);
    if (one.log) lines.push(`    log: ${one.log}`);
  }
  if (result.failures.length > 20) lines.push(`  and ${result.failures.length - 20} more`);
  return lines.join('\n');
}

process.exit(await main(process.argv.slice(2)));
