// Configuring and building a CMake preset, with ninja's count as progress.

import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';

import { run } from './process.mjs';

const kBytesPerCompiler = 1.5 * 2 ** 30;

/** How many compilers at once: one per core, as far as memory goes. */
export function jobs() {
  return Math.max(1, Math.min(cpus().length, Math.floor(totalmem() / kBytesPerCompiler)));
}

/** ninja's "[12/340] Building CXX object src/base/…/x.cpp.o" as "12/340 x.cpp.o", undefined for any other line. */
export function ninjaProgress(line) {
  const match = /^\[(\d+)\/(\d+)\] (.*)$/.exec(line);
  if (!match) return undefined;
  const what = match[3].split(' ').pop().split('/').pop();
  return `${match[1]}/${match[2]} ${what}`;
}

// A build folder made in another place or before the presets changed is configured again; one that was moved, from nothing.
function configured(root, preset) {
  const folder = join(root, 'build', preset);
  const cache = join(folder, 'CMakeCache.txt');
  if (!existsSync(cache)) return false;
  const home = /^CMAKE_HOME_DIRECTORY:INTERNAL=(.*)$/m.exec(readFileSync(cache, 'utf8'))?.[1];
  if (home !== root) {
    rmSync(folder, { recursive: true, force: true });
    return false;
  }
  const ninja = join(folder, 'build.ninja');
  return existsSync(ninja) && statSync(ninja).mtimeMs > statSync(join(root, 'CMakePresets.json')).mtimeMs;
}

/**
 * Builds targets of a preset (all of them where none is named).
 * @returns {Promise<{ok: boolean, log: string, ms: number, actions: number}>} actions: what ninja had to do
 */
export async function build({ root, preset, targets = [], nice = 0, keepGoing = false, progress = () => {} }) {
  const log = join(root, 'build', 'logs', `build-${preset}.log`);
  const start = Date.now();
  let actions = 0;
  const onLine = (line) => {
    const text = ninjaProgress(line);
    if (!text) return;
    ++actions;
    progress(text);
  };
  let append = false;
  if (!configured(root, preset)) {
    progress('configuring');
    const result = await run(['cmake', '--preset', preset], { log, cwd: root, nice });
    if (result.code !== 0) return { ok: false, log, ms: Date.now() - start, actions };
    append = true;
  }
  const command = ['cmake', '--build', '--preset', preset, '-j', String(jobs())];
  if (targets.length > 0) command.push('--target', ...targets);
  if (keepGoing) command.push('--', '-k', '0');
  const result = await run(command, { log, append, cwd: root, nice, onLine, env: { NINJA_STATUS: '[%f/%t] ' } });
  return { ok: result.code === 0, log, ms: Date.now() - start, actions };
}
