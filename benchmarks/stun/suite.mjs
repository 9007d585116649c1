// What a STUN Binding answer costs the server: ours, against the least that a UDP server can cost (stun_echo) and coturn.
// One closed loop of clients asks each in turn, again and again, so that all meet the same moments of the machine; the cost is
// the server's CPU time from the scheduler's accounting, all its threads together.

import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const kWork = 'STUN binding answer';
const kMetric = 'server CPU per answer';
const kClients = 64; // sockets, …
const kWindow = 4; // … each with so many requests on the way, as an ICE agent that gathers has
const kStartMs = 10_000;
const kCoturnAttempts = 3;

/** Nanoseconds of CPU that a process has used. */
function cpuNs(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.reduce((sum, thread) => sum + Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]), 0);
}

/** A port that was free a moment ago, for a server that does not choose one itself. */
function freePort() {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.on('error', reject);
    socket.bind(0, '127.0.0.1', () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });
}

/** Starts a server; resolves to {child, address} once `address` is known: given, or the first that its output shows. */
function start(name, command, { address, shows, cwd }) {
  const [program, ...args] = command;
  const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.setEncoding('utf8');
  child.stderr.setEncoding('utf8');
  let output = '';
  return new Promise((resolve, reject) => {
    const give_up = (why) => {
      clearTimeout(limit);
      child.kill('SIGKILL');
      reject(new Error(`${name} ${why}: ${output.trim().split('\n').slice(-3).join(' ')}`));
    };
    const limit = setTimeout(() => give_up('said no address'), kStartMs);
    const done = (found) => {
      clearTimeout(limit);
      resolve({ child, address: found });
    };
    child.once('error', (error) => give_up(`did not start (${error.message})`));
    child.once('exit', (code) => give_up(`ended with ${code}`));
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => {
        output = (output + text).slice(-4096);
        const found = shows?.exec(output)?.[1];
        if (found) done(found);
      });
    }
    if (address) done(address);
  });
}

async function stop(server) {
  const { child } = server;
  child.removeAllListeners('exit');
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const limit = setTimeout(() => child.kill('SIGKILL'), 3_000);
  await ended;
  clearTimeout(limit);
}

/** Asks for so many seconds; {answers, lost, …}, or undefined where nobody answered. */
function ask(bin, server, seconds) {
  const args = [server.address, '--sockets', String(kClients), '--window', String(kWindow), '--seconds', String(seconds)];
  const load = spawnSync(join(bin, 'stun_load'), server.echoes ? [...args, '--echo'] : args, { encoding: 'utf8', timeout: 60_000 });
  if (load.error) throw load.error;
  const totals = JSON.parse(load.stdout || '{"answers":0,"wrong":0}');
  if (totals.wrong > 0) throw new Error(`${server.subject} gave ${totals.wrong} wrong answers`);
  return totals.answers > 0 ? totals : undefined;
}

/** Until it answers, so that nothing of its start is measured. */
async function warmUp(bin, server) {
  const deadline = Date.now() + kStartMs;
  while (!ask(bin, server, 0.2)) {
    if (Date.now() > deadline) throw new Error(`${server.subject} does not answer at ${server.address}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** On a port that was free a moment ago: another program may have taken it since, for which coturn says nothing and waits. */
async function startCoturn(bin, tmp, turnserver) {
  for (let attempt = 1; ; ++attempt) {
    const port = await freePort();
    // No configuration file, no authentication, no TLS, no relays: STUN only, as it is run for this job.
    const coturn = await start('coturn', [
      turnserver, '-c', '/dev/null', '--stun-only', '--no-auth', '--no-cli', '--no-tls', '--no-dtls', '--no-multicast-peers',
      '--listening-ip', '127.0.0.1', '--listening-port', String(port), '--pidfile', join(tmp, 'coturn.pid'), '--userdb', join(tmp, 'coturn.db'),
      '--log-file', join(tmp, 'coturn.log'), '--simple-log',
    ], { address: `127.0.0.1:${port}`, cwd: tmp });
    const server = { subject: 'coturn', detail: 'turnserver --stun-only', ...coturn };
    try {
      await warmUp(bin, server);
      return server;
    } catch (error) {
      await stop(server);
      if (attempt === kCoturnAttempts) throw error;
    }
  }
}

async function startAll({ bin, tmp, peers }, servers) {
  const echo = await start('stun_echo', [join(bin, 'stun_echo')], { shows: /^listening (\S+)$/m });
  servers.push({ subject: 'echo', echoes: true, detail: 'bare recvmmsg/sendmmsg, one thread', ...echo });
  const parlor = await start(
    'parlor', [join(bin, 'parlor'), 'serve', '--listen', '127.0.0.1:0', '--stun', '127.0.0.1:0', '--stun-rate', '0', '--workers', '1'],
    { shows: /^stun (\S+)$/m });
  servers.push({ subject: 'parlor', detail: 'parlor serve, one worker', ...parlor });
  if (!peers.turnserver) return;
  servers.push(await startCoturn(bin, tmp, peers.turnserver));
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function measure({ bin, quick, log }, servers) {
  const rounds = quick ? 3 : 9;
  const seconds = quick ? 0.3 : 1;
  const costs = new Map(servers.map((server) => [server, []]));
  for (let round = 0; round < rounds; ++round) {
    // Turned round every time, so that nobody always comes after the same one.
    for (const server of round % 2 === 0 ? servers : [...servers].reverse()) {
      const before = cpuNs(server.child.pid);
      const totals = ask(bin, server, seconds);
      if (!totals) throw new Error(`${server.subject} stopped answering`);
      const cost = (cpuNs(server.child.pid) - before) / 1000 / totals.answers;
      costs.get(server).push(cost);
      log(`round ${round + 1} of ${rounds}: ${server.subject} ${cost.toFixed(3)} µs (${Math.round(totals.answers / totals.seconds)} answers/s, ${totals.lost} lost)`);
    }
  }
  return costs;
}

export const suite = {
  name: 'STUN',
  async run(context) {
    const servers = [];
    try {
      await startAll(context, servers);
      for (const server of servers) await warmUp(context.bin, server);
      const costs = measure(context, servers);
      const rows = servers.map((server) => ({
        work: kWork, subject: server.subject, metric: kMetric, value: median(costs.get(server)), unit: 'µs', better: 'lower', detail: server.detail,
      }));
      const targets = [{ work: kWork, metric: kMetric, subject: 'parlor', against: 'echo', max_ratio: 1.25 }];
      if (context.peers.turnserver) targets.push({ work: kWork, metric: kMetric, subject: 'parlor', against: 'coturn', max_ratio: 0.6 });
      const skipped = context.peers.turnserver ? [] : [{ work: kWork, subject: 'coturn', reason: 'there is no program named turnserver' }];
      return { rows, targets, skipped };
    } finally {
      for (const server of servers) await stop(server);
    }
  },
};
