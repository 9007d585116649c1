// Many sockets in a process of its own, told what to do by its parent: node crowd.mjs HOST PORT websocket|silent
//   { open: N }  opens N more, answers { open: total }; when all have been closed by the server, says { closed: total }.

import { connect } from 'node:net';

const [host, port, kind] = process.argv.slice(2);
const kAtOnce = 200;
const request = `GET /v1?version=1&game=test&build=1&name=Idle HTTP/1.1\r\nHost: ${host}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n`
  + 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
const sockets = [];
let closed = 0;

function open() {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), host);
    socket.once('error', reject);
    socket.once('connect', () => {
      sockets.push(socket);
      if (kind === 'silent') resolve();
      else socket.write(request);
    });
    // The upgrade's answer, then the welcome.
    socket.on('data', () => resolve());
    socket.on('close', () => {
      ++closed;
      if (closed === sockets.length) process.send({ closed });
    });
  });
}

process.on('message', async ({ open: count }) => {
  try {
    for (let i = 0; i < count; i += kAtOnce) {
      await Promise.all(Array.from({ length: Math.min(kAtOnce, count - i) }, open));
    }
    for (const socket of sockets) socket.on('error', () => {});
    process.send({ open: sockets.length });
  } catch (error) {
    process.send({ failed: String(error) });
  }
});
process.on('disconnect', () => process.exit(0));
