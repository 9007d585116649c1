// The two signaling lines of ./bench: what it costs the server to relay a message between two members, and to hold a connection
// that says nothing. Each server alone under the same load, in turns, several rounds; the middle round counts.

import { execFile, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const kReadyMs = 20_000;
const kRelay = 'relaying a 300 B signaling message between two members of 1,000 rooms';
const kIdle = 'an idle signaling connection, 8,000 of them';

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Starts a server and waits for the line that names its port: { pid, port, stop }. */
async function start(command, args, pattern) {
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

function subjects({ bin, tmp, peers }) {
  const state = join(tmp, 'state');
  mkdirSync(state, { recursive: true });
  const all = [{
    name: 'parlor',
    start: () => start(join(bin, 'parlor'), ['serve', '--listen', '127.0.0.1:0', '--no-stun', '--pages', '', '--state', state,
      '--log-level', 'warn', '--max-connections-per-site', '1000000', '--max-rooms-per-site', '1000000',
      // The load is 2,000 players on one address, each as fast as the server is: no limit of ours may slow it.
      '--message-rate', '1000000', '--message-burst', '1000000'], /listening http:\/\/127\.0\.0\.1:(\d+)\//),
  }];
  if (peers.ws) {
    all.push({ name: 'ws', start: () => start(process.execPath, [join(here, 'ws_server.mjs'), peers.ws], /listening (\d+)/) });
  }
  if (peers.peer) {
    all.push({ name: 'peer', start: () => start(process.execPath, [join(here, 'peer_server.mjs'), peers.peer], /listening (\d+)/) });
  }
  return all;
}

/** The load's own line of JSON. */
function load(bin, args) {
  return new Promise((resolve, reject) => {
    execFile(join(bin, 'signaling_load'), args.map(String), { timeout: 180_000 }, (error, out, err) => {
      if (error) reject(new Error(err.trim() || error.message));
      else resolve(JSON.parse(out));
    });
  });
}

async function once(subject, bin, kind, ...args) {
  const server = await subject.start();
  try {
    return await load(bin, [kind, server.pid, '127.0.0.1', server.port, subject.name, ...args]);
  } finally {
    await server.stop();
  }
}

/** results[name] = every round's figures, the subjects taking turns. */
async function rounds(all, count, measure) {
  const results = Object.fromEntries(all.map(({ name }) => [name, []]));
  for (let round = 1; round <= count; ++round) {
    for (const subject of all) results[subject.name].push(await measure(subject, round));
  }
  return results;
}

export const suite = {
  name: 'signaling',
  async run(context) {
    const { bin, quick, peers, log } = context;
    const all = subjects(context);
    const rooms = 1000;
    const idle = 8000;
    const count = quick ? 1 : 3;

    const relayed = await rounds(all, count, async (subject, round) => {
      log(`relaying, round ${round} of ${count}: ${subject.name}`);
      const result = await once(subject, bin, 'relay', rooms, quick ? 1 : 4);
      log(JSON.stringify(result));
      return result;
    });
    const held = await rounds(all, quick ? 1 : 3, async (subject, round) => {
      log(`idle connections, round ${round}: ${subject.name}`);
      const result = await once(subject, bin, 'idle', quick ? idle / 4 : idle);
      log(JSON.stringify(result));
      return result;
    });

    const rows = [];
    for (const { name } of all) {
      const runs = relayed[name];
      const worst = Math.round(median(runs.map((run) => run.p99_us)));
      const perSecond = Math.round(median(runs.map((run) => run.messages / run.seconds)));
      rows.push({ work: kRelay, subject: name, metric: 'CPU', value: median(runs.map((run) => run.cpu_us)), unit: 'µs', better: 'lower',
        detail: `${perSecond} messages/s, 99 % within ${worst} µs` });
      rows.push({ work: kIdle, subject: name, metric: 'memory', value: median(held[name].map((run) => run.each_kb)), unit: 'KB', better: 'lower' });
    }
    const targets = [{ work: kIdle, metric: 'memory', subject: 'parlor', max: 8, unit: 'KB' }];
    if (peers.ws) targets.push({ work: kRelay, metric: 'CPU', subject: 'parlor', against: 'ws', max_ratio: 0.5 });
    const skipped = peers.missing.filter(({ name }) => name === 'ws' || name === 'peer')
      .flatMap(({ name, reason }) => [kRelay, kIdle].map((work) => ({ work, subject: name, reason })));
    return { rows, targets, skipped };
  },
};
