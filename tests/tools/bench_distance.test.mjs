// The gateway with which ./bench join counts trips: what it holds up, and that it changes nothing else.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';

import { startDistance } from '../../benchmarks/join/distance.mjs';

const kRoundTripMs = 80;

test('a question takes a round trip, the first one of a connection two, and bytes stay in order', async (t) => {
  const server = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const distance = await startDistance(server.address().port, kRoundTripMs);
  const socket = connect(distance.port, '127.0.0.1');
  t.after(async () => {
    socket.destroy();
    await distance.stop();
    server.close();
  });
  const ask = async (pieces) => {
    const begin = performance.now();
    for (const piece of pieces) {
      socket.write(piece);
      await new Promise((resolve) => { setImmediate(resolve); });
    }
    let text = '';
    while (text.length < pieces.join('').length) text += (await once(socket, 'data'))[0].toString();
    assert.equal(text, pieces.join(''));
    return performance.now() - begin;
  };
  // Timers are early by less than a millisecond each; how late they are depends on the machine.
  const first = await ask(['one']);
  assert.ok(first >= 2 * kRoundTripMs - 4, `${first} ms`);
  const second = await ask(['a', 'b', 'c', 'd', 'e']);
  assert.ok(second >= kRoundTripMs - 4, `${second} ms`);
});
