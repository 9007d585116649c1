// Data channels between two processes on one machine: ours against libdatachannel and libwebrtc (by their npm packages), each with
// itself. CPU is the scheduler's accounting of both processes, all of their threads; what goes over the wire is counted at the
// loopback interface.

import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { median } from '../lib/servers.mjs';

const kWaitMs = 60_000;
const kPingRounds = 9;
const kWork = {
  bulk: 'data channel, bulk of 16 KiB reliable messages',
  flood: 'data channel, unreliable messages of 100 B one way',
  ping: 'data channel, round trip of 100 B',
  steady: 'data channel, 100 B at 60 Hz both ways',
  many: 'data channel, 200 connections in a process',
};

const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

function cpuNs(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.reduce((sum, thread) => sum + Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]), 0);
}

function memoryKb(pid) {
  return Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]);
}

/** IP packets over the loopback so far, and their bytes. */
function wire() {
  const [, bytes, packets] = /^\s*lo:\s*(\d+)\s+(\d+)/m.exec(readFileSync('/proc/net/dev', 'utf8')).map(Number);
  return { bytes, packets };  // of this interface without any header below IP's
}

class End {
  constructor(command) {
    this.child = spawn(command[0], command.slice(1), { stdio: ['pipe', 'pipe', 'ignore'] });
    this.pid = this.child.pid;
    this.lines = [];
    this.looks = new Set();
    this.child.stdin.on('error', () => {});
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      const words = line.split(' ');
      if (words[0] === 'description' || words[0] === 'candidate') return this.other.say(...words);
      this.lines.push(words);
      for (const look of [...this.looks]) look();
      return undefined;
    });
  }

  say(...words) {
    this.child.stdin.write(`${words.join(' ')}\n`);
  }

  /** The next line that begins so, taken out. */
  next(what, times = 1) {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = this.lines.filter((words) => words[0] === what);
        if (found.length < times) return;
        clearTimeout(timer);
        this.looks.delete(look);
        this.lines = this.lines.filter((words) => words[0] !== what);
        resolve(found.at(-1).slice(1).map(Number));
      };
      const timer = setTimeout(() => {
        this.looks.delete(look);
        reject(new Error(`no "${what}" within ${kWaitMs / 1000} s`));
      }, kWaitMs);
      this.looks.add(look);
      look();
    });
  }

  async report() {
    this.say('report');
    const [bytes, messages] = await this.next('report');
    return { bytes, messages };
  }
}

async function withPair(command, run, more = []) {
  const [one, other] = [new End(command), new End([...command, ...more])];
  [one.other, other.other] = [other, one];
  try {
    return await run(one, other);
  } finally {
    for (const end of [one, other]) end.child.kill('SIGKILL');
  }
}

async function connect(one, other, count = 1) {
  for (let i = 0; i < count; ++i) {
    one.say('new', i);
    other.say('new', i);
    one.say('offer', i);
    await Promise.all([one, other].map((end) => end.next('open')));
  }
}

/** What both have used while `run` ran. */
async function cost(ends, run) {
  const before = ends.map((end) => cpuNs(end.pid));
  const begin = performance.now();
  await run();
  const ms = performance.now() - begin;
  return { ms, cpu: ends.map((end, i) => cpuNs(end.pid) - before[i]) };
}

const sum = (values) => values.reduce((all, value) => all + value, 0);

async function measureBulk(one, other, ms) {
  one.say('bulk', 0, 16_384, 500);
  await one.next('done');
  await wait(500);
  await other.report();
  const used = await cost([one, other], async () => {
    one.say('bulk', 0, 16_384, ms);
    await one.next('done');
  });
  const { bytes } = await other.report();
  return { rate: bytes / 1e6 / (used.ms / 1000), cpu: sum(used.cpu) / 1e6 / (bytes / 1e6) };
}

async function measureFlood(one, other, ms) {
  await other.report();
  const used = await cost([one, other], async () => {
    one.say('flood', 0, 100, 10, ms);
    await one.next('done');
    await wait(200);
  });
  const { messages } = await other.report();
  return { cpu: sum(used.cpu) / 1000 / messages, messages };
}

/** Of two new processes, once they are warm: rawPing() does the same. */
async function pingOnce(command, count) {
  return withPair(command, async (one, other) => {
    await connect(one, other);
    other.say('echo', 'on');
    let times;
    for (const pings of [Math.ceil(count / 10), count]) {
      one.say('ping', 0, 100, pings);
      times = await one.next('pinged');
    }
    const [p50, p99] = times;
    return { p50, p99 };
  });
}

/**
 * A stack and raw UDP, where it is asked for, by turns: which cores the kernel gives the two processes, and what else the machine
 * does, moves a round trip by half from one second to the next.
 */
async function measurePing(command, count, pingRaw) {
  const rounds = [];
  for (let round = 0; round < kPingRounds; ++round) {
    const raw = pingRaw && await pingRaw(count);
    rounds.push({ raw, own: await pingOnce(command, count) });
  }
  const spread = (values) => ({ value: median(values), range: [Math.min(...values), Math.max(...values)] });
  const both = (pings) => ({ p50: spread(pings.map(({ p50 }) => p50)), p99: spread(pings.map(({ p99 }) => p99)) });
  return { own: both(rounds.map(({ own }) => own)), raw: pingRaw && both(rounds.map(({ raw }) => raw)) };
}

async function measureSteady(one, other, ms) {
  await Promise.all([one.report(), other.report()]);
  const before = wire();
  for (const end of [one, other]) end.say('steady', 0, 100, 60, ms);
  await Promise.all([one.next('done'), other.next('done')]);
  const after = wire();
  const heard = await Promise.all([one.report(), other.report()]);
  const messages = sum(heard.map((one_) => one_.messages));
  return { bytes: (after.bytes - before.bytes) / messages - 100 };
}

/** Of a process that has all of them at one port, where it can; the other has one for each, as players have. */
async function measureMany(command, count) {
  return withPair(command, async (one, other) => {
    await connect(one, other, 3);
    await wait(300);
    const before = memoryKb(one.pid);
    const begin = [one, other].map((end) => cpuNs(end.pid));
    for (let i = 3; i < count + 3; ++i) {
      one.say('new', i);
      other.say('new', i);
      one.say('offer', i);
      await Promise.all([one, other].map((end) => end.next('open')));
    }
    const cpu = sum([one, other].map((end, i) => cpuNs(end.pid) - begin[i]));
    await wait(2000);
    return { memory: (memoryKb(one.pid) - before) / count, setups: (2 * count) / (cpu / 1e9) };
  }, ['--a-port-each']);
}

async function rawPing(bin, count) {
  const server = spawn(join(bin, 'udp_ping'), { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const port = await new Promise((resolve) => { createInterface({ input: server.stdout }).once('line', (line) => resolve(line.split(' ')[1])); });
    const client = spawn(join(bin, 'udp_ping'), [port, '137', String(count)], { stdio: ['ignore', 'pipe', 'inherit'] });
    const line = await new Promise((resolve) => { createInterface({ input: client.stdout }).once('line', resolve); });
    const [, p50, p99] = line.split(' ').map(Number);
    return { p50, p99 };
  } finally {
    server.kill('SIGKILL');
  }
}

export const suite = {
  name: 'Data channels between two processes',
  async run({ root, bin, quick, log }) {
    const program = join(root, 'benchmarks', 'rtc', 'rtc_end.mjs');
    const subjects = {
      parlor: [join(bin, 'rtc_end')],
      'parlor, AES-GCM': [join(bin, 'rtc_end'), '--aes'],
      libdatachannel: [process.execPath, program, 'libdatachannel'],
      libwebrtc: [process.execPath, program, 'libwebrtc'],
    };
    const rows = [];
    const skipped = [];
    let raw;
    const ms = quick ? 1500 : 6000;
    const pings = quick ? 300 : 4000;
    const add = (work, subject, metric, value, unit, better, detail) => rows.push({ work, subject, metric, value, unit, better, ...(detail ? { detail } : {}) });
    const addPing = (subject, { p50, p99 }) => {
      for (const [metric, spread] of [['median', p50], ['99th percentile', p99]]) rows.push({ work: kWork.ping, subject, metric, ...spread, unit: 'µs', better: 'lower' });
    };
    for (const [subject, command] of Object.entries(subjects)) {
      try {
        await withPair(command, async (one, other) => {
          log(`${subject}: connecting`);
          await connect(one, other);
          log(`${subject}: bulk`);
          const bulk = await measureBulk(one, other, ms);
          add(kWork.bulk, subject, 'throughput', bulk.rate, 'MB/s', 'higher');
          add(kWork.bulk, subject, 'CPU of both ends', bulk.cpu, 'ms/MB', 'lower');
        });
        await withPair(command, async (one, other) => {
          await connect(one, other);
          log(`${subject}: small messages`);
          const flood = await measureFlood(one, other, ms);
          add(kWork.flood, subject, 'CPU of both ends', flood.cpu, 'µs', 'lower', `${flood.messages} arrived, 10,000 a second`);
          log(`${subject}: steady traffic`);
          const steady = await measureSteady(one, other, ms);
          add(kWork.steady, subject, 'bytes on the wire around a message', steady.bytes, 'B', 'lower');
        });
        log(`${subject}: round trips`);
        const ping = await measurePing(command, pings, subject === 'parlor' ? (count) => rawPing(bin, count) : undefined);
        addPing(subject, ping.own);
        raw = ping.raw ?? raw;
        log(`${subject}: many connections`);
        const many = await measureMany(command, quick ? 50 : 200);
        add(kWork.many, subject, 'memory of one', many.memory, 'KB', 'lower');
        add(kWork.many, subject, 'set up by a core', many.setups, '/s', 'higher');
      } catch (error) {
        if (subject.startsWith('parlor')) throw error;
        skipped.push({ work: 'data channel', subject, reason: String(error.message) });
      }
    }
    addPing('raw UDP', raw);
    const against = ['libdatachannel', 'libwebrtc'];
    const ours = { subject: 'parlor' };
    const targets = [
      ...against.flatMap((other) => [
        { ...ours, work: kWork.bulk, metric: 'throughput', against: other, min_ratio: 3 },
        { ...ours, work: kWork.bulk, metric: 'CPU of both ends', against: other, max_ratio: 1 / 3 },
        { ...ours, work: kWork.flood, metric: 'CPU of both ends', against: other, max_ratio: 0.5 },
        { ...ours, work: kWork.many, metric: 'set up by a core', against: other, min_ratio: 1 },
      ]),
      { ...ours, work: kWork.ping, metric: 'median', against: 'raw UDP', max_ratio: 1.6 },
      { ...ours, work: kWork.ping, metric: '99th percentile', against: 'raw UDP', max_ratio: 1.6 },
      { ...ours, work: kWork.steady, metric: 'bytes on the wire around a message', max: 105 },
      { ...ours, work: kWork.many, metric: 'memory of one', max: 64 },
    ];
    return { rows, targets, skipped };
  },
};
