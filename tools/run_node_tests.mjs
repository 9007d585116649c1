#!/usr/bin/env node
// tools/run_node_tests.mjs [--limit SECONDS] PATH…: runs the *.test.mjs files below the named folders (or the named files), one
// process after the other, and sums them up. Prints what failed and one line of counts. Files with a line that begins with
// "// Mostly waits" run two at a time, behind the others.

import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { endChildrenOnSignals, run } from './lib/process.mjs';
import { add, executed, failure, fromNode, noResults, testFiles } from './lib/results.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const reporter = join(root, 'tools', 'lib', 'node_reporter.mjs');
const kLimitSeconds = 600;
const kMostlyWaits = /^\/\/ Mostly waits\b/m;
const kAtOnce = 2;

/**
 * Runs test files one after the other, and two at a time of those that mostly wait.
 * @param {{paths: string[], env?: object, limitSeconds?: number, progress?: (text: string) => void}} options
 * @returns {Promise<object>} counts as in lib/results.mjs; each failure names the log of its file
 */
export async function runNodeTests({ paths, env = {}, limitSeconds = kLimitSeconds, progress = () => {} }) {
  const files = paths.flatMap((path) => (statSync(path).isDirectory() ? testFiles(path) : [path]));
  const sum = noResults();
  let begun = 0;
  const runAll = async (queue) => {
    for (let path = queue.shift(); path; path = queue.shift()) {
      const name = relative(root, path);
      const place = `${++begun}/${files.length} ${name}`;
      progress(place);
      add(sum, await runFile(path, name, env, limitSeconds, (text) => progress(`${place} ${text}`)));
    }
  };
  const texts = new Map(files.map((path) => [path, readFileSync(path, 'utf8')]));
  const waits = (path) => kMostlyWaits.test(texts.get(path));
  await runAll(files.filter((path) => !waits(path)));
  // The longest first, so that none is left alone at the end.
  const together = files.filter(waits).sort((a, b) => texts.get(b).length - texts.get(a).length);
  await Promise.all(Array.from({ length: kAtOnce }, () => runAll(together)));
  return sum;
}

async function runFile(path, name, env, limitSeconds, progress) {
  const stem = name.replace(/[^A-Za-z0-9]+/g, '-');
  const log = join(root, 'build', 'logs', `${stem}.log`);
  const leaves = join(root, 'build', 'logs', `${stem}.jsonl`);
  mkdirSync(dirname(log), { recursive: true });
  rmSync(leaves, { force: true });
  const command = [
    process.execPath, '--test-reporter', reporter, '--test-reporter-destination', leaves,
    '--test-reporter', 'spec', '--test-reporter-destination', 'stdout', path,
  ];
  const result = await run(command, {
    log, cwd: root, env: { ...env, NODE_TEST_CONTEXT: undefined }, limitMs: limitSeconds * 1000,
    onLine: (line) => progress(line.trim().slice(0, 80)),
  });
  let text = '';
  try {
    text = readFileSync(leaves, 'utf8');
  } catch {
    // died before its first test
  }
  const counts = fromNode(name, text, result.code, readFileSync(log, 'utf8'));
  if (result.timedOut) add(counts, failure(name, `ran past ${limitSeconds} s`));
  for (const one of counts.failures) one.log = log;
  return counts;
}

async function main(args) {
  let limitSeconds = kLimitSeconds;
  if (args[0] === '--limit') {
    limitSeconds = Number(args[1]);
    args = args.slice(2);
  }
  if (args.length === 0 || !(limitSeconds > 0)) {
    console.error('usage: tools/run_node_tests.mjs [--limit SECONDS] PATH…');
    return 2;
  }
  endChildrenOnSignals();
  const sum = await runNodeTests({ paths: args, limitSeconds });
  for (const one of sum.failures) console.log(`FAILED ${one.name}\n${one.message}\n  log: ${one.log}`);
  console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
  return sum.failed > 0 || executed(sum) === 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(await main(process.argv.slice(2)));
