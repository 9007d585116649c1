// Starts the real `parlor serve` for tests, on free ports of loopback, and ends it by its pid.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const kReadyMs = 20_000;
const kStopMs = 15_000;

/// The program under test: PARLOR_BIN, else what the preset `release` built.
export function parlorPath() {
  const path = process.env.PARLOR_BIN ?? join(root, 'build/release/bin/parlor');
  if (!existsSync(path)) throw new Error(`no program at ${path}: cmake --build --preset release, or set PARLOR_BIN`);
  return path;
}

/// The environment without what would configure the program from outside.
export function cleanEnv(extra = {}) {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PARLOR_')));
  return { ...env, ...extra };
}

/// Runs the program to its end: { code, stdout, stderr }.
export async function runParlor(args, { env = {}, timeoutMs = 10_000 } = {}) {
  const child = spawn(parlorPath(), args, { env: cleanEnv(env), stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) child[name].setEncoding('utf8').on('data', (text) => { said[name] += text; });
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  const code = await new Promise((resolve) => child.once('close', resolve));
  clearTimeout(timer);
  return { code, ...said };
}

/// A server that is ready: { url, host, port, urls, stun, pid, log(), stop(), kill() }. `args` come after our own, `state` and
/// `pages` name folders (pages default to what the build made, state to one of its own; null: the option is not given); `openFiles` lowers the limit of open files.
export async function startServer({ args = [], env = {}, pages, state, listen = ['127.0.0.1:0'], stun = ['127.0.0.1:0'], openFiles } = {}) {
  const ownState = state === null ? undefined : state ?? mkdtempSync(join(tmpdir(), 'parlor-state-'));
  const all = ['serve', ...listen.flatMap((address) => ['--listen', address]), ...stun.flatMap((address) => ['--stun', address]),
    ...(ownState === undefined ? [] : ['--state', ownState]), ...(pages ? ['--pages', pages] : []), ...args];
  // A shell that lowers the limit and becomes the program: the pid stays.
  const command = openFiles ? ['sh', ['-c', `ulimit -n ${openFiles}; exec "$0" "$@"`, parlorPath(), ...all]] : [parlorPath(), all];
  const child = spawn(...command, { env: cleanEnv(env), stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => { log += text; });
  const closed = new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));

  const urls = [];
  const stuns = [];
  const expected = listen.length + (args.includes('--no-stun') ? 0 : stun.length);
  await new Promise((resolve, reject) => {
    let out = '';
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`the server was not ready within ${kReadyMs} ms\n${out}\n${log}`));
    }, kReadyMs);
    child.once('error', reject);
    closed.then(({ code, signal }) => {
      clearTimeout(timer);
      reject(new Error(`the server ended with ${signal ?? code} before it was ready\n${log}`));
    });
    child.stdout.setEncoding('utf8').on('data', (text) => {
      out += text;
      for (let end = out.indexOf('\n'); end >= 0; end = out.indexOf('\n')) {
        const [word, value] = out.slice(0, end).split(' ');
        out = out.slice(end + 1);
        if (word === 'listening') urls.push(value);
        if (word === 'stun') stuns.push(value);
      }
      if (urls.length + stuns.length < expected) return;
      clearTimeout(timer);
      resolve();
    });
  });

  /// Ends the server with a signal and says how it went; one that does not end is killed.
  const end = async (signal) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), kStopMs);
    const result = await closed;
    clearTimeout(timer);
    if (ownState !== undefined && !state) rmSync(ownState, { recursive: true, force: true });
    return { ...result, log };
  };
  const { hostname, port, host } = new URL(urls[0]);
  return {
    url: urls[0], urls, host, hostname, port: Number(port), stun: stuns[0], stuns, pid: child.pid,
    log: () => log,
    /// How it ended by itself, or by a signal from elsewhere: { code, signal }.
    ended: closed,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}

/// The numbers behind /metrics: metrics['parlor_rooms'], metrics['parlor_refused_total{code="not_text"}'].
export async function readMetrics(server) {
  const text = await (await fetch(new URL('metrics', server.url))).text();
  const numbers = {};
  for (const line of text.split('\n')) {
    const match = /^([a-z_]+(?:\{[^}]*\})?) ([0-9.e+-]+)$/.exec(line);
    if (match) numbers[match[1]] = Number(match[2]);
  }
  return numbers;
}

/// Stops a process where it is, all of its threads: a signal alone takes effect when they next run, and until then they answer.
export async function suspend(pid) {
  process.kill(pid, 'SIGSTOP');
  const stopped = (task) => / T /.test(readFileSync(`/proc/${pid}/task/${task}/stat`, 'utf8'));
  while (!readdirSync(`/proc/${pid}/task`).every(stopped)) await new Promise((resolve) => { setTimeout(resolve, 5); });
}
