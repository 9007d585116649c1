// The arithmetic of ./bench: targets, ratios, what was not measured, the table and the picture.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { chart } from '../../benchmarks/lib/chart.mjs';
import { figure, groups, judge, problems, table, targetText, verdict } from '../../benchmarks/lib/report.mjs';

const row = (subject, value, more = {}) => ({ work: 'echo', subject, metric: 'CPU per answer', value, unit: 'µs', better: 'lower', ...more });
const target = (more) => ({ work: 'echo', metric: 'CPU per answer', subject: 'parlor', ...more });
const rows = [row('parlor', 4), row('bare echo', 3.5), row('coturn', 9)];

test('a ratio is ours by theirs, and the limit itself still reaches', () => {
  const judged = judge(target({ against: 'bare echo', max_ratio: 1.25 }), rows);
  assert.equal(judged.actual, 4 / 3.5);
  assert.equal(judged.limit, 1.25 * 3.5);
  assert.equal(judged.reached, true);
  assert.equal(judge(target({ against: 'coturn', max_ratio: 0.4 }), rows).reached, false);
  assert.equal(judge(target({ against: 'coturn', max_ratio: 4 / 9 }), rows).reached, true);
});

test('min_ratio asks for more, not for less', () => {
  const fast = [row('parlor', 900, { better: 'higher' }), row('ws', 400, { better: 'higher' })];
  assert.equal(judge(target({ against: 'ws', min_ratio: 2 }), fast).reached, true);
  assert.equal(judge(target({ against: 'ws', min_ratio: 3 }), fast).reached, false);
});

test('an absolute target is held against the value', () => {
  assert.equal(judge(target({ max: 4 }), rows).reached, true);
  assert.equal(judge(target({ max: 3.9 }), rows).reached, false);
  assert.equal(judge(target({ min: 4.1 }), rows).reached, false);
});

test('what was not measured is neither reached nor missed', () => {
  assert.equal(judge(target({ against: 'nobody', max_ratio: 1 }), rows).reached, undefined);
  assert.equal(judge(target({ max: 1, subject: 'nobody' }), rows).reached, undefined);
  assert.equal(judge(target({ max: 1, work: 'other' }), rows).reached, undefined);
  assert.equal(judge(target({ max: 1, metric: 'memory' }), rows).reached, undefined);
});

test('the verdict counts each once', () => {
  const judged = [{ max: 4 }, { max: 3 }, { against: 'nobody', max_ratio: 1 }].map((one) => judge(target(one), rows));
  assert.equal(verdict(judged), '1 of 3 targets reached, 1 missed, 1 not measured');
  assert.equal(verdict([judged[0]]), '1 of 1 targets reached');
});

test('ours is whom the target is about, else who is called parlor', () => {
  const own = [row('the cubes', 3), row('JSON', 100)];
  assert.equal(groups(own, [judge(target({ subject: 'the cubes', max: 5 }), own)])[0].ours.subject, 'the cubes');
  assert.equal(groups(rows, [])[0].ours.subject, 'parlor');
});

test('the table shows ratios to ours, every target once, and what is missing', () => {
  const judged = [{ against: 'bare echo', max_ratio: 1.25 }, { against: 'coturn', max_ratio: 0.4 }].map((one) => judge(target(one), rows));
  judged.push(judge(target({ work: 'never ran', max: 8 }), rows));
  const text = table(rows, judged, [{ work: 'echo', subject: 'PeerServer', reason: 'not installed' }]).join('\n');
  assert.match(text, /echo: CPU per answer +parlor +4\.00 µs +≤ 1\.25 × bare echo +yes \(1\.14 ×\)/);
  assert.match(text, /≤ 0\.4 × coturn +NO \(0\.444 ×\)/);
  assert.match(text, /coturn +9\.00 µs +2\.25 ×/);
  assert.match(text, /never ran: CPU per answer +parlor +– +≤ 8 +not measured/);
  assert.match(text, /PeerServer +– +skipped: not installed/);
});

test('the table shows the range of what is the median of several rounds', () => {
  const several = [row('parlor', 34, { range: [31.24, 40] }), row('raw', 22.8, { range: [20, 1234] })];
  const text = table(several, [judge(target({ against: 'raw', max_ratio: 1.6 }), several)]).join('\n');
  assert.match(text, /parlor +34\.0 µs \(31\.2–40\.0\) +≤ 1\.6 × raw/);
  assert.match(text, /raw +22\.8 µs \(20\.0–1,234\) +0\.671 ×/);
});

test('answers that are no answers are named', () => {
  assert.deepEqual(problems({ rows, targets: [target({ max: 1 })] }), []);
  assert.equal(problems({}).length, 1);
  assert.equal(problems({ rows: [row('parlor', NaN)], targets: [] }).length, 1);
  assert.equal(problems({ rows: [row('parlor', 1, { better: 'faster' })], targets: [] }).length, 1);
  assert.equal(problems({ rows: [row('', 1)], targets: [] }).length, 1);
  assert.equal(problems({ rows: [row('parlor', 1, { range: [2, 3] })], targets: [] }).length, 1);
  assert.equal(problems({ rows: [row('parlor', 1, { range: [0, NaN] })], targets: [] }).length, 1);
  assert.equal(problems({ rows, targets: [target({})] }).length, 1);
  assert.equal(problems({ rows, targets: [target({ max_ratio: 1 })] }).length, 1);
  assert.equal(problems({ rows, targets: [target({ max: 1, min: 1 })] }).length, 1);
});

test('figures have three digits that mean something', () => {
  assert.deepEqual([0, 0.01234, 0.5, 4, 12.34, 123.4, 8192, 1234567].map(figure),
    ['0', '0.0123', '0.500', '4.00', '12.3', '123', '8,192', '1,234,567']);
  assert.equal(targetText(target({ max: 8192 }), 'bytes'), '≤ 8,192 bytes');
});

test('the picture is well-formed, with a bar for every row and a mark for every target', () => {
  const judged = [{ against: 'bare echo', max_ratio: 1.25 }, { max: 5 }].map((one) => judge(target(one), rows));
  const svg = chart([...rows, row('<odd> & "name"', 1)], judged, 'a machine');
  assert.equal((svg.match(/<rect [^>]*class="(ours|other)"/g) ?? []).length, 4);
  assert.equal((svg.match(/class="ours"/g) ?? []).length, 1);
  assert.equal((svg.match(/class="mark"/g) ?? []).length, 2);
  assert.match(svg, /&lt;odd&gt; &amp; &quot;name&quot;/);
  assert.doesNotMatch(svg, /NaN|undefined|Infinity/);
});
