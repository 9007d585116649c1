// Counts are right, and a run that dies, shows nothing or leaves old results behind is never taken for success.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { Leaves } from '../../tools/lib/node_reporter.mjs';
import { forgetCtest, fromCtest, fromGtest, fromJunit, fromNode } from '../../tools/lib/results.mjs';
import { runNodeTests } from '../../tools/run_node_tests.mjs';

const gtest = (...tests) => ({ testsuites: [{ name: 'Suite', testsuite: tests }] });
const good = { name: 'Good', status: 'RUN', result: 'COMPLETED' };
const bad = { name: 'Bad', status: 'RUN', result: 'COMPLETED', failures: [{ failure: 'a.cpp:1\nExpected 1' }] };

function folder(t) {
  const path = mkdtempSync(join(tmpdir(), 'parlor-results-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  mkdirSync(join(path, 'results'));
  return path;
}

const junit = (...cases) => `<?xml version="1.0"?><testsuite>${cases.join('')}</testsuite>`;
const ran = (name) => `<testcase name="${name}" classname="${name}" time="0.1" status="run"><system-out>fine</system-out></testcase>`;
const broke = (name, out) => `<testcase name="${name}" status="fail"><failure message=""/><system-out>${out}</system-out></testcase>`;

test('GoogleTest: passed, failed, disabled and skipped are told apart', () => {
  const counts = fromGtest(gtest(good, bad, { name: 'Off', status: 'NOTRUN' }, { name: 'Skip', status: 'RUN', result: 'SKIPPED' }));
  assert.deepEqual([counts.passed, counts.failed, counts.skipped], [1, 1, 2]);
  assert.equal(counts.failures[0].name, 'Suite.Bad');
  assert.match(counts.failures[0].message, /Expected 1/);
});

test('ctest: every test case of every program counts', (t) => {
  const path = folder(t);
  writeFileSync(join(path, 'junit.xml'), junit(ran('base'), ran('check_layers')));
  writeFileSync(join(path, 'results', 'base.json'), JSON.stringify(gtest(good, good)));
  const counts = fromCtest(path);
  assert.deepEqual([counts.passed, counts.failed], [3, 0]);
});

test('ctest: a program that dies before it writes its results is a failure', (t) => {
  const path = folder(t);
  writeFileSync(join(path, 'junit.xml'), junit(broke('base', 'ERROR: AddressSanitizer &lt;x&gt;')));
  const counts = fromCtest(path);
  assert.equal(counts.failed, 1);
  assert.match(counts.failures[0].message, /AddressSanitizer <x>/);
});

test('ctest: a program that dies after its tests were well is a failure', (t) => {
  const path = folder(t);
  writeFileSync(join(path, 'junit.xml'), junit(broke('base', 'LeakSanitizer')));
  writeFileSync(join(path, 'results', 'base.json'), JSON.stringify(gtest(good)));
  const counts = fromCtest(path);
  assert.deepEqual([counts.passed, counts.failed], [1, 1]);
});

test('ctest: a program without a test is a failure', (t) => {
  const path = folder(t);
  writeFileSync(join(path, 'junit.xml'), junit(ran('base')));
  writeFileSync(join(path, 'results', 'base.json'), JSON.stringify(gtest()));
  assert.equal(fromCtest(path).failed, 1);
});

test('ctest: without results there is a failure, and old ones are forgotten', (t) => {
  const path = folder(t);
  writeFileSync(join(path, 'junit.xml'), junit(ran('base')));
  forgetCtest(path);
  assert.equal(fromCtest(path).failed, 1);
});

test('ctest: names and outputs come out of the XML as they were', () => {
  assert.deepEqual(fromJunit(junit(broke('a&amp;b', '1 &lt; 2'))), [{ name: 'a&b', outcome: 'failed', output: '1 < 2' }]);
});

test('Node.js: a file that ends badly without a failed test is a failure', () => {
  assert.equal(fromNode('a', '', 1, 'SyntaxError').failed, 1);
  assert.equal(fromNode('a', '{"name":"x","outcome":"passed"}\n', 1).failed, 1);
  assert.equal(fromNode('a', '', 0).failed, 1);
  assert.equal(fromNode('a', '{"name":"x","outcome":"passed"}\n{"name":"y","outc', 0).passed, 1);
});

test('Node.js: only leaves count, a parent only for a failure of its own', () => {
  const leaves = new Leaves();
  const events = [
    ['test:pass', { nesting: 1, name: 'inner' }], ['test:pass', { nesting: 0, name: 'outer' }],
    ['test:fail', { nesting: 1, name: 'inner bad', details: { error: new Error('x') } }],
    ['test:fail', { nesting: 0, name: 'outer bad', details: { error: new Error('y') } }],
    ['test:pass', { nesting: 1, name: 'well' }],
    ['test:fail', { nesting: 0, name: 'hook failed', details: { error: new Error('z') } }],
    ['test:pass', { nesting: 0, name: 'empty suite', details: { type: 'suite' } }],
    ['test:pass', { nesting: 0, name: 'skipped', skip: 'why' }],
  ];
  const seen = events.map(([type, data]) => leaves.take(type, data)).filter(Boolean).map(({ name, outcome }) => `${name} ${outcome}`);
  assert.deepEqual(seen, ['inner passed', 'inner bad failed', 'well passed', 'hook failed failed', 'skipped skipped']);
});

test('Node.js: a real file is run and counted, one that hangs is ended', { timeout: 60_000 }, async (t) => {
  const path = folder(t);
  writeFileSync(join(path, 'a.test.mjs'), `
    import { describe, it, test } from 'node:test';
    test('one', () => {});
    test('two', async (t) => { await t.test('a', () => {}); await t.test('b', () => { throw new Error('no'); }); });
    describe('three', () => { it('c', () => {}); it('d', { skip: true }, () => {}); });
  `);
  writeFileSync(join(path, 'b.test.mjs'), 'import "./nowhere.mjs";\n');
  writeFileSync(join(path, 'c.test.mjs'), 'setInterval(() => {}, 1000);\n');
  const counts = await runNodeTests({ paths: [path], limitSeconds: 5 });
  assert.deepEqual([counts.passed, counts.skipped], [3, 1]);
  const names = counts.failures.map((one) => `${one.name}: ${one.message}`).join('\n');
  assert.match(names, /a\.test\.mjs: b:/);
  assert.match(names, /b\.test\.mjs: ended with code/);
  assert.match(names, /c\.test\.mjs: ran past 5 s/);
});

test('files that mostly wait run two at a time, behind the others', async (t) => {
  const path = folder(t);
  const said = join(path, 'said');
  const file = (name, waits) => writeFileSync(join(path, `${name}.test.mjs`), `${waits ? '// Mostly waits: for the other one.\n' : ''}
    import { appendFileSync, readFileSync } from 'node:fs';
    import { test } from 'node:test';
    test('x', async () => {
      appendFileSync(${JSON.stringify(said)}, '${name} ');
      const deadline = Date.now() + 10000;
      while (${waits} && !/b [^]*c |c [^]*b /.test(readFileSync(${JSON.stringify(said)}, 'utf8'))) {
        if (Date.now() > deadline) throw new Error('alone');
        await new Promise((next) => setTimeout(next, 20));
      }
    });
  `);
  file('b', true);
  file('c', true);
  file('d', false);
  const counts = await runNodeTests({ paths: [path], limitSeconds: 20 });
  assert.deepEqual([counts.passed, counts.failed], [3, 0]);
  assert.match(readFileSync(said, 'utf8'), /^d /);
});
