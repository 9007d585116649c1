// The two signaling lines of ./bench: what it costs the server to relay a message between two members, and to hold a connection
// that says nothing. Each server alone under the same load, in turns, several rounds; the middle round counts.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { load, median, rounds, start, startParlor } from '../lib/servers.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const kRelay = 'relaying a 300 B signaling message between two members of 1,000 rooms';
const kIdle = 'an idle signaling connection, 8,000 of them';

function subjects(context) {
  const { peers } = context;
  const all = [{ name: 'parlor', start: () => startParlor(context) }];
  if (peers.ws) {
    all.push({ name: 'ws', start: () => start(process.execPath, [join(here, 'ws_server.mjs'), peers.ws], /listening (\d+)/) });
  }
  if (peers.peer) {
    all.push({ name: 'peer', start: () => start(process.execPath, [join(here, 'peer_server.mjs'), peers.peer], /listening (\d+)/) });
  }
  return all;
}

async function once(subject, bin, kind, ...args) {
  const server = await subject.start();
  try {
    return await load(bin, 'signaling_load', [kind, server.pid, '127.0.0.1', server.port, subject.name, ...args]);
  } finally {
    await server.stop();
  }
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
