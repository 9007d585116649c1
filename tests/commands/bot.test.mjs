// `parlor bot` as a command: wrong options are refused with a sentence before anything is begun.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { after, before, test } from 'node:test';

import { untilSaid } from '../lib/said.mjs';
import { cleanEnv, parlorPath, runParlor, startServer } from '../lib/server.mjs';

const kEndMs = 10_000;
let listener; // counts who connects
let connected = 0;
let url;

before(async () => {
  listener = createServer((socket) => {
    ++connected;
    socket.destroy();
  });
  await new Promise((resolve) => listener.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${listener.address().port}/`;
});

after(() => listener.close());

async function refuses(cases) {
  for (const [args, sentence] of cases) {
    const { code, stdout, stderr } = await runParlor(['bot', ...args]);
    assert.equal(code, 2, `${args.join(' ')}: ${stderr}`);
    assert.match(stderr, sentence);
    assert.match(stderr, /^parlor bot: /);
    assert.doesNotMatch(stderr, /::/, 'no words of C++');
    assert.equal(stdout, '');
  }
  assert.equal(connected, 0, 'nothing was begun');
}

test('wrong options are refused with a sentence', () => refuses([
  [['--count', '0'], /--count must be 1 to 1000\./],
  [['--count', 'abc'], /--count = abc/],
  [['--behaviour', 'dance'], /--behaviour is wander, circle or still, not 'dance'\./],
  [['--ca', '/nowhere'], /--ca: there is no certificate/],
  [['--size', '65'], /--size must be 2 to 64: a bot and a person at least\./],
  [['--size', '1'], /--size must be 2 to 64/],
]));

test('a time that is none, or longer than a month, is refused', () => refuses(
  ['0', '-1', 'nan', 'inf', '1e30', '2678401'].map((text) => [['--server', url, '--for', text], /--for is a number of seconds: more than 0, at most 2678400/]),
));

test('what can be no room is refused', () => refuses([
  ...['', 'XX', '1234-56789', url, `${url}?room=`, `${url}?room=XX`, 'localhost:18080/?room=kamo-ridun'].map((room) => (
    [['--server', url, '--room', room], /--room is a room's code, such as kamo-ridun, or its link, such as http:\/\/localhost:8080\/\?room=kamo-ridun, not '/])),
  [['--server', 'localhost'], /--server is the address of a server/],
  [['--server', 'localhost:18080/?room=kamo-ridun'], /--server is the address of a server/],
  [['--server', `${url}?room=`], /--server is a link to a room, but no code/],
  [['--server', `${url}?room=XX`], /--server is a link to a room, but no code/],
]));

test('a size for a room that somebody else made is refused', () => refuses([
  [['--server', url, '--room', 'kamo-ridun', '--size', '8'], /--size is for rooms of their own/],
  [['--server', `${url}?room=kamo-ridun`, '--size', '16'], /--size is for rooms of their own/],
]));

test('a name or a password that no room takes is refused', () => refuses([
  [['--server', url, '--name', ''], /--name is 1 to 32 characters/],
  [['--server', url, '--name', 'x'.repeat(33)], /--name is 1 to 32 characters/],
  [['--server', url, '--name', 'x'.repeat(31), '--count', '2'], /--name is too long for the number behind it: 'x+ 2' has more than 32 characters/],
  [['--server', url, '--name', 'x'.repeat(30), '--count', '10'], /--name is too long for the number behind it/],
  [['--server', url, '--password', 'x'.repeat(300)], /--password is at most 64 bytes of UTF-8/],
]));

/// `parlor bot` that runs on: { child, said(pattern), ended }.
function startBots(t, ...args) {
  const child = spawn(parlorPath(), ['bot', ...args], { env: cleanEnv(), stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (piece) => { text += piece; });
  const ended = new Promise((resolve) => { child.once('close', resolve); });
  t.after(async () => {
    const timer = setTimeout(() => child.kill('SIGKILL'), kEndMs);
    child.kill('SIGTERM');
    await ended;
    clearTimeout(timer);
  });
  return { said: (pattern) => untilSaid(() => text, pattern), ended };
}

test('a link to a room as --server leads into that room, for as long as --for says', async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  const host = startBots(t, '--server', server.url, '--name', 'x'.repeat(32), '--password', 'x'.repeat(64), '--size', '3');
  const [, code, link] = await host.said(/^Room (\S+): (\S+)$/m);
  const guest = startBots(t, '--server', link, '--password', 'x'.repeat(64), '--for', '0.5');
  await guest.said(new RegExp(`^1 bot in room ${code}\\.$`, 'm'));
  assert.equal(await guest.ended, 0);
});
