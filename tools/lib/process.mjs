// Running other programs: output into a log, lines to whoever wants to know how far it is, and nothing left behind when we
// are asked to end. Every program gets a process group of its own, so that what it started ends with it.

import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const kGraceMs = 5_000;
const groups = new Set();
let stopping = false;

function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    // already gone
  }
}

/** Ends everything that run() started and that still runs. */
export function endAll(signal = 'SIGTERM') {
  for (const pid of groups) signalGroup(pid, signal);
}

/** Ctrl-C and kill end the programs too, and then us; the code follows the shells' custom of 128 + the signal's number. */
export function endChildrenOnSignals() {
  for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]]) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true; // from here on run() answers nobody: what was cut short has no result
      endAll('SIGTERM');
      const deadline = Date.now() + kGraceMs;
      setInterval(() => {
        if (groups.size > 0 && Date.now() < deadline) return;
        endAll('SIGKILL');
        console.error('\nparlor: interrupted');
        process.exit(code);
      }, 20);
    });
  }
}

// Linux shares processors between sessions first where it is told to (sched_autogroup): `nice` alone would count for nothing
// beside a command that was started here, too, as each has a session of its own.
function lowerGroup(pid, nice) {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(nice));
  } catch {
    // there are no such groups
  }
}

/**
 * Runs a program to its end.
 * @param {string[]} command the program and its arguments
 * @param {{log: string, append?: boolean, cwd?: string, env?: object, limitMs?: number, nice?: number,
 *          onLine?: (line: string) => void}} options `log` gets both outputs; `limitMs` is the longest it may take;
 *          `nice` lowers its priority, below that of other commands also where each is a group of its own to the scheduler
 * @returns {Promise<{code: number, timedOut: boolean, ms: number}>} code 127 where it could not be started, 128 + n after a signal
 */
export function run(command, { log, append = false, cwd, env = {}, limitMs, nice = 0, onLine } = {}) {
  const [program, ...args] = nice > 0 ? ['nice', '-n', String(nice), ...command] : command;
  mkdirSync(dirname(log), { recursive: true });
  const file = createWriteStream(log, { flags: append ? 'a' : 'w' });
  const start = Date.now();
  return new Promise((resolve) => {
    let timedOut = false;
    let limit;
    let kill;
    const child = spawn(program, args, {
      cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true,
    });
    if (child.pid) {
      groups.add(child.pid);
      if (nice > 0) lowerGroup(child.pid, nice);
    }
    const settle = (code) => {
      clearTimeout(limit);
      clearTimeout(kill);
      if (child.pid) {
        signalGroup(child.pid, 'SIGKILL'); // what it may have left running in its group
        groups.delete(child.pid);
      }
      file.end(() => {
        if (!stopping) resolve({ code, timedOut, ms: Date.now() - start });
      });
    };
    for (const stream of [child.stdout, child.stderr]) {
      const feed = lineFeeder(onLine);
      stream?.on('data', (chunk) => {
        file.write(chunk);
        feed(chunk);
      });
    }
    child.on('error', (error) => {
      file.write(`${program}: ${error.message}\n`);
      settle(127);
    });
    child.on('exit', () => {
      // A grandchild that holds the pipe open must not keep us waiting.
      setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, kGraceMs).unref();
    });
    child.on('close', (code, signal) => settle(signal ? 128 + (signal === 'SIGKILL' ? 9 : 15) : code ?? 1));
    if (limitMs) {
      limit = setTimeout(() => {
        timedOut = true;
        file.write(`\nparlor: ended after ${limitMs / 1000} s, the limit of this step\n`);
        signalGroup(child.pid, 'SIGTERM');
        kill = setTimeout(() => signalGroup(child.pid, 'SIGKILL'), kGraceMs);
      }, limitMs);
    }
  });
}

function lineFeeder(onLine) {
  if (!onLine) return () => {};
  let rest = '';
  return (chunk) => {
    const lines = (rest + chunk.toString('utf8')).split(/\r?\n|\r/);
    rest = lines.pop().slice(-4096);
    for (const line of lines) onLine(line);
  };
}
