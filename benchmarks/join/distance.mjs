// Puts a server far away: a gateway that holds everything up by half a round trip each way, and a new connection by a whole one,
// as the handshake of TCP would. Loopback itself takes next to nothing, so that time divided by round trips counts the trips.

import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** { port, stop() } in front of a port of loopback. */
export async function startDistance(port, roundTripMs) {
  const open = new Set();
  const gateway = createServer({ noDelay: true }, (near) => {
    const far = connect({ port, host: '127.0.0.1', noDelay: true });
    pass(near, far, roundTripMs / 2, Date.now() + roundTripMs);
    pass(far, near, roundTripMs / 2, 0);
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => open.delete(socket));
    }
  });
  gateway.listen(0, '127.0.0.1');
  await once(gateway, 'listening');
  return {
    port: gateway.address().port,
    stop: async () => {
      for (const socket of open) socket.destroy();
      gateway.close();
      await once(gateway, 'close');
    },
  };
}

/** `connected`: before that moment the near end has no connection to send on. Timers keep the order of equal times. */
function pass(from, to, delayMs, connected) {
  let last = 0;
  const later = (act) => {
    last = Math.max(last, Date.now(), connected);
    setTimeout(act, last + delayMs - Date.now());
  };
  from.on('data', (bytes) => later(() => to.write(bytes)));
  from.on('end', () => later(() => to.end()));
  from.on('close', () => later(() => to.destroySoon()));
}
