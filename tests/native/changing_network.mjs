// node changing_network.mjs, in a network namespace of its own: two members, whose machine then gets another address in place of the
// one they are connected by. Prints what became of it as JSON.

import { execFileSync } from 'node:child_process';
import { kReliable, startMember } from '../lib/native_member.mjs';
import { startServer } from '../lib/server.mjs';

const ip = (...words) => execFileSync('ip', words.join(' ').split(' '), { stdio: 'inherit' });
ip('link set lo up');
ip('link add v0 type veth peer name v1');
ip('link set v0 up');
ip('link set v1 up');
ip('addr add 10.9.0.1/24 dev v0');

const server = await startServer();
const members = [startMember(), startMember()];
try {
  const url = `ws://${server.host}`;
  const alice = members[0].room('create', url, 'Alice');
  const { code, me } = await alice.next('Joined');
  const bob = members[1].room('join', url, 'Bob', code);
  const { me: bobId } = await bob.next('Joined');
  const direct = (room) => room.next((event) => event.type === 'PathChanged' && event.to === 'direct');
  await Promise.all([direct(alice), direct(bob)]);

  const begin = Date.now();
  ip('addr add 10.9.0.2/24 dev v0');
  ip('addr del 10.9.0.1/24 dev v0');
  const again = direct(bob).then(() => Date.now() - begin);
  const marks = [];
  for (let mark = 1; mark <= 20; ++mark) {
    await bob.send(me, kReliable, 1000, mark);
    marks.push((await alice.next('Message')).mark);
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
  const ms = await again;
  console.log(JSON.stringify({ marks, ms, story: await alice.explain(bobId) }));
} finally {
  for (const member of members) await member.close();
  await server.stop();
}
