// The long run of seeds: which tests take them, and that every seed is in exactly one chunk.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { chunksOf, seededTests, shares } from '../../tools/seeds.mjs';

test('the tests that take seeds are those that say so', () => {
  const json = {
    testsuites: [
      { name: 'A', testsuite: [{ name: 'Plain' }, { name: 'Seeded', seeds: '300' }] },
      { name: 'B', testsuite: [{ name: 'Too', seeds: '5' }] },
    ],
  };
  assert.deepEqual(seededTests(json), [
    { name: 'A.Seeded', seeds: 300 },
    { name: 'B.Too', seeds: 5 },
  ]);
  assert.deepEqual(seededTests({}), []);
});

test('the seeds are divided among the tests as these divide their own, and each has one at least', () => {
  const tests = [
    { name: 'two', seeds: 800 },
    { name: 'three', seeds: 194 },
    { name: 'eight', seeds: 6 },
  ];
  const counts = (count) => shares(tests, count).map((test) => test.count);
  assert.deepEqual(counts(100_000), [80_000, 19_400, 600]);
  assert.deepEqual(counts(1000), [800, 194, 6]);
  assert.deepEqual(counts(1), [1, 1, 1]);
  for (const count of [3, 10, 101, 12_345]) assert.equal(counts(count).reduce((a, b) => a + b) - count >= 0, true);
});

test('chunks hold every seed once', () => {
  for (const count of [1, 7, 100, 101, 100_000]) {
    const chunks = chunksOf({ name: 'A.Seeded', count });
    let next = 0;
    for (const chunk of chunks) {
      assert.equal(chunk.name, 'A.Seeded');
      assert.equal(chunk.skip, next);
      assert.equal(chunk.count > 0 && chunk.count <= 1000, true);
      next += chunk.count;
    }
    assert.equal(next, count);
  }
});
