// ./test runs every test there is: a folder of tests that belongs to no step would never be run.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

function testFolders(folder) {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  const own = entries.some((one) => one.isFile() && one.name.endsWith('.test.mjs')) ? [folder] : [];
  return own.concat(...entries.filter((one) => one.isDirectory()).map((one) => testFolders(`${folder}/${one.name}`)));
}

test('each folder of tests belongs to a step', () => {
  const steps = [...readFileSync(join(root, 'tools', 'test.mjs'), 'utf8').matchAll(/^ {2}nodeStep\(.*?'(tests\/\w+)'/gm)].map((one) => one[1]);
  const folders = testFolders('tests');
  assert.ok(folders.length > 5, String(folders));
  assert.deepEqual(folders.filter((one) => !steps.includes(one)), []);
});
