// tools/fuzz.sh after its setup: runs libFuzzer targets from their corpus, keeps what they find.

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build, jobs } from './lib/build.mjs';
import { endChildrenOnSignals, run } from './lib/process.mjs';
import { failureText, Screen } from './lib/ui.mjs';

const kPreset = 'fuzz';
const kInputLimitSeconds = 10; // an input that takes longer is a finding
const kMemoryMegabytes = 2048;
const kStartupMs = 120_000; // reading the corpus, before the clock of the run begins

/** The names of the built targets: bin/fuzz_<name>. */
export function fuzzTargets(root) {
  const folder = join(root, 'build', kPreset, 'bin');
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => name.startsWith('fuzz_')).map((name) => name.slice(5)).sort();
}

/** What a libFuzzer status line says: "#1234 NEW cov: 56 ft: 78 corp: 9/10b … exec/s: 1000 …", undefined for others. */
export function fuzzStatus(line) {
  const match = /^#(\d+)\s.*?\bcov: (\d+)(?:.*?\bcorp: (\d+))?(?:.*?\bexec\/s: (\d+))?/.exec(line);
  if (!match) return undefined;
  return { runs: Number(match[1]), coverage: Number(match[2]), corpus: Number(match[3] ?? 0), perSecond: Number(match[4] ?? 0) };
}

/**
 * Runs targets side by side, one per core.
 * @param {{root: string, secondsEach: number, names?: string[], nice?: number, minimize?: boolean, progress?: Function, onTarget?: Function}} options
 *   `onTarget(result)` is called as each ends
 * @returns {Promise<{name: string, ok: boolean, message: string, log: string, status?: object}[]>}
 */
export async function fuzz({ root, secondsEach, names, nice = 0, minimize = false, progress = () => {}, onTarget = () => {} }) {
  const all = names ?? fuzzTargets(root);
  const queue = [...all];
  const results = [];
  const now = new Map();
  const work = async () => {
    for (let name = queue.shift(); name; name = queue.shift()) {
      const onStatus = (status) => {
        now.set(name, `${name} ${status.runs} runs, ${status.coverage} edges`);
        progress(`${results.length}/${all.length} ${[...now.values()].join('; ')}`);
      };
      now.set(name, name);
      const result = await fuzzOne({ root, name, secondsEach, nice, onStatus });
      if (result.ok && minimize) await minimizeCorpus(root, name);
      now.delete(name);
      results.push(result);
      onTarget(result);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, jobs()) }, work));
  return results.sort((a, b) => a.name.localeCompare(b.name));
}

function corpusFolders(root, name) {
  const kept = join(root, 'build', 'fuzz-corpus', name);
  mkdirSync(kept, { recursive: true });
  const seeds = join(root, 'fuzz', 'corpus', name);
  return existsSync(seeds) ? [kept, seeds] : [kept];
}

async function fuzzOne({ root, name, secondsEach, nice, onStatus }) {
  const program = join(root, 'build', kPreset, 'bin', `fuzz_${name}`);
  const crashes = join(root, 'build', 'fuzz-crashes', name);
  const log = join(root, 'build', 'logs', `fuzz-${name}.log`);
  const words = join(root, 'fuzz', `${name}.dict`);
  mkdirSync(crashes, { recursive: true });
  let status;
  const command = [
    program, `-max_total_time=${secondsEach}`, `-timeout=${kInputLimitSeconds}`, `-rss_limit_mb=${kMemoryMegabytes}`,
    `-artifact_prefix=${crashes}/`, '-print_final_stats=1', ...(existsSync(words) ? [`-dict=${words}`] : []), ...corpusFolders(root, name),
  ];
  const result = await run(command, {
    log, cwd: root, nice, limitMs: secondsEach * 1000 + kStartupMs,
    onLine: (line) => {
      const read = fuzzStatus(line);
      if (read) onStatus((status = read));
    },
  });
  if (result.code === 0 && (status?.runs ?? 0) > 0) return { name, ok: true, message: '', log, status };
  const found = readdirSync(crashes).map((file) => relative(root, join(crashes, file)));
  const message = found.length > 0
    ? `again with:\n${found.map((file) => `  build/${kPreset}/bin/fuzz_${name} '${file}'`).join('\n')}`
    : result.code === 0 ? 'ran no input at all' : `ended with code ${result.code}`;
  return { name, ok: false, message, log, status };
}

async function minimizeCorpus(root, name) {
  const [kept, ...seeds] = corpusFolders(root, name);
  const smaller = `${kept}.smaller`;
  rmSync(smaller, { recursive: true, force: true });
  mkdirSync(smaller);
  const program = join(root, 'build', kPreset, 'bin', `fuzz_${name}`);
  const log = join(root, 'build', 'logs', `fuzz-${name}-minimize.log`);
  const result = await run([program, '-merge=1', smaller, kept, ...seeds], { log, cwd: root, limitMs: kStartupMs });
  if (result.code !== 0) {
    rmSync(smaller, { recursive: true, force: true });
    return;
  }
  rmSync(kept, { recursive: true, force: true });
  renameSync(smaller, kept);
}

const usage = `usage: tools/fuzz.sh [--seconds N] [--minimize] [target…]

Runs the libFuzzer targets, N seconds each (600 where not said), one per core at a time.
New inputs are kept in build/fuzz-corpus/<target>, crashes in build/fuzz-crashes/<target>.

  --minimize   afterwards reduces each kept corpus to the inputs that reach something of their own`;

function parse(args) {
  const options = { secondsEach: 600, minimize: false, names: [] };
  for (let i = 0; i < args.length; ++i) {
    if (args[i] === '--seconds') options.secondsEach = Number(args[++i]);
    else if (args[i] === '--minimize') options.minimize = true;
    else if (args[i].startsWith('-')) return undefined;
    else options.names.push(args[i]);
  }
  return Number.isInteger(options.secondsEach) && options.secondsEach > 0 ? options : undefined;
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
  const step = screen.begin('Build: fuzz targets');
  const built = await build({ root, preset: kPreset, targets: ['fuzzers'], progress: step.progress });
  step.end(built.ok ? 'ok' : 'FAILED');
  if (!built.ok) {
    screen.say(failureText(built.log));
    return 1;
  }
  const known = fuzzTargets(root);
  const unknown = options.names.filter((name) => !known.includes(name));
  if (unknown.length > 0 || known.length === 0) {
    console.error(`no fuzz target named ${unknown.join(', ')}; there are: ${known.join(' ')}`);
    return 2;
  }
  return runAndTell(screen, { ...options, root, names: options.names.length > 0 ? options.names : known });
}

async function runAndTell(screen, options) {
  const step = screen.begin(`Fuzz targets, ${options.secondsEach} s each`);
  const results = await fuzz({
    ...options,
    progress: step.progress,
    onTarget: ({ name, ok, message, log, status }) => {
      const figures = status ? `${status.runs} runs, ${status.coverage} edges, corpus ${status.corpus}` : '';
      screen.say(`  ${name.padEnd(24)} ${ok ? 'ok' : 'FAILED'}   ${figures}`);
      if (!ok) screen.say(`${failureText(log)}\n${message}`);
    },
  });
  const failed = results.filter((one) => !one.ok).length;
  step.end(failed > 0 ? 'FAILED' : 'ok');
  screen.say(`${results.length - failed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(await main(process.argv.slice(2)));
