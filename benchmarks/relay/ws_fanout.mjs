// The relay's job on the npm package `ws`, as a game's author would write it: rooms by name, and whatever a member says goes to
// the others as it came. It neither names the sender nor bounds anything. Compared with in ./bench; no part of Parlor.
//
//   node ws_fanout.mjs FOLDER_OF_WS      prints "listening PORT"

import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const { WebSocketServer } = createRequire(pathToFileURL(`${process.argv[2]}/package.json`))('ws');
const rooms = new Map();

const server = createServer();
const sockets = new WebSocketServer({ server, maxPayload: 64 * 1024, perMessageDeflate: false });

sockets.on('connection', (socket, request) => {
  const name = new URL(request.url, 'http://localhost').searchParams.get('room');
  const room = rooms.get(name) ?? new Set();
  rooms.set(name, room);
  room.add(socket);
  socket.send(JSON.stringify({ type: 'joined', code: name }));
  socket.on('message', (data, isBinary) => {
    for (const member of room) {
      if (member !== socket) member.send(data, { binary: isBinary });
    }
  });
  socket.on('close', () => {
    room.delete(socket);
    if (room.size === 0) rooms.delete(name);
  });
  socket.on('error', () => {});
});

server.listen(0, '127.0.0.1', () => console.log(`listening ${server.address().port}`));
