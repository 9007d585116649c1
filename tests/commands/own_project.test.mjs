// A project of one's own that tests its netcode in `sim`, made as docs/sim.md says, in a folder outside of the checkout.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { jobs } from '../../tools/lib/build.mjs';
import { run } from '../../tools/lib/process.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const kBuildMs = 300_000;

test('the project of docs/sim.md builds, and its test passes', { timeout: kBuildMs }, async () => {
  const example = readFileSync(join(root, 'docs', 'sim.md'), 'utf8').split('\n## An example\n')[1].split('\n## ')[0];
  const block = (language) => new RegExp('^```' + language + '\\n([^]*?)^```$', 'm').exec(example)[1];
  const around = mkdtempSync(join(tmpdir(), 'parlor-own-project-'));
  try {
    symlinkSync(root, join(around, 'parlor'));
    const folder = join(around, 'my_netcode');
    mkdirSync(folder);
    writeFileSync(join(folder, 'CMakeLists.txt'), block('cmake'));
    writeFileSync(join(folder, 'my_netcode_test.cpp'), block('cpp'));
    const log = join(root, 'build', 'logs', 'own-project.log');
    const { code } = await run(['sh', '-eu', '-c', block('sh')],
      { log, cwd: folder, env: { CMAKE_BUILD_PARALLEL_LEVEL: String(jobs()) }, limitMs: kBuildMs });
    const said = readFileSync(log, 'utf8').split('\n').slice(-30).join('\n');
    assert.equal(code, 0, said);
    assert.match(said, /\[  PASSED  \] [1-9]\d* tests?\./);
  } finally {
    rmSync(around, { recursive: true, force: true });
  }
});
