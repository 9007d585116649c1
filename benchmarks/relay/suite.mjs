// The relay's lines of ./bench: what it costs the server to pass a game's frame on to the other members of a room, and how it
// carries many rooms: latency of the frames, and of signaling beside them.

import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { load, median, rounds, start, startParlor } from '../lib/servers.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const kListening = /listening (\d+)/;
/** The whole load comes from one address: its budget, and the worker's, are as high as they can be. */
const kBudgets = ['--relay-rate-per-site', '524288', '--relay-rate', '524288'];
const kOneWorker = ['--workers', '1'];
/** Many rooms: a core is the load's, the others are the server's. */
const kCores = Math.max(1, availableParallelism() - 1);
const kWorkers = ['--workers', String(kCores)];
const kGather = ['--relay-gather-ms', '5'];
/** Above this share of a core a process does not keep up: what is measured then is the machine. */
const kFull = 0.85;
/** A server that waits so much for a core tells of what else is on the machine. */
const kBusy = 0.1;

/** Hz 0: each speaks again as soon as it has heard the member before it, so that the server has all it can do. */
const pace = (hz) => (hz === 0 ? 'as fast as the server goes' : `${hz} per second from each`);
const fanoutWork = (hz) => `relaying a 100 B game frame to 7 members, 20 rooms of 8, ${pace(hz)}`;
const roomsWork = (count) => `${count.toLocaleString('en-US')} rooms of 4 through the relay, 20 frames per second from each`;

function subjects(context) {
  const { peers, bin } = context;
  const all = [
    { name: 'parlor', words: 'parlor', start: () => startParlor(context, [...kOneWorker, ...kBudgets]) },
    { name: 'parlor --relay-gather-ms 5', words: 'parlor', start: () => startParlor(context, [...kOneWorker, ...kBudgets, ...kGather]) },
  ];
  if (peers.ws) all.push({ name: 'ws', words: 'plain', start: () => start(process.execPath, [join(here, 'ws_fanout.mjs'), peers.ws], kListening) });
  all.push({ name: 'bare system calls', words: 'plain', start: () => start(join(bin, 'raw_fanout'), [], kListening) });
  return all;
}

async function fanout(context, hz, count, seconds) {
  const { bin, log } = context;
  const all = subjects(context);
  const results = await rounds(all, count, async (subject, round) => {
    log(`fan-out, ${pace(hz)}, round ${round} of ${count}: ${subject.name}`);
    const server = await subject.start();
    try {
      const result = await load(bin, 'relay_load', [server.pid, '127.0.0.1', server.port, subject.words, 20, 8, hz, seconds]);
      log(JSON.stringify(result));
      return result;
    } finally {
      await server.stop();
    }
  });
  return all.map(({ name }) => {
    const runs = results[name];
    const of = (key) => median(runs.map((run) => run[key]));
    return { work: fanoutWork(hz), subject: name, metric: 'server CPU per frame', value: of('cpu_us'), unit: 'µs', better: 'lower',
      detail: `${of('p50_us')} µs, 99 % within ${of('p99_us')} µs; ${(of('arrived') * 100).toFixed(1)} % arrived; it waited ${(of('waited') * 100).toFixed(0)} % of the time for a core; the load was late by up to ${of('late_us')} µs` };
  });
}

/** relay_load that waits for a word: { ready, result, go() }. */
function startLoad(bin, args) {
  const child = spawn(join(bin, 'relay_load'), [...args, 'wait'].map(String), { stdio: ['pipe', 'pipe', 'pipe'] });
  const lines = createInterface({ input: child.stdout });
  let error = '';
  child.stderr.setEncoding('utf8').on('data', (text) => { error += text; });
  const limit = setTimeout(() => child.kill('SIGKILL'), 180_000);
  const ended = new Promise((_, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(limit);
      reject(new Error(error.trim() || `relay_load ended with ${code}`));
    });
  });
  ended.catch(() => {}); // it is raced where it matters
  let tell;
  const result = new Promise((resolve) => { tell = resolve; });
  const ready = new Promise((resolve) => {
    lines.on('line', (line) => (line === 'ready' ? resolve() : tell(JSON.parse(line))));
  });
  return {
    ready: Promise.race([ready, ended]), result: Promise.race([result, ended]),
    go: () => child.stdin.write('go\n'), stop: () => child.kill('SIGKILL'),
  };
}

/** One server, so many rooms: the frames' figures, and signaling's before and beside them. */
async function manyRooms(context, count, seconds) {
  const { bin, log } = context;
  const server = await startParlor(context, [...kWorkers, ...kBudgets]);
  let under;
  try {
    log(`${count} rooms of 4 enter`);
    under = startLoad(bin, [server.pid, '127.0.0.1', server.port, 'parlor', count, 4, 20, seconds]);
    await under.ready;
    const probe = (time) => load(bin, 'signaling_probe', ['127.0.0.1', server.port, time]);
    log(`${count} rooms: signaling while nobody plays`);
    const idle = await probe(seconds - 1);
    under.go();
    await new Promise((resolve) => { setTimeout(resolve, 1000); }); // the load warms up
    log(`${count} rooms: all play`);
    const busy = await probe(seconds - 1);
    const play = await under.result;
    log(JSON.stringify({ play, idle, busy }));
    await server.stop();
    return { count, play, idle, busy, bare: await bareRooms(context, count, seconds) };
  } finally {
    under?.stop();
    await server.stop();
  }
}

/** As many frames through one read and three writes each, and nothing else: what the machine has to give. */
async function bareRooms({ bin, log }, count, seconds) {
  log(`${count} rooms: bare system calls`);
  const server = await start(join(bin, 'raw_fanout'), [], kListening);
  try {
    const play = await load(bin, 'relay_load', [server.pid, '127.0.0.1', server.port, 'plain', count, 4, 20, seconds]);
    log(JSON.stringify({ play }));
    return play;
  } finally {
    await server.stop();
  }
}

/** The machine, or what else runs on it, bounds the figures. */
const isFull = ({ play }) => play.own_load > kFull || play.server_load > kFull * kCores || play.frames < 0.97 * play.asked || play.arrived < 0.97;

function roomRows({ count, play, idle, busy, bare }, note) {
  const work = `${roomsWork(count)}${note}`;
  const row = (subject, metric, value, unit, detail = '') => ({ work, subject, metric, value, unit, better: 'lower', detail });
  const frames = (subject, run) => {
    const load = `server ${(run.server_load * 100).toFixed(0)} % of a core, for which it waited ${(run.waited * 100).toFixed(0)} %, load ${(run.own_load * 100).toFixed(0)} % of a core, ${(run.arrived * 100).toFixed(1)} % arrived`;
    return [
      row(subject, 'server CPU per frame', run.cpu_us, 'µs', load),
      row(subject, 'server CPU', run.server_load * 100, '%', load),
      row(subject, 'latency of a frame, half within', run.p50_us, 'µs'),
      row(subject, 'latency of a frame, 99 % within', run.p99_us, 'µs'),
    ];
  };
  return [
    ...frames('parlor', play),
    ...frames('bare system calls', bare),
    row('parlor', 'signaling beside it, half within', busy.p50_us, 'µs', `99 % within ${busy.p99_us} µs`),
    row('nobody plays', 'signaling beside it, half within', idle.p50_us, 'µs', `99 % within ${idle.p99_us} µs`),
  ];
}

export const suite = {
  name: 'relay',
  async run(context) {
    const { quick, peers } = context;
    const rows = [];
    const targets = [];
    for (const hz of quick ? [0, 60] : [0, 20, 60]) rows.push(...await fanout(context, hz, quick ? 1 : 5, quick ? 1 : 3));
    // At a game's pace nearly every frame is a write for every member, whoever serves: the bare system calls beside it are the floor.
    if (peers.ws) targets.push({ work: fanoutWork(0), metric: 'server CPU per frame', subject: 'parlor', against: 'ws', max_ratio: 0.4 });

    // The load and the server take a core each; where the machine gives less, fewer rooms tell more.
    const seconds = quick ? 2 : 6;
    const whole = await manyRooms(context, 1000, seconds);
    const results = [whole];
    for (let count = 500; isFull(results.at(-1)) && count >= 60; count = Math.floor(count / 2)) {
      results.push(await manyRooms(context, count, seconds));
    }
    const last = results.at(-1);
    if (whole !== last) rows.push(...roomRows(whole, ', more than the machine carries'));
    rows.push(...roomRows(last, isFull(last) ? ', more than the machine carries' : ''));
    if (!isFull(last)) {
      targets.push({ work: roomsWork(last.count), metric: 'signaling beside it, half within', subject: 'parlor', against: 'nobody plays', max_ratio: 2 });
    }
    const skipped = peers.missing.filter(({ name }) => name === 'ws').map(({ name, reason }) => ({ work: fanoutWork(0), subject: name, reason }));
    if (last.play.waited > kBusy) {
      const percent = (last.play.waited * 100).toFixed(0);
      skipped.push({ work: roomsWork(last.count), subject: 'a quiet machine', reason: `the server waited ${percent} % of the time for a core: latencies tell of other work` });
    }
    return { rows, targets, skipped };
  },
};
