// Stands between a browser and a server, as a proxy on the way would, and changes what goes through or cuts it off.

import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/// A gateway before `server`: { url, stop() }. `request` and `response` get what the browser and the server say on a connection,
/// piece by piece as latin1, and give what goes on, or a promise of it; { text, over: true } ends the connection behind it.
export async function startGateway(server, { request = (text) => text, response = (text) => text } = {}) {
  const open = new Set();
  const gateway = createServer((near) => {
    const far = connect(server.port, server.hostname);
    pass(near, far, request);
    pass(far, near, response);
    for (const socket of [near, far]) {
      open.add(socket);
      socket.once('close', () => open.delete(socket));
    }
  });
  gateway.listen(0, '127.0.0.1');
  await once(gateway, 'listening');
  return {
    url: `http://127.0.0.1:${gateway.address().port}/`,
    stop: async () => {
      for (const socket of open) socket.destroy();
      gateway.close();
      await once(gateway, 'close');
    },
  };
}

function pass(from, to, change) {
  let inTurn = Promise.resolve();
  from.on('data', (bytes) => {
    inTurn = inTurn.then(async () => {
      const changed = await change(bytes.toString('latin1'));
      const { text, over } = typeof changed === 'string' ? { text: changed } : changed;
      to.write(Buffer.from(text, 'latin1'));
      if (!over) return;
      from.destroy();
      to.end();
    });
  });
  from.on('error', () => {});
  from.on('close', () => inTurn.then(() => to.destroySoon()));
}
