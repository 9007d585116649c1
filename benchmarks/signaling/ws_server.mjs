// The job of the signaling server on the npm package `ws`, as a game's author would write it: rooms by name, messages parsed,
// the sender stamped, passed on to a member of the same room. Compared with in ./bench; no part of Parlor.
//
//   node ws_server.mjs FOLDER_OF_WS      prints "listening PORT"

import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const { WebSocketServer } = createRequire(pathToFileURL(`${process.argv[2]}/package.json`))('ws');
const kinds = new Set(['offer', 'answer', 'candidate', 'end_of_candidates']);
const rooms = new Map();
let lastId = 0;

const server = createServer();
const sockets = new WebSocketServer({ server, maxPayload: 64 * 1024, perMessageDeflate: false });

sockets.on('connection', (socket, request) => {
  const name = new URL(request.url, 'http://localhost').searchParams.get('room');
  const room = rooms.get(name) ?? new Map();
  rooms.set(name, room);
  const id = ++lastId;
  for (const member of room.values()) member.send(JSON.stringify({ type: 'peer_joined', id }));
  socket.send(JSON.stringify({ type: 'joined', code: name, you: id, members: [...room.keys()] }));
  room.set(id, socket);

  socket.on('message', (data, isBinary) => {
    let message;
    try {
      message = JSON.parse(isBinary ? '' : data.toString());
    } catch {
      socket.close(1007);
      return;
    }
    if (!kinds.has(message?.type)) return;
    const { to, ...rest } = message;
    const member = room.get(to);
    if (member === undefined || member === socket) {
      socket.send(JSON.stringify({ type: 'error', code: 'no_such_peer' }));
      return;
    }
    member.send(JSON.stringify({ ...rest, from: id }));
  });
  socket.on('close', () => {
    room.delete(id);
    if (room.size === 0) rooms.delete(name);
    for (const member of room.values()) member.send(JSON.stringify({ type: 'peer_left', id }));
  });
  socket.on('error', () => {});
});

server.listen(0, '127.0.0.1', () => console.log(`listening ${server.address().port}`));
