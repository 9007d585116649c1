// The folder in which tools/fresh_machine.sh makes a machine: what lies there is run as root.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const kNobody = 65534;

/// Runs it with a debootstrap that makes nothing and says that it was asked.
function make(folder, dir) {
  const asked = join(folder, 'asked');
  writeFileSync(join(folder, 'debootstrap'), `#!/bin/sh\ntouch '${asked}'\nexit 1\n`);
  chmodSync(join(folder, 'debootstrap'), 0o755);
  const { status, stderr } = spawnSync(join(root, 'tools/fresh_machine.sh'), ['--dir', dir, 'true'],
    { encoding: 'utf8', timeout: 60_000, env: { ...process.env, PATH: `${folder}:${process.env.PATH}` } });
  return { status, stderr, went_on: existsSync(asked) };
}

test('a machine is made in a folder of our own only', { skip: process.getuid() !== 0 && 'needs root' }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'parlor-machine-'));
  try {
    const theirs = join(folder, 'theirs');
    mkdirSync(theirs);
    chownSync(theirs, kNobody, kNobody);
    mkdirSync(join(folder, 'elsewhere'));
    symlinkSync('elsewhere', join(folder, 'link'));
    for (const dir of [theirs, join(folder, 'link'), `${join(folder, 'link')}/`]) {
      const { status, stderr, went_on } = make(folder, dir);
      assert.equal(went_on, false, dir);
      assert.equal(status, 1);
      assert.match(stderr, /is a link or belongs to another user/);
    }
    const ours = join(folder, 'deep/ours');
    assert.equal(make(folder, ours).went_on, true);
    assert.equal(statSync(ours).mode & 0o777, 0o700);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
