// What becomes of native rooms when the machine's network changes. Needs a network namespace: root, or a kernel that lets users have
// one.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const kInNamespace = [['unshare', '-n'], ['unshare', '-Urn']];
const kTry = ['sh', '-c', 'ip link set lo up && ip link add v0 type veth peer name v1'];
const way = kInNamespace.find(([program, ...args]) => spawnSync(program, [...args, ...kTry]).status === 0);

test('a machine gets another address: no message is lost, and members are connected directly again', { skip: !way && 'no network namespace can be made here' }, () => {
  const [program, ...args] = way;
  const script = fileURLToPath(new URL('changing_network.mjs', import.meta.url));
  const result = spawnSync(program, [...args, process.execPath, script], { encoding: 'utf8', timeout: 60_000 });
  assert.equal(result.status, 0, result.stderr);
  const { marks, ms, story } = JSON.parse(result.stdout.trim().split('\n').at(-1));
  assert.deepEqual(marks, Array.from({ length: 20 }, (_, i) => i + 1));
  assert.ok(ms < 10_000, `${ms} ms`);
  assert.match(story.join('\n'), /path_relay[^]*path_direct[^]*path_relay[^]*path_direct/);
});
