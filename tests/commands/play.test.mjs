// ./play as a person meets it: an address as the last line, pages behind it, a clean end on Ctrl-C, ports that are taken.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { tryTcp } from '../../tools/lib/ports.mjs';
import { untilSaid } from '../lib/said.mjs';
import { readMetrics } from '../lib/server.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const kBuildMs = 300_000; // where a test is run by itself, ./play may have to build first

/** Starts ./play on loopback; `ready` resolves to all it said once the address is there. */
function play(t, ...args) {
  const child = spawn(join(root, 'play'), ['--no-open', '--host', '127.0.0.1', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const game = { child, said: '' };
  game.ended = new Promise((resolve) => child.on('close', (code) => resolve(code)));
  game.ready = new Promise((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`no address yet:\n${game.said}`)), kBuildMs);
    const hear = (chunk) => {
      game.said += chunk;
      if (!/^http:\/\/\S+\/(\?room=\S+)?\n/m.test(game.said)) return;
      clearTimeout(limit);
      resolve(game.said);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    game.ended.then((code) => {
      clearTimeout(limit);
      reject(new Error(`ended with ${code}:\n${game.said}`));
    });
  });
  game.ready.catch(() => {});
  t.after(async () => {
    child.kill('SIGTERM');
    await game.ended;
  });
  return game;
}

const lastLine = (text) => text.trimEnd().split('\n').at(-1);

test('serves the game at the address of its last line, and ends cleanly on Ctrl-C', { timeout: kBuildMs }, async (t) => {
  const game = play(t);
  const url = new URL(lastLine(await game.ready));
  assert.equal(url.hostname, 'localhost');
  const there = `http://127.0.0.1:${url.port}`;
  const page = await fetch(`${there}/`);
  assert.equal(page.status, 200);
  assert.match(page.headers.get('content-type'), /^text\/html/);
  assert.equal((await fetch(`${there}/healthz`)).status, 200);

  game.child.kill('SIGINT');
  assert.equal(await game.ended, 0);
  assert.equal(lastLine(game.said), 'stopped');
  assert.equal(await tryTcp('127.0.0.1', Number(url.port)), undefined, 'the port is free again');
});

test('a second one finds ports of its own', { timeout: kBuildMs }, async (t) => {
  const first = play(t);
  const one = new URL(lastLine(await first.ready));
  const second = play(t);
  const two = new URL(lastLine(await second.ready));
  assert.notEqual(one.port, two.port);
  assert.match(second.said, /is taken, so this is on/);
  assert.match(second.said, /STUN's port 3478 is taken/);
  for (const { port } of [one, two]) assert.equal((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 200);
});

test('a port that was asked for and is taken is said at once', async (t) => {
  const taken = createServer();
  await new Promise((resolve) => taken.listen(0, '127.0.0.1', resolve));
  t.after(() => taken.close());
  const game = play(t, '--port', String(taken.address().port));
  assert.equal(await game.ended, 1);
  assert.match(game.said, /port \d+ is in use; end what listens there, or name another: without --port a free one is chosen/);
  assert.doesNotMatch(game.said, /Build/);
});

test('bots play in a room whose link is the last line, and leave with the server', { timeout: kBuildMs }, async (t) => {
  const game = play(t, '--bots', '3');
  const url = new URL(lastLine(await game.ready));
  const { parlor_members: members } = await readMetrics({ url: `http://127.0.0.1:${url.port}` });
  assert.ok(members >= 1 && members <= 3, `${members} members`);
  assert.match(url.searchParams.get('room'), /^[a-z]+-[a-z]+$/);

  game.child.kill('SIGINT');
  assert.equal(await game.ended, 0);
  assert.equal(lastLine(game.said), 'stopped');
});

/// The id of `parlor bot` below ./play, which is its node by now.
function botsOf({ child }) {
  const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(/\s+/).map(Number);
  return children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[1] === 'bot');
}

test('bots that end by themselves are told of, and the game goes on', { timeout: kBuildMs }, async (t) => {
  const game = play(t, '--bots', '2');
  const url = new URL(lastLine(await game.ready));
  process.kill(botsOf(game), 'SIGKILL');
  await untilSaid(() => game.said, /^The bots have ended by themselves, with SIGKILL\. The game goes on without them\.\n( {4}\| .*\n)* {4}the whole log: .*bots-\d+\.log$/m);
  assert.equal((await fetch(`http://127.0.0.1:${url.port}/healthz`)).status, 200);

  game.child.kill('SIGINT');
  assert.equal(await game.ended, 0);
  assert.equal(lastLine(game.said), 'stopped');
  assert.equal(game.said.match(/ended by themselves/g).length, 1);
});

test('says that it is stopping where that takes a while', { timeout: kBuildMs }, async (t) => {
  const game = play(t, '--bots', '1');
  await game.ready;
  const bots = botsOf(game);
  process.kill(bots, 'SIGSTOP'); // until then they do not end
  t.after(() => {
    try {
      process.kill(bots, 'SIGKILL');
    } catch {
      // it has ended
    }
  });
  game.child.kill('SIGINT');
  await untilSaid(() => game.said, /^stopping…$/m);
  process.kill(bots, 'SIGCONT');
  assert.equal(await game.ended, 0);
  assert.equal(lastLine(game.said), 'stopped');
  assert.doesNotMatch(game.said, /ended by themselves/);
});

test('a number of bots that cannot be is refused', async (t) => {
  for (const count of ['0', '61', 'many']) {
    const game = play(t, '--bots', count);
    assert.equal(await game.ended, 2);
    assert.match(game.said, /--bots is a number from 1 to 60/);
  }
});
