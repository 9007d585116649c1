// Rooms on a page, told from outside what to do. Nothing runs by itself: no frame, no timer, so that whatever happens on the page
// is the library's own doing; but where play() was called, a game runs. A room is named by its module and its number there.

import load from './rooms.mjs';

const modules = [];

/// One more instance of the module; gives its number.
export async function instantiate() {
  modules.push(await load());
  return modules.length - 1;
}

export function open(module, { server = '', name, build = '', code = '', ticket = '', size = 8 }) {
  return modules[module].ccall('page_open', 'number', ['string', 'string', 'string', 'string', 'string', 'number'],
    [server, name, build, code, ticket, size]);
}

/// `channels`: "reliable,latest!,bulk", with "!" those of the host.
export function openWithChannels(module, { name, code = '', channels }) {
  return modules[module].ccall('page_open_with_channels', 'number', ['string', 'string', 'string'], [name, code, channels]);
}

export function openListed(module, { name, title, password = '', mode }) {
  return modules[module].ccall('page_open_listed', 'number', ['string', 'string', 'string', 'string'], [name, title, password, mode]);
}

export function openWithPassword(module, { name, code, password }) {
  return modules[module].ccall('page_open_with_password', 'number', ['string', 'string', 'string'], [name, code, password]);
}

export function match(module, { name, mode }) {
  return modules[module].ccall('page_match', 'number', ['string', 'string'], [name, mode]);
}

/// "kick", "ban" or "make_host": what the call gave.
export function ask({ module, number }, what, peer) {
  return modules[module].ccall('page_ask', 'string', ['number', 'string', 'number'], [number, what, peer]);
}

export function rename({ module, number }, title) {
  return modules[module].ccall('page_rename', 'string', ['number', 'string'], [number, title]);
}

/// Asks for rooms: RoomsListed or ListFailed, once it is known. A list of another number is another object.
export async function list(module, { number = 1, server = '', mode = '' } = {}) {
  modules[module].ccall('page_list', null, ['number', 'string', 'string'], [number, server, mode]);
  for (;;) {
    const text = modules[module].ccall('page_listed', 'string', ['number'], [number]);
    if (text !== '') return JSON.parse(text);
    await new Promise((resolve) => { setTimeout(resolve, 10); });
  }
}

export function closeList(module, number) {
  modules[module].ccall('page_close_list', null, ['number'], [number]);
}

export function update({ module, number }) {
  modules[module].ccall('page_update', null, ['number'], [number]);
}

/// What happened since the last call, without an update.
export function events({ module, number }) {
  const found = [];
  for (;;) {
    const text = modules[module].ccall('page_event', 'string', ['number'], [number]);
    if (text === '') return found;
    found.push(JSON.parse(text));
  }
}

/// The same as a frame of a game does it.
export function frame(room) {
  update(room);
  return events(room);
}

/// A message of `length` bytes that begins with the byte `mark` and follows from it; to everybody where `to` is nobody.
export function send({ module, number }, to, channel, length, mark) {
  return modules[module].ccall('page_send', 'string', ['number', 'string', 'number', 'number', 'number'],
    [number, String(to), channel, length, mark]);
}

/// A value of a key, on a channel of the kind latest.
export function sendLatest({ module, number }, to, channel, length, mark, key) {
  return modules[module].ccall('page_send_latest', 'string', ['number', 'number', 'number', 'number', 'number', 'number'],
    [number, to, channel, length, mark, key]);
}

/// The same as send() one after another, with rising marks, until the result is another than `queued`: how many were taken, that
/// result, and how many bytes wait then.
export function sendUntilRefused(room, to, channel, length, most) {
  let taken = 0;
  let result = 'queued';
  while (taken < most) {
    result = send(room, to, channel, length, taken % 256);
    if (result !== 'queued') break;
    ++taken;
  }
  return { taken, result, waiting: stats(room, to).queued_bytes };
}

export function stats({ module, number }, peer) {
  return JSON.parse(modules[module].ccall('page_stats', 'string', ['number', 'number'], [number, peer]));
}

/// What became of the way to a member, a line for each step.
export function explain({ module, number }, peer) {
  return modules[module].ccall('page_explain', 'string', ['number', 'number'], [number, peer]).split('\n').filter(Boolean);
}

/// Delay in milliseconds, the others from 0 to 1; nothing takes the conditioner off.
export function condition({ module, number }, conditions) {
  const { delay = 0, loss = 0, duplicate = 0 } = conditions ?? { delay: -1 };
  return modules[module].ccall('page_condition', 'string', ['number', 'number', 'number', 'number'], [number, delay, loss, duplicate]);
}

const kFrameMs = 16;
const games = new Map(); // by room

/// From now on a frame every 16 ms. Each says two things of 100 bytes to everybody, by the reliable channel 0, with rising marks, and by
/// the unreliable channel 1; what it hears, and what happens, is kept.
export function play(room) {
  const game = { sent: 0, refused: [], heard: [], events: [] };
  const onFrame = () => {
    const at = performance.now();
    for (const event of frame(room)) {
      if (event.type === 'Message') game.heard.push({ at, from: event.from, channel: event.channel, mark: event.mark });
      else game.events.push({ at, ...event });
    }
    const result = send(room, 'all', 0, 100, game.sent % 256);
    if (result === 'queued') ++game.sent;
    else game.refused.push({ at, result });
    send(room, 'all', 1, 100, 0);
  };
  game.timer = setInterval(onFrame, kFrameMs);
  games.set(room.number, game);
}

/// What the game has been so far.
export function playedSoFar(room) {
  return { ...games.get(room.number), now: performance.now() };
}

/// It says nothing more, but goes on hearing.
export function hush(room) {
  const game = games.get(room.number);
  clearInterval(game.timer);
  game.timer = setInterval(() => {
    const at = performance.now();
    for (const event of frame(room)) {
      if (event.type === 'Message') game.heard.push({ at, from: event.from, channel: event.channel, mark: event.mark });
    }
  }, kFrameMs);
}

export function leave({ module, number }) {
  modules[module].ccall('page_leave', null, ['number'], [number]);
}

/// Destroys the room.
export function close({ module, number }) {
  modules[module].ccall('page_close', null, ['number'], [number]);
}

/// Leaves the module no memory but what it gets by growing.
export function fill(module) {
  modules[module].ccall('page_fill', null, [], []);
}
