// ./play after its setup: node tools/play.mjs HOST PORT OPEN BOTS, each empty where the person did not say. Builds what is served,
// starts `parlor serve`, and `parlor bot` where bots are wanted, says where it is, and ends it on Ctrl-C.

import { spawn, spawnSync } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { isIP } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { build } from './lib/build.mjs';
import { endChildrenOnSignals } from './lib/process.mjs';
import { endpoint, firstFree, localUrl, networkUrls, tryTcp, tryUdp } from './lib/ports.mjs';
import { failureText, Screen } from './lib/ui.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const binary = join(root, 'build', 'release', 'bin', 'parlor');
const logs = join(root, 'build', 'logs');

const kPort = 8080;
const kStunPort = 3478; // RFC 8489 §6.2
const kReadyMs = 20_000;
const kGraceMs = 10_000;
const kSilentMs = 500; // ending that takes longer is told of
const kMostMembers = 64;
const kLeftToPeople = 8; // places of the bots' room

async function buildOne(screen, title, preset, targets) {
  const step = screen.begin(title);
  const built = await build({ root, preset, targets, progress: step.progress });
  step.end(built.ok ? 'ok' : 'FAILED', built.ok && built.actions === 0 ? 'nothing to do' : '');
  if (!built.ok) screen.say(failureText(built.log));
  return built.ok;
}

async function buildAll(screen) {
  if (!(await buildOne(screen, '[1/3] Build: the server', 'release', ['parlor']))) return false;
  return buildOne(screen, '[2/3] Build: the pages as WebAssembly', 'wasm-release', ['pages']);
}

/** The ports to use, or a sentence that says why not. */
async function choosePorts(host, wanted) {
  const pages = await firstFree(host, wanted ?? kPort, [tryTcp], wanted ? 1 : undefined);
  if (pages.code === 'EADDRNOTAVAIL') return { trouble: `${host} is no address of this machine` };
  if (pages.code === 'EADDRINUSE' && wanted) {
    return { trouble: `port ${wanted} is in use; end what listens there, or name another: without --port a free one is chosen` };
  }
  if (!pages.port && wanted) return { trouble: `port ${wanted} cannot be used (${pages.code}); without --port a free one is chosen` };
  if (!pages.port) return { trouble: `no free port from ${kPort} on (${pages.code})` };
  const stun = await firstFree(host, kStunPort, [tryUdp, tryTcp]);
  if (!stun.port) return { trouble: `no free port for STUN from ${kStunPort} on (${stun.code})` };
  return { port: pages.port, stun: stun.port };
}

function startServer(host, port, stun) {
  mkdirSync(join(root, '.state'), { recursive: true, mode: 0o700 });
  mkdirSync(logs, { recursive: true });
  const log = join(logs, `server-${port}.log`); // another ./play may run beside this one
  const file = createWriteStream(log);
  const args = ['serve', '--listen', endpoint(host, port), '--stun', endpoint(host, stun),
    '--pages', join(root, 'build', 'pages'), '--state', join(root, '.state')];
  // Its own process group: Ctrl-C comes to us, and we tell it.
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, cwd: root });
  child.stdout.pipe(file, { end: false });
  child.stderr.pipe(file, { end: false });
  const ended = new Promise((resolve) => {
    child.on('error', (error) => {
      file.write(`${error.message}\n`);
      resolve(127);
    });
    child.on('close', (code) => resolve(code ?? 1));
  });
  ended.then(() => file.end());
  const ready = new Promise((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('listening http')) resolve(true);
    });
    ended.then(() => resolve(false));
    setTimeout(() => resolve(false), kReadyMs).unref();
  });
  return { child, ended, ready, log };
}

/**
 * Bots in a room of theirs: { child, ended, room, log }, where `room` resolves to its code, or to nothing when they ended before, and
 * `ended`, once the log is whole, to their exit code or the signal that ended them.
 */
function startBots(host, port, count) {
  const file = createWriteStream(join(logs, `bots-${port}.log`));
  const size = Math.min(kMostMembers, count + kLeftToPeople);
  const args = ['bot', '--server', localUrl(host, port), '--count', String(count), '--size', String(Math.max(size, count + 2))];
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, cwd: root });
  child.stdout.pipe(file, { end: false });
  child.stderr.pipe(file, { end: false });
  const ended = new Promise((resolve) => {
    const end = (how) => file.end(() => resolve(how));
    child.on('error', () => end('code 127'));
    child.on('close', (code, signal) => end(signal ?? `code ${code}`));
  });
  const room = new Promise((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const code = /^Room (\S+):/.exec(line)?.[1];
      if (code) resolve(code);
    });
    ended.then(() => resolve(undefined));
    setTimeout(() => resolve(undefined), kReadyMs).unref();
  });
  return { child, ended, room, log: join(logs, `bots-${port}.log`) };
}

function openBrowser(url) {
  if (!process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) return;
  if (spawnSync('sh', ['-c', 'command -v xdg-open'], { stdio: 'ignore' }).status !== 0) return;
  const child = spawn('xdg-open', [url], { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}

/** Resolves when the person wants to stop or the server has ended by itself: its exit code, or undefined for the former. */
function untilTheEnd(server) {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      process.removeAllListeners(signal);
      process.on(signal, () => resolve(undefined));
    }
    process.stdout.on('error', () => resolve(undefined)); // whoever read our lines is gone
    server.ended.then(resolve);
  });
}

/** Says of bots that ended while the game was to go on, and why. */
function watchBots(bots, end, screen) {
  let ending = false;
  end.then(() => { ending = true; });
  bots.ended.then((how) => {
    if (ending) return;
    screen.say(`The bots have ended by themselves, with ${how}. The game goes on without them.`);
    screen.say(failureText(bots.log));
  });
}

async function stop(...started) {
  const slow = setTimeout(() => console.log('stopping…'), kSilentMs);
  for (const one of started) { // bots before their server
    if (!one) continue;
    one.child.kill('SIGTERM');
    const kill = setTimeout(() => one.child.kill('SIGKILL'), kGraceMs);
    await one.ended;
    clearTimeout(kill);
  }
  clearTimeout(slow);
}

async function main([hostText, portText, open, botsText]) {
  const host = { '': '0.0.0.0', localhost: '127.0.0.1' }[hostText] ?? hostText;
  if (isIP(host) === 0) {
    console.error(`parlor: --host is an IP address of this machine, not '${hostText}'`);
    return 2;
  }
  const wanted = portText === '' ? undefined : Number(portText);
  endChildrenOnSignals();
  if (wanted) { // said before the build rather than after it
    const { trouble } = await choosePorts(host, wanted);
    if (trouble) return refuse(trouble);
  }
  const screen = new Screen();
  if (!(await buildAll(screen))) return 1;

  const step = screen.begin('[3/3] Start: parlor serve');
  const { port, stun, trouble } = await choosePorts(host, wanted);
  if (trouble) {
    step.end('FAILED');
    return refuse(trouble);
  }
  const server = startServer(host, port, stun);
  const end = untilTheEnd(server);
  const isReady = await Promise.race([server.ready, end.then((code) => code === undefined)]);
  if (!isReady) {
    step.end('FAILED');
    await stop(server);
    screen.say(failureText(server.log));
    return 1;
  }
  step.end('ok');
  const bots = botsText ? startBots(host, port, Number(botsText)) : undefined;
  const room = await bots?.room;
  if (bots && !room) {
    await stop(bots, server);
    screen.say(failureText(bots.log));
    return 1;
  }
  const query = room ? `?room=${room}` : '';
  tell(host, port, stun, !wanted, query);
  if (open) openBrowser(localUrl(host, port) + query);
  if (bots) watchBots(bots, end, screen);

  const code = await end;
  if (code === undefined) {
    await stop(bots, server);
    console.log('stopped');
    return 0;
  }
  await stop(bots);
  screen.say(`The server has ended by itself, with code ${code}.`);
  screen.say(failureText(server.log));
  return 1;
}

function refuse(trouble) {
  console.error(`parlor: ${trouble}`);
  return 1;
}

function tell(host, port, stun, mayDiffer, query) {
  const lines = [''];
  if (mayDiffer && port !== kPort) lines.push(`Port ${kPort} is taken, so this is on ${port}.`);
  if (stun !== kStunPort) lines.push(`STUN's port ${kStunPort} is taken, so that is on ${stun}.`);
  lines.push(query ? 'Open this to play with the bots; Ctrl-C ends it.' : 'Open this in two windows; Ctrl-C ends it.');
  const others = networkUrls(host, port).map((url) => url + query);
  if (others.length > 0) lines.push(`From other machines of your network: ${others.join(' ')}`);
  lines.push(localUrl(host, port) + query);
  console.log(lines.join('\n'));
}

process.exit(await main(process.argv.slice(2)));
