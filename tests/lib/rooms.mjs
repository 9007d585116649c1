// Rooms of games/cubes without a page: members that are a socket and nothing else, to fill the list of rooms.

import { readFileSync } from 'node:fs';
import { connect, hello } from './member.mjs';

const source = readFileSync(new URL('../../games/cubes/session.hpp', import.meta.url), 'utf8');
const kBuild = /kBuild = "(\w+)"/.exec(source)[1];

async function enter(server, name, entry) {
  const member = await connect(server);
  member.send({ ...hello(name), game: 'cubes', build: kBuild });
  member.send(entry);
  const answer = await member.next(({ type }) => type === 'joined' || type === 'error');
  if (answer.type === 'error') throw new Error(JSON.stringify(answer));
  return Object.assign(member, { code: answer.code });
}

/** A room in the list, with one member. It is gone with leave(). */
export async function makeRoom(server, { title = '', size = 8, password = '', listed = true } = {}) {
  const host = await enter(server, 'Host', { type: 'create', title, size, listed, ...(password ? { password } : {}) });
  const members = [host];
  return {
    code: host.code,
    async join() { members.push(await enter(server, 'Second', { type: 'join', code: host.code })); },
    /** All leave it, for good. */
    async leave() {
      for (const member of members) {
        member.send({ type: 'leave' });
        member.socket.close();
        await member.end();
      }
    },
  };
}
