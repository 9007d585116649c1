// Steps wait for what they need, share the machine by lanes, and what cannot be run is said.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { schedule, select } from '../../tools/lib/schedule.mjs';

const well = { passed: 1, failed: 0, skipped: 0, failures: [] };

/** Runs steps {id, lane, needs, result} and tells in which order they began and ended. */
async function trace(steps) {
  const order = [];
  const waiting = new Map();
  const real = steps.map((step) => ({
    ...step,
    run: () => new Promise((resolve) => waiting.set(step.id, () => resolve(step.result ?? well))),
  }));
  const done = schedule(real, {
    begin: (step) => order.push(`+${step.id}`) && { progress() {} },
    end: (step) => order.push(`-${step.id}`),
  });
  const finish = async (id) => {
    waiting.get(id)();
    for (let i = 0; i < 20; ++i) await Promise.resolve();
  };
  return { order, finish, done };
}

test('a build and a test run side by side, two builds do not', async () => {
  const { order, finish, done } = await trace([
    { id: 'b1', lane: 'build' }, { id: 'b2', lane: 'build' }, { id: 't1', needs: ['b1'] }, { id: 't0' },
  ]);
  assert.deepEqual(order, ['+b1', '+t0']);
  await finish('b1');
  assert.deepEqual(order, ['+b1', '+t0', '-b1', '+b2']);
  await finish('t0');
  assert.deepEqual(order.slice(4), ['-t0', '+t1']);
  await finish('t1');
  await finish('b2');
  assert.equal((await done).size, 4);
});

test('what needs a broken step is not run, nor what needs that', async () => {
  const { finish, done } = await trace([
    { id: 'b', lane: 'build', result: { ...well, failed: 1, broken: true } }, { id: 't', needs: ['b'] }, { id: 'u', needs: ['t'] }, { id: 'v' },
  ]);
  await finish('b');
  await finish('v');
  const results = await done;
  assert.equal(results.get('t').notRun, 'b');
  assert.equal(results.get('u').notRun, 't');
  assert.equal(results.get('v').passed, 1);
});

test('a failed test step does not stop what needs its build', async () => {
  const { finish, done } = await trace([{ id: 'a', result: { ...well, failed: 1 } }, { id: 'b', needs: ['a'] }]);
  await finish('a');
  await finish('b');
  assert.equal((await done).get('b').passed, 1);
});

test('steps that wait for each other are an error', async () => {
  await assert.rejects(schedule([{ id: 'a', needs: ['b'] }, { id: 'b', needs: ['a'] }], {}), /wait for each other/);
});

test('naming a step brings what it needs', () => {
  const steps = [{ id: 'a' }, { id: 'b', needs: ['a'] }, { id: 'c', needs: ['b'] }, { id: 'd' }];
  assert.deepEqual(select(steps, ['c']).chosen.map((step) => step.id), ['a', 'b', 'c']);
  assert.deepEqual(select(steps, []).chosen.length, 4);
  assert.deepEqual(select(steps, ['x']).unknown, ['x']);
});
