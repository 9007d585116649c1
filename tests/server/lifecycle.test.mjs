// Starting, configuring and ending `parlor serve`.

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { enter, exchange, pair } from '../lib/member.mjs';
import { frame, openRaw, openSocket } from '../lib/raw.mjs';
import { runParlor, startServer } from '../lib/server.mjs';

let folder;
before(() => { folder = mkdtempSync(join(tmpdir(), 'parlor-lifecycle-')); });
after(() => rmSync(folder, { recursive: true, force: true }));

test('SIGTERM tells every member and ends with 0', async () => {
  const server = await startServer({ args: ['--workers', '3'] });
  const [alice, bob] = await pair(server);
  const lonely = await enter(server, 'Carol');
  const ended = server.stop();
  for (const one of [alice, bob, lonely]) {
    assert.equal((await one.next('error')).code, 'server_shutdown');
    assert.deepEqual(await one.end(), { code: 1001, reason: 'server_shutdown' });
  }
  const { code, log } = await ended;
  assert.equal(code, 0);
  assert.match(log, /event=stopped/);
});

test('SIGINT does the same', async () => {
  const server = await startServer();
  const alice = await enter(server, 'Alice');
  process.kill(server.pid, 'SIGINT');
  assert.deepEqual(await alice.end(), { code: 1001, reason: 'server_shutdown' });
  assert.equal((await server.ended).code, 0);
  await server.stop();
});

test('a client that does not answer the close holds the end up for three seconds at most', async () => {
  const server = await startServer();
  const raw = await openRaw(server, '/v1?version=1&game=test&build=1&name=Mallory&create=2');
  const idle = await openSocket(server);
  const half = await openSocket(server);
  half.write('GET / HTTP/1.1\r\n');
  raw.pause();
  const began = Date.now();
  const { code } = await server.stop();
  assert.equal(code, 0);
  assert.ok(Date.now() - began < 6000, `${Date.now() - began} ms`);
  for (const one of [raw, idle, half]) one.close();
});

test('what members have said before the end still arrives', async () => {
  const server = await startServer();
  const [alice, bob] = await pair(server);
  for (let i = 0; i < 50; ++i) alice.send({ type: 'candidate', to: bob.id, candidate: `candidate:${i}`, mid: '0' });
  await exchange(alice, bob);
  await server.stop();
  assert.equal((await bob.end()).code, 1001);
});

test('nothing follows the close with which the server answers one', async () => {
  const server = await startServer({ args: ['--workers', '1', '--message-rate', '100000', '--message-burst', '100000'] });
  const talker = await enter(server, 'Talker');
  try {
    const { code } = talker;
    for (let round = 0; round < 60; ++round) {
      const raw = await openRaw(server, `/v1?${new URLSearchParams({ version: '1', game: 'test', build: '1', name: 'Raw', join: code })}`);
      const { peer } = await talker.next('peer_joined');
      // The close comes to the server between things that are said to who closes.
      const candidate = JSON.stringify({ type: 'candidate', to: peer.id, candidate: 'c' });
      for (let i = 0; i < 40; ++i) {
        talker.send(candidate);
        if (i === 10) raw.write(frame(8, Buffer.from([0x03, 0xe8])));
      }
      while ((await raw.frame()).opcode !== 8);
      await raw.ended();
      assert.equal(raw.received.length, 0, 'and the close was the last');
      await talker.next('peer_left');
      raw.close();
    }
  } finally {
    talker.close();
    await server.stop();
  }
});

test('the ready lines name every address with its real port', async () => {
  const server = await startServer({ listen: ['127.0.0.1:0', '127.0.0.2:0'], stun: ['127.0.0.1:0', '127.0.0.2:0'], args: ['--workers', '3'] });
  try {
    assert.equal(server.urls.length, 2);
    assert.equal(server.stuns.length, 2);
    for (const url of server.urls) assert.equal(await (await fetch(new URL('healthz', url))).text(), 'ok\n');
  } finally {
    await server.stop();
  }
});

test('IPv6 is served too', async (t) => {
  let server;
  try {
    server = await startServer({ listen: ['[::1]:0'], stun: ['[::1]:0'] });
  } catch (error) {
    if (/cannot listen|cannot bind/.test(error.message)) return t.skip('this machine has no IPv6');
    throw error;
  }
  try {
    assert.match(server.url, /^http:\/\/\[::1\]:\d+\/$/);
    const [alice, bob] = await pair(server);
    await exchange(alice, bob);
    assert.deepEqual(await (await fetch(new URL('v1/ice', server.url))).json(), { ice_servers: [{ urls: [`stun:${server.stun}`] }] });
  } finally {
    await server.stop();
  }
});

test('a port that is taken is told in a sentence, by whomever it is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => { other.once('listening', resolve); });
  const server = await startServer({ args: ['--workers', '2'] });
  try {
    for (const port of [other.address().port, server.port]) {
      const { code, stdout, stderr } = await runParlor(['serve', '--listen', `127.0.0.1:${port}`, '--no-stun', '--state', folder]);
      assert.equal(code, 1);
      assert.equal(stdout, '');
      assert.match(stderr, new RegExp(`^parlor serve: cannot listen on 127\\.0\\.0\\.1:${port}: that port is taken already\\.$`, 'm'));
    }
    const stun = await runParlor(['serve', '--listen', '127.0.0.1:0', '--stun', server.stun, '--state', folder]);
    assert.equal(stun.code, 1);
    assert.match(stun.stderr, /parlor serve: cannot bind UDP .*: that port is taken already; choose another with --stun\.$/m);
  } finally {
    await server.stop();
    other.close();
  }
});

test('a server killed under its members can be started again on its port at once', async () => {
  const killed = await startServer();
  await pair(killed);
  await killed.kill();
  const again = await startServer({ listen: [`127.0.0.1:${killed.port}`] });
  await pair(again);
  await again.stop();
});

test('an address that this machine does not have is told in a sentence', async () => {
  const { code, stderr } = await runParlor(['serve', '--listen', '192.0.2.1:0', '--no-stun', '--state', folder]);
  assert.equal(code, 1);
  assert.match(stderr, /cannot listen on 192\.0\.2\.1:0: 192\.0\.2\.1 is no address of this machine\.$/m);
});

for (const [args, sentence] of [
  [['--listen', '80'], '--listen must be an IP address and a port, like 0.0.0.0:8080 or [::]:8080, not "80".'],
  [['--workers', '1000'], '--workers must be a number from 0 to 256, not "1000".'],
  [['--origin', 'play.example.com'], '--origin must be an origin, like https://play.example.com, without a path, or "*", not "play.example.com".'],
  [['--pages', '/nowhere/at/all'], '--pages: there is no folder /nowhere/at/all.'],
  [['--config', '/nowhere/at/all'], 'cannot read the configuration file /nowhere/at/all.'],
  [['--stun-second', '127.0.0.2:3479'], '--stun-second needs a --stun with an address of its own, not 0.0.0.0:3478.'],
]) {
  test(`${args.join(' ')} is refused in one sentence`, async () => {
    const { code, stdout, stderr } = await runParlor(['serve', ...args]);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.equal(stderr, `parlor serve: ${sentence}\n`);
  });
}

test('a variable that says nothing is named, with the one that may be meant', async () => {
  const { code, stderr } = await runParlor(['serve', '--print-config'], { env: { PARLOR_STUN_RAT: '5', PARLOR_WORKERS: '2' } });
  assert.equal(code, 0);
  assert.equal(stderr, 'parlor serve: PARLOR_STUN_RAT is no option of parlor serve and is ignored; did you mean PARLOR_STUN_RATE?\n');
});

test('flags that are not known and values that are missing end with 2', async () => {
  for (const args of [['serve', '--lisen', 'x'], ['serve', '--listen'], ['serve', 'extra'], ['frobnicate'], []]) {
    const { code, stderr } = await runParlor(args);
    assert.equal(code, 2, args.join(' '));
    assert.notEqual(stderr, '');
  }
});

test('--version and --help', async () => {
  assert.match((await runParlor(['--version'])).stdout, /^parlor \d+\.\d+\.\d+\n$/);
  assert.match((await runParlor(['--help'])).stdout, /serve/);
  const help = await runParlor(['serve', '--help']);
  assert.equal(help.code, 0);
  for (const flag of ['--listen', '--stun-rate', '--external-ip', '--print-config', '--trusted-proxy']) assert.ok(help.stdout.includes(flag), flag);
  assert.match(help.stdout, /--listen ADDR:PORT \.\.\. /, 'may be given several times');
  assert.match(help.stdout, /--workers N {2,}/, 'once');
  const twice = await runParlor(['serve', '--workers', '1', '--workers', '2']);
  assert.match(twice.stderr, /--workers takes one value\./);
});

test('--print-config shows what holds and where it comes from, as a file that can be used', async () => {
  const file = join(folder, 'parlor.toml');
  writeFileSync(file, '# mine\nworkers = 3\nmessage-rate = 70\norigin = ["https://a.example"]\n');
  const first = await runParlor(['serve', '--config', file, '--workers', '2', '--print-config'], { env: { PARLOR_MESSAGE_RATE: '60', PARLOR_STATE: '/tmp/x' } });
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stdout, /^workers = 2  # flag$/m);
  assert.match(first.stdout, /^message-rate = 60  # PARLOR_MESSAGE_RATE$/m);
  assert.ok(first.stdout.includes(`origin = ["https://a.example:443"]  # ${file}:4\n`), first.stdout);
  assert.match(first.stdout, /^listen = \["0\.0\.0\.0:8080"\]  # default$/m);
  const printed = join(folder, 'printed.toml');
  writeFileSync(printed, first.stdout);
  const second = await runParlor(['serve', '--print-config'], { env: { PARLOR_CONFIG: printed } });
  assert.equal(second.code, 0, second.stderr);
  const bare = (text) => text.replace(/ {2}# .*$/gm, '');
  assert.equal(bare(second.stdout), bare(first.stdout));
});

test('a mistake in the file names its line', async () => {
  const file = join(folder, 'wrong.toml');
  writeFileSync(file, 'workers = 2\n\nwrokers = 3\n');
  const { code, stderr } = await runParlor(['serve', '--config', file]);
  assert.equal(code, 2);
  assert.equal(stderr, `parlor serve: ${file}, line 3: "wrokers" is no option of parlor serve; see parlor serve --help.\n`);
});

test('the ticket key is made once, for this user alone, and outlives the process', async () => {
  const state = join(folder, 'state');
  const key = join(state, 'ticket.key');
  const first = await startServer({ state });
  await first.stop();
  const made = readFileSync(key);
  assert.equal(made.length, 32);
  assert.equal(statSync(key).mode & 0o777, 0o600);
  const second = await startServer({ state });
  await second.stop();
  assert.deepEqual(readFileSync(key), made);
  for (const [what, break_] of [['readable by others', () => writeFileSync(key, made, { mode: 0o644 })], ['cut short', () => writeFileSync(key, 'short', { mode: 0o600 })]]) {
    rmSync(key);
    break_();
    const { code, stderr } = await runParlor(['serve', '--listen', '127.0.0.1:0', '--no-stun', '--state', state]);
    assert.equal(code, 1, what);
    assert.match(stderr, /ticket\.key/);
  }
});

test('without a folder for state it serves and warns', async () => {
  for (const given of [{ state: '' }, { state: null, env: { XDG_STATE_HOME: '/proc/nowhere', STATE_DIRECTORY: '' } }]) {
    const server = await startServer(given);
    await enter(server, 'Alice');
    const { log } = await server.stop();
    assert.match(log, /level=warning event=no_state reason="(no folder for state|cannot make the folder \/proc\/nowhere\/parlor: [^"]*)"/);
  }
});

test('a folder for state that was named and cannot be used is a fault, wherever it was named', async () => {
  for (const [args, env] of [[['--state', '/proc/nowhere'], {}], [[], { PARLOR_STATE: '/proc/nowhere' }]]) {
    const { code, stderr } = await runParlor(['serve', '--listen', '127.0.0.1:0', '--no-stun', ...args], { env });
    assert.equal(code, 1);
    assert.match(stderr, /--state: cannot make the folder \/proc\/nowhere: .*; name a folder that this user may write, or "" to keep nothing\./);
  }
});

test('--no-stun and --stun-advertise decide what players are told', async () => {
  for (const [args, urls] of [[['--no-stun'], undefined], [['--no-stun', '--stun-advertise', 'stun.example.com'], ['stun:stun.example.com:3478']],
    [['--no-stun', '--stun-advertise', 'a.example:1', '--stun-advertise', '[2001:db8::1]:2'], ['stun:a.example:1', 'stun:[2001:db8::1]:2']]]) {
    const server = await startServer({ args });
    try {
      const alice = await enter(server, 'Alice');
      const expected = urls ? [{ urls }] : [];
      assert.deepEqual(await (await fetch(new URL('v1/ice', server.url))).json(), { ice_servers: expected });
      alice.close();
    } finally {
      await server.stop();
    }
  }
  const server = await startServer({ args: ['--external-ip', '203.0.113.9'] });
  try {
    const port = server.stun.split(':').at(-1);
    assert.deepEqual(await (await fetch(new URL('v1/ice', server.url))).json(), { ice_servers: [{ urls: [`stun:203.0.113.9:${port}`] }] });
  } finally {
    await server.stop();
  }
});

test('the log has one line per event and no secrets', async () => {
  const server = await startServer({ args: ['--log-level', 'debug', '--workers', '1'] });
  const [alice, bob] = await pair(server);
  const raw = await openRaw(server, '/v1');
  raw.write(frame(1, Buffer.from('\u001b[31mnonsense\nevent=forged')));
  await raw.frame();
  const { log } = await server.stop();
  for (const line of log.trim().split('\n')) assert.match(line, /^\d{4}-\d\d-\d\dT[\d:.]+Z level=\w+ event=\w+( \w+=("[^"]*"|[^ "]+))*$/);
  const canonical = alice.code.replace('-', '');
  for (const secret of [alice.code, canonical, alice.joined.ticket, bob.joined.ticket, 'forged']) assert.ok(!log.includes(secret), secret);
  assert.match(log, /event=room_opened code=\w+\* game=test size=8/);
});
