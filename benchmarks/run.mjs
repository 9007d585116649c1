// ./bench after its setup: builds, runs every benchmarks/*/suite.mjs one after the other, prints the table and keeps it as JSON and SVG.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync, appendFileSync } from 'node:fs';
import { cpus, release, tmpdir, totalmem } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { build } from '../tools/lib/build.mjs';
import { endAll, endChildrenOnSignals } from '../tools/lib/process.mjs';
import { failureText, Screen } from '../tools/lib/ui.mjs';
import { chart } from './lib/chart.mjs';
import { judge, problems, table, verdict } from './lib/report.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const out = join(root, 'build', 'bench');
const kSuiteLimitMs = 15 * 60_000;

function suiteNames() {
  const names = readdirSync(join(root, 'benchmarks'), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return names.filter((name) => existsSync(join(root, 'benchmarks', name, 'suite.mjs'))).sort();
}

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

/** The others to compare with: the folder or program of each, or why there is none. */
function findPeers() {
  const npm = join(root, 'benchmarks', 'peers', 'node_modules');
  const peers = { npm, missing: [] };
  for (const name of ['ws', 'peer', 'peerjs', 'three', 'esbuild']) {
    if (existsSync(join(npm, name))) peers[name] = join(npm, name);
    else peers.missing.push({ name, reason: `npm did not install ${name}` });
  }
  for (const name of ['turnserver']) {
    const found = spawnSync('sh', ['-c', 'command -v -- "$1"', 'sh', name], { encoding: 'utf8' });
    if (found.status === 0) peers[name] = found.stdout.trim();
    else peers.missing.push({ name, reason: `there is no program named ${name} (Debian: coturn)` });
  }
  return peers;
}

function machine() {
  const git = (...args) => {
    try {
      return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    } catch {
      return '';
    }
  };
  return {
    cpu: cpus()[0]?.model?.trim() || process.arch, cores: cpus().length, memory_gib: Math.round(totalmem() / 2 ** 30),
    kernel: release(), node: process.version, date: new Date().toISOString(),
    commit: git('rev-parse', 'HEAD'), changed: git('status', '--porcelain') !== '',
  };
}

async function runSuite(name, context, screen, title) {
  const log = join(root, 'build', 'logs', `bench-${name}.log`);
  mkdirSync(dirname(log), { recursive: true });
  writeFileSync(log, '');
  const step = screen.begin(title);
  const tmp = mkdtempSync(join(tmpdir(), `parlor-bench-${name}-`));
  let limit;
  try {
    const { suite } = await import(pathToFileURL(join(root, 'benchmarks', name, 'suite.mjs')).href);
    const say = (text) => {
      appendFileSync(log, `${text}\n`);
      step.progress(String(text).split('\n')[0]);
    };
    const late = new Promise((_, reject) => {
      limit = setTimeout(() => reject(new Error(`ran past ${kSuiteLimitMs / 60_000} minutes`)), kSuiteLimitMs);
    });
    const answer = await Promise.race([suite.run({ ...context, tmp, log: say }), late]);
    const wrong = problems(answer);
    if (wrong.length > 0) throw new Error(wrong.join('\n'));
    step.end('ok', `${answer.rows.length} figures`);
    return { name, ok: true, ms: step.elapsed(), ...answer };
  } catch (error) {
    appendFileSync(log, `${error.stack ?? error}\n`);
    step.end('FAILED', String(error.message ?? error).split('\n')[0]);
    screen.say(failureText(log));
    return { name, ok: false, ms: step.elapsed(), error: String(error.message ?? error), rows: [], targets: [] };
  } finally {
    clearTimeout(limit);
    rmSync(tmp, { recursive: true, force: true });
  }
}

async function buildAll(screen) {
  for (const [preset, title] of [['bench', 'Build: native, optimized, with benchmarks'], ['wasm-release', 'Build: WebAssembly and pages']]) {
    const step = screen.begin(title);
    const built = await build({ root, preset, progress: step.progress });
    step.end(built.ok ? 'ok' : 'FAILED', built.ok && built.actions === 0 ? 'nothing to do' : '');
    if (built.ok) continue;
    screen.say(failureText(built.log));
    return false;
  }
  return true;
}

function keep(results, context, where) {
  const rows = results.flatMap((one) => one.rows);
  const judged = results.flatMap((one) => one.targets).map((target) => judge(target, rows));
  const skipped = results.flatMap((one) => one.skipped ?? []);
  const subtitle = `${where.cpu}, ${where.cores} cores, Linux ${where.kernel}, ${where.date.slice(0, 10)}, commit ${where.commit.slice(0, 10) || 'unknown'}${where.changed ? ' + changes' : ''}${context.quick ? ', quick' : ''}`;
  mkdirSync(out, { recursive: true });
  const suites = results.map(({ name, ok, ms, error }) => ({ name, ok, ms, error }));
  const json = { format: 1, machine: where, quick: context.quick, suites, rows, targets: judged, skipped };
  writeFileSync(join(out, 'results.json'), `${JSON.stringify(json, null, 2)}\n`);
  writeFileSync(join(out, 'results.svg'), chart(rows, judged, subtitle));
  return { rows, judged, skipped, subtitle };
}

async function main(args) {
  const options = parse(args);
  if (!options) {
    console.error('./bench --help says what it takes');
    return 2;
  }
  const known = suiteNames();
  if (options.list) {
    console.log(known.join('\n'));
    return 0;
  }
  const unknown = options.wanted.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    console.error(`./bench knows no suite named ${unknown.join(', ')}; there are: ${known.join(' ')}`);
    return 2;
  }
  endChildrenOnSignals();
  const screen = new Screen();
  if (!(await buildAll(screen))) return 1;
  const peers = findPeers();
  for (const { name, reason } of peers.missing) screen.say(`Without ${name}: ${reason}`);
  const context = { root, bin: join(root, 'build', 'bench', 'bin'), quick: options.quick, peers };
  const names = options.wanted.length > 0 ? options.wanted : known;
  const results = [];
  for (const [index, name] of names.entries()) {
    results.push(await runSuite(name, context, screen, `[${index + 1}/${names.length}] ${name}`));
  }
  endAll('SIGKILL');
  const { rows, judged, skipped, subtitle } = keep(results, context, machine());
  console.log(`\n${subtitle}\n`);
  for (const line of table(rows, judged, skipped)) console.log(line);
  const failed = results.filter((one) => !one.ok);
  for (const one of failed) console.log(`\nFAILED ${one.name}: ${one.error} — again with: ./bench ${one.name}`);
  const show = (name) => relative(process.cwd(), join(out, name));
  console.log(`\nKept as ${show('results.json')} and ${show('results.svg')}`);
  console.log(`${verdict(judged)}${failed.length > 0 ? `, ${failed.length} suites failed` : ''}`);
  return failed.length > 0 || rows.length === 0 ? 1 : 0;
}

process.exit(await main(process.argv.slice(2)));
