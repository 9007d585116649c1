// The server of by_hand.html on the npm package `ws`: what one page of a room says goes to the other. No part of Parlor.
//
//   node offers_server.mjs FOLDER_OF_WS      prints "listening PORT"

import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const { WebSocketServer } = createRequire(pathToFileURL(`${process.argv[2]}/package.json`))('ws');
const rooms = new Map();
const server = createServer();

new WebSocketServer({ server }).on('connection', (socket, request) => {
  const name = new URL(request.url, 'http://localhost').searchParams.get('room');
  const room = rooms.get(name) ?? new Set();
  rooms.set(name, room);
  room.add(socket);
  socket.on('message', (data) => {
    for (const member of room) {
      if (member !== socket) member.send(data.toString());
    }
  });
  socket.on('close', () => {
    room.delete(socket);
    if (room.size === 0) rooms.delete(name);
  });
  socket.on('error', () => {});
});

server.listen(0, '127.0.0.1', () => console.log(`listening ${server.address().port}`));
