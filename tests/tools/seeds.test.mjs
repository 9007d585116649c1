// The long run of seeds: which tests take them, and that every seed is in exactly one chunk.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { chunksOf, seededTests } from '../../tools/seeds.mjs';

test('the tests that take seeds are those that say so', () => {
  const json = {
    testsuites: [
      { name: 'A', testsuite: [{ name: 'Plain' }, { name: 'Seeded', seeds: '300' }] },
      { name: 'B', testsuite: [{ name: 'Too', seeds: '5' }] },
    ],
  };
  assert.deepEqual(seededTests(json), ['A.Seeded', 'B.Too']);
  assert.deepEqual(seededTests({}), []);
});

test('chunks hold every seed once', () => {
  for (const count of [1, 7, 100, 101, 100_000]) {
    const chunks = chunksOf(count);
    let next = 0;
    for (const chunk of chunks) {
      assert.equal(chunk.skip, next);
      assert.equal(chunk.count > 0 && chunk.count <= 1000, true);
      next += chunk.count;
    }
    assert.equal(next, count);
  }
});
