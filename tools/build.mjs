#!/usr/bin/env node
// tools/build.mjs [--keep-going] PRESET [TARGET…]: builds a preset with one line of progress; the log is build/logs/build-PRESET.log.

import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from './lib/build.mjs';
import { endChildrenOnSignals } from './lib/process.mjs';
import { failureText, Screen } from './lib/ui.mjs';

const args = process.argv.slice(2);
const keepGoing = args[0] === '--keep-going';
const [preset, ...targets] = keepGoing ? args.slice(1) : args;
if (!preset) {
  console.error('usage: tools/build.mjs [--keep-going] PRESET [TARGET…]');
  process.exit(2);
}
endChildrenOnSignals();
const screen = new Screen();
const step = screen.begin(`Build: ${preset}`);
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const built = await build({ root, preset, targets, keepGoing, progress: step.progress });
step.end(built.ok ? 'ok' : 'FAILED', built.ok && built.actions === 0 ? 'nothing to do' : '');
if (!built.ok) screen.say(failureText(built.log));
process.exit(built.ok ? 0 : 1);
