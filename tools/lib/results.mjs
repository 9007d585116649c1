// What the test runners left behind, as counts: {passed, failed, skipped, failures: [{name, message}]}.

import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';

export function noResults() {
  return { passed: 0, failed: 0, skipped: 0, failures: [] };
}

/** Adds `more` to `sum` and returns it. */
export function add(sum, more) {
  sum.passed += more.passed;
  sum.failed += more.failed;
  sum.skipped += more.skipped;
  sum.failures.push(...more.failures);
  return sum;
}

export function failure(name, message) {
  return { passed: 0, failed: 1, skipped: 0, failures: [{ name, message }] };
}

export function executed({ passed, failed }) {
  return passed + failed;
}

/** Counts of one file that GoogleTest wrote with --gtest_output=json. Disabled tests count as skipped. */
export function fromGtest(json) {
  const sum = noResults();
  for (const suite of json.testsuites ?? []) {
    for (const test of suite.testsuite ?? []) {
      if (test.failures?.length > 0) {
        const message = test.failures.map((f) => f.failure).join('\n');
        add(sum, failure(`${suite.name}.${test.name}`, message));
      } else if (test.status === 'NOTRUN' || test.result === 'SKIPPED') {
        ++sum.skipped;
      } else {
        ++sum.passed;
      }
    }
  }
  return sum;
}

/** What ctest ran: name, whether it was well, and its output, from --output-junit. */
export function fromJunit(xml) {
  const tests = [];
  for (const match of xml.matchAll(/<testcase\b([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)) {
    const name = unescapeXml(/\bname="([^"]*)"/.exec(match[1])?.[1] ?? '?');
    const status = /\bstatus="([^"]*)"/.exec(match[1])?.[1] ?? '';
    const output = unescapeXml(/<system-out>([\s\S]*?)<\/system-out>/.exec(match[2] ?? '')?.[1] ?? '');
    tests.push({ name, outcome: status === 'run' ? 'passed' : status === 'fail' ? 'failed' : 'skipped', output });
  }
  return tests;
}

function unescapeXml(text) {
  return text.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&apos;/g, "'").replace(/&amp;/g, '&');
}

/** Removes what an earlier run left, so that a test program that dies is not counted by its old results. */
export function forgetCtest(folder) {
  rmSync(join(folder, 'results'), { recursive: true, force: true });
  rmSync(join(folder, 'junit.xml'), { force: true });
}

/**
 * Counts of a ctest run in `folder`: every test case of the programs that wrote results/<name>.json, one for each other
 * ctest test. A program that failed without a failed test case of its own (a crash, a sanitizer's word) is one failure.
 */
export function fromCtest(folder) {
  const sum = noResults();
  const junit = join(folder, 'junit.xml');
  if (!existsSync(junit)) return failure('ctest', 'ctest left no results');
  for (const test of fromJunit(readFileSync(junit, 'utf8'))) {
    const file = join(folder, 'results', `${test.name}.json`);
    const counts = existsSync(file) ? fromGtest(JSON.parse(readFileSync(file, 'utf8'))) : noResults();
    if (test.outcome === 'failed' && counts.failed === 0) {
      add(counts, failure(test.name, `ended badly:\n${test.output.split('\n').slice(-60).join('\n')}`));
    } else if (test.outcome === 'skipped') {
      ++counts.skipped;
    } else if (!existsSync(file)) {
      ++counts.passed;
    } else if (executed(counts) === 0) {
      add(counts, failure(test.name, 'ran no test at all'));
    }
    for (const one of counts.failures) one.name = one.name.startsWith(test.name) ? one.name : `${test.name}: ${one.name}`;
    add(sum, counts);
  }
  return sum;
}

/** Counts of one test file from the lines of node_reporter.mjs and the exit code of its process. */
export function fromNode(file, text, code, output = '') {
  const sum = noResults();
  for (const line of text.split('\n')) {
    if (!line.endsWith('}')) continue; // the last line of a process that was ended while it wrote
    const leaf = JSON.parse(line);
    if (leaf.outcome === 'failed') add(sum, failure(`${file}: ${leaf.name}`, leaf.message));
    else ++sum[leaf.outcome];
  }
  const last = output.split('\n').slice(-40).join('\n');
  if (code !== 0 && sum.failed === 0) add(sum, failure(file, `ended with code ${code}\n${last}`));
  if (code === 0 && executed(sum) === 0 && sum.skipped === 0) add(sum, failure(file, 'ran no test at all'));
  return sum;
}

/** The *.test.mjs files below a folder, in order. */
export function testFiles(folder) {
  if (!existsSync(folder)) return [];
  const files = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== 'node_modules') files.push(...testFiles(path));
    else if (entry.name.endsWith('.test.mjs')) files.push(path);
  }
  return files.sort((a, b) => basename(a).localeCompare(basename(b)));
}
