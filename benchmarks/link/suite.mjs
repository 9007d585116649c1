// What a link adds to a game's message of 100 bytes at 60 per second: its header, and its control frames with acknowledgements
// and pings, in bytes for each message. In virtual time, so the figures are the same everywhere.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const kMost = 5;
const kWays = { rtc: 'WebRTC', relay: 'the relay' };

export const suite = {
  name: 'link',
  async run({ bin, quick, log }) {
    const rows = [];
    const targets = [];
    for (const [who, title] of [['both', 'both speak'], ['one', 'one speaks, the other listens']]) {
      const work = `what a link adds to a 100 B message at 60 Hz, ${title}`;
      for (const delivery of ['reliable', 'unreliable']) {
        for (const way of ['rtc', 'relay']) {
          const result = JSON.parse(execFileSync(join(bin, 'link_bytes'), [delivery, way, who, quick ? '10' : '120'], { encoding: 'utf8', timeout: 120_000 }));
          log(`${who} ${delivery} ${way}: ${JSON.stringify(result)}`);
          const subject = `${delivery}, ${kWays[way]}`;
          const below = way === 'relay' ? `; the relay's own frame: ${result.relay_frame.toFixed(1)}` : '';
          rows.push({ work, subject, metric: 'bytes per message', value: result.bytes, unit: 'B', better: 'lower',
            detail: `header ${result.header.toFixed(2)}, control ${result.control.toFixed(2)}${below}` });
          targets.push({ work, metric: 'bytes per message', subject, max: kMost });
        }
      }
    }
    return { rows, targets };
  },
};
