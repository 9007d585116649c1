// What a player costs the others while the game runs: payload bytes per second, through the game's own pacer and codec, against
// JSON with every frame, as tutorials do it. The program is deterministic: one run is all runs.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const work = 'bytes per player and second in the game';
const metric = 'payload bytes/s';

export const suite = {
  name: 'cubes',
  async run({ bin, log }) {
    log('a scripted minute of play');
    const found = JSON.parse(execFileSync(join(bin, 'bench_cubes_state_bytes'), { encoding: 'utf8' }));
    const row = (subject, value, detail) => ({ work, subject, metric, value, unit: 'B/s', better: 'lower', detail });
    const moving = `${Math.round(found.moving * 100)} % of the time moving`;
    return {
      rows: [
        row('parlor', found.bytes_per_second, `${found.message_bytes} B, ${found.messages_per_second} messages/s, ${moving}`),
        row('tutorial JSON at 60 Hz', found.json_bytes_per_second, `{type, id, x, y, z, rx, ry, rz}, ${moving}`),
      ],
      targets: [{ work, metric, subject: 'parlor', against: 'tutorial JSON at 60 Hz', max_ratio: 0.05 }],
    };
  },
};
