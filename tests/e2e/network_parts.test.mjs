// The parts of the network panel that need no browser.
// Mostly waits: runs beside another such file.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inWords } from '../../games/cubes/page/conditioner.mjs';
import { History, kWindowMs, pathSpans, summary } from '../../games/cubes/page/history.mjs';
import { linkQuality } from '../../games/cubes/page/link_quality.mjs';
import { niceScale } from '../../games/cubes/page/netgraph.mjs';
import { bitsPerSecond, bytesPerSecond, metres, milliseconds, share } from '../../games/cubes/page/units.mjs';

/// A report at so many milliseconds, of members as Game::network() has them.
const report = (now_ms, members, path_changes = []) => ({ now_ms, members, path_changes, story: [] });
const bob = (values = {}) => ({ id: 2, name: 'Bob', away: 0, path: 'direct', corrections: 0, corrected_m: 0, ahead_ms: 0, ...values });

test('the graphs show what a counter grew by, not what it was when somebody first looked', () => {
  const history = new History();
  history.add(report(1000, [bob({ corrections: 40, corrected_m: 2, ahead_ms: 900 })]));
  history.add(report(1250, [bob({ corrections: 42, corrected_m: 2.1, ahead_ms: 1000 })]));
  const [first, second] = history.member(2).samples;
  assert.deepEqual([first.corrections, first.correction, first.ahead], [0, undefined, 0]);
  assert.deepEqual([second.corrections, second.ahead], [2, 0.4]);
  assert.ok(Math.abs(second.correction - 0.05) < 1e-9);
});

test('a minute is kept, however long it goes on', () => {
  const history = new History();
  for (let now = 0; now < 5 * kWindowMs; now += 250) history.add(report(now, [bob()], [{ at_ms: now, id: 2, from: 'direct', to: 'relay' }]));
  const { samples, changes } = history.member(2);
  assert.ok(samples.length <= kWindowMs / 250 + 2, `${samples.length}`);
  assert.ok(samples[0].at >= 4 * kWindowMs - 500);
  assert.ok(changes.length <= 64);
});

test('who left is forgotten', () => {
  const history = new History();
  history.add(report(0, [bob()]));
  history.add(report(250, []));
  assert.equal(history.member(2), undefined);
  assert.equal(history.worst(), undefined);
});

test('the worst is who has no way, else the slowest, and nobody who is away', () => {
  const history = new History();
  const worst = (...members) => {
    history.add(report(0, members));
    return history.worst().name;
  };
  const ada = (values) => bob({ id: 1, name: 'Ada', ...values });
  assert.equal(worst(ada({ round_trip_ms: 20 }), bob({ round_trip_ms: 90 })), 'Bob');
  assert.equal(worst(ada({ path: 'none' }), bob({ round_trip_ms: 900 })), 'Ada');
  assert.equal(worst(ada({ round_trip_ms: 20 }), bob({ path: 'none', away: 1 })), 'Ada');
  assert.equal(worst(ada({ round_trip_ms: 20, loss: 0.2 }), bob({ round_trip_ms: 200 })), 'Ada');
});

test('the time line of ways begins with the one before the first change', () => {
  const samples = [{ at: 10_000, path: 'direct' }, { at: 30_000, path: 'direct' }];
  const changes = [{ at: 15_000, from: 'direct', to: 'relay' }, { at: 20_000, from: 'relay', to: 'direct' }];
  assert.deepEqual(pathSpans({ samples, changes }, 30_000), [
    { from: 10_000, until: 15_000, path: 'direct' },
    { from: 15_000, until: 20_000, path: 'relay' },
    { from: 20_000, until: 30_000, path: 'direct' },
  ]);
  assert.deepEqual(pathSpans({ samples, changes: [] }, 30_000), [{ from: 10_000, until: 30_000, path: 'direct' }]);
});

test('a summary leaves out what was not measured', () => {
  assert.deepEqual(summary([{ a: 1 }, {}, { a: 3 }], 'a'), { least: 1, most: 3, sum: 4, mean: 2 });
  assert.equal(summary([{}], 'a'), undefined);
});

test('bars tell a quick way from a slow one, a lossy one, one by a server, and none', () => {
  const bars = (link) => linkQuality(link).bars;
  assert.deepEqual([20, 120, 200, 500].map((rtt) => bars({ path: 'direct', rtt })), [4, 3, 2, 1]);
  assert.equal(bars({ path: 'direct', rtt: 20, loss: 0.3 }), 1);
  assert.equal(bars({ path: 'relay', rtt: 20 }), 3);
  assert.equal(bars({ path: 'none' }), 0);
  assert.equal(bars({ path: 'direct', rtt: 20, away: 1 }), 0);
  assert.equal(linkQuality({ path: 'relay', rtt: 120.4, loss: 0.062 }).words, 'Connection fair: round trip 120 ms, 6 % lost, through the Parlor server');
  assert.match(linkQuality({ path: 'direct' }).words, /not measured yet/);
});

test('values are said as people read them, and what is not measured is a dash', () => {
  assert.deepEqual([undefined, 0, 0.2, 12.4, 999, 1234].map(milliseconds), ['–', '0 ms', '<1 ms', '12 ms', '999 ms', '1.2 s']);
  assert.deepEqual([undefined, 0, 0.0004, 0.003, 0.25].map(share), ['–', '0 %', '<0.1 %', '0.3 %', '25 %']);
  assert.deepEqual([undefined, 42, 1500, 2.5e6].map(bytesPerSecond), ['–', '42 B/s', '1.5 kB/s', '2.5 MB/s']);
  assert.deepEqual([undefined, 0.0042, 0.035, 0.25, 2.5].map(metres), ['–', '4.2 mm', '35 mm', '25 cm', '2.5 m']);
  assert.deepEqual([64_000, 187_500, 2_500_000].map(bitsPerSecond), ['512 kbit/s', '1.5 Mbit/s', '20 Mbit/s']);
  assert.deepEqual([0.03, 7, 10, 130].map(niceScale), [0.05, 10, 10, 200]);
});

test('what is on is said in words, and only what is', () => {
  const none = { delay_ms: 0, jitter_ms: 0, loss: 0, duplicate: 0, rate: 0 };
  assert.equal(inWords({ ...none, delay_ms: 60, loss: 0.03, rate: 187_500 }), '60 ms delay, 3 % loss, 1.5 Mbit/s');
  assert.equal(inWords({ ...none, stalls: true }), 'stalls');
  assert.equal(inWords(none), '');
});
