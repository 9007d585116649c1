// What suites need that load a server: starts it and ours, runs the load, takes turns.

import { execFile, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

const kReadyMs = 20_000;

export const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Starts a server and waits for the line that names its port: { pid, port, stop }. */
export async function start(command, args, pattern) {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PARLOR_')));
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...env, NODE_ENV: 'production' } });
  const closed = new Promise((resolve) => { child.once('close', resolve); });
  const stop = async () => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
    await closed;
    clearTimeout(timer);
  };
  let timer;
  try {
    const port = await new Promise((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`${command} ${args[0]} was not ready in time`)), kReadyMs);
      child.once('error', reject);
      closed.then((code) => reject(new Error(`${command} ${args[0]} ended with ${code}`)));
      let out = '';
      child.stdout.setEncoding('utf8').on('data', (text) => {
        out += text;
        const match = pattern.exec(out);
        if (match) resolve(match[1]);
      });
    });
    return { pid: child.pid, port, stop };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** `parlor serve` for signaling and the relay, without what else it does, and without the limits of one address: the whole load comes from one. */
export function startParlor({ bin, tmp }, args = []) {
  const state = join(tmp, 'state');
  mkdirSync(state, { recursive: true });
  return start(join(bin, 'parlor'), ['serve', '--listen', '127.0.0.1:0', '--no-stun', '--pages', '', '--state', state,
    '--log-level', 'warn', '--max-connections-per-site', '1000000', '--max-rooms-per-site', '1000000',
    '--message-rate', '1000000', '--message-burst', '1000000', ...args], /listening http:\/\/127\.0\.0\.1:(\d+)\//);
}

/** A load's own line of JSON. */
export function load(bin, name, args) {
  return new Promise((resolve, reject) => {
    execFile(join(bin, name), args.map(String), { timeout: 180_000 }, (error, out, err) => {
      if (error) reject(new Error(err.trim() || error.message));
      else resolve(JSON.parse(out));
    });
  });
}

/** results[name] = every round's figures, the subjects taking turns. */
export async function rounds(all, count, measure) {
  const results = Object.fromEntries(all.map(({ name }) => [name, []]));
  for (let round = 1; round <= count; ++round) {
    for (const subject of all) results[subject.name].push(await measure(subject, round));
  }
  return results;
}
