// The page of the game: shows the menu over the scene, enters rooms, and runs the frames.

import { readAddress, showNoRoom, showRoom } from './address.mjs';
import { element } from './dom.mjs';
import { startEngine } from './engine.mjs';
import { Entering } from './entering.mjs';
import { Gamepads } from './gamepad.mjs';
import { Hud } from './hud.mjs';
import { listen, typing } from './input.mjs';
import { MemberMenu } from './member_menu.mjs';
import { Menu } from './menu.mjs';
import { changesOf, hideMessage, messageOf, showMessage, toastFor } from './messages.mjs';
import { NetworkPanel } from './network_panel.mjs';
import { closePanels, listenToPanels } from './panel.mjs';
import { fitPicture, followWindow, placeCube } from './picture.mjs';
import { Quality } from './quality.mjs';
import { RoomBar } from './room_bar.mjs';
import { listenForSound, play } from './sounds.mjs';
import { forgetPlace, rememberPlace, rememberedName, rememberedPlace } from './storage.mjs';
import { showTag, wordsOfCatch } from './tag_mark.mjs';
import { toast } from './toasts.mjs';

const canvas = element('scene');
const address = readAddress();
const quality = new Quality(address.ratio);

let engine = null;  // until the module is loaded, and for good when it cannot draw
let hud = null;
let network = null;
let pads = null;
let player = null;  // the keys and the touch
let bar = null;
let menu = null;
const entering = new Entering();
let shown = '';         // the model that the page shows, as text
let model = { state: 'loading', peers: [] };
// What the last attempt to enter was: { name } and either { match: true }, or { code, ticket?, password?, title? }, or the
// settings of a new room, { room }; once inside always with { code, ticket }.
let wanted = null;

/// What the game says of itself, for tests and the curious: { state, code, me, host, term, self, peers, frames, draw_calls,
/// cpu_ms, fps, … }, see Game::snapshot().
export function snapshot() {
  return engine ? engine.snapshot() : { state: 'loading', peers: [], frames: 0, draw_calls: 0, cpu_ms: 0, fps: 0, cubes: 0 };
}

// ---- what is shown

function view(name) {
  if (document.body.dataset.view === name) return;
  document.body.dataset.view = name;
  // In the menu the scene takes no keys.
  canvas.tabIndex = name === 'playing' ? 0 : -1;
  if (name !== 'start') menu?.leave();
  if (name !== 'playing') closePanels();
  if (engine) placeCube(engine);
}

function showModel() {
  const text = engine.model();
  if (text === shown) return;
  shown = text;
  const before = model;
  model = JSON.parse(text);
  if (model.state !== 'playing') return;
  hud.show(model);
  bar.show(model, { match: wanted?.match });
  showTag(model);
  const changes = before.state === 'playing' && before.code === model.code ? changesOf(before, model) : '';
  if (changes) toast(changes);
}

function showStats() {
  const { cubes, draw_calls: calls, cpu_ms: cpu, fps } = engine.snapshot();
  element('stats').textContent = `${cubes} blocks · ${calls} draw calls · ${cpu.toFixed(2)} ms CPU · ${Math.round(fps)} fps`;
}

// ---- entering and leaving

function enter(attempt) {
  wanted = attempt;
  const { name, code, ticket, password, match, room } = attempt;
  hideMessage();
  entering.begin(attempt);
  view('entering');
  element('cancel').focus();
  if (code) engine.join(name, { code, ticket, password });
  else if (match) engine.search(name);
  else engine.create(name, room ?? undefined);
}

function showMenu(how) {
  view('start');
  menu.show(how);
}

function showRooms() {
  view('start');
  menu.showRooms();
}

const joinByCode = (name, code, password) =>
  enter({ name, code, ticket: rememberedPlace(code)?.ticket, password, title: wanted?.code === code ? wanted.title : undefined });

/// A room of the list: of one that takes a password it is known before.
async function joinListed(name, { code, title, password }) {
  wanted = { name, code, title };
  if (!password) enter(wanted);
  else act(await showMessage('password', { code, title }));
}

/// The latest ticket knows what has changed since: a reload is let in by it, past a new password for example.
function keepPlace({ code, ticket }) {
  wanted = { ...wanted, code, ticket };
  rememberPlace({ code, ticket, name: wanted.name });
}

function entered(notice) {
  keepPlace(notice);
  showRoom(notice.code);
  document.title = `${notice.code} · Cubes`;
  showModel();
  view('playing');
  canvas.focus({ preventScroll: true });
}

async function ended(notice) {
  document.title = 'Cubes · Parlor';
  if (notice.reason === 'left') {
    forgetPlace();
    showNoRoom();
    showMenu({ code: '' });
    return;
  }
  // Another window has the place now: the ticket is its.
  if (['replaced', 'no_such_room', 'bad_options'].includes(notice.reason)) forgetPlace();
  view('message');
  const { code = '', title, password } = wanted ?? {};
  act(await showMessage(messageOf(notice, code), { code, title, password, detail: notice.message }));
}

function act({ action, code: typed, password }) {
  const { name = '', code, room } = wanted ?? {};
  if (action === 'reload') location.reload();
  else if (action === 'retry') enter(wanted);
  else if (action === 'join' && name) joinByCode(name, typed || code, password);
  else if (action === 'fresh') enter({ ...wanted, code: code ?? model.code, password: wanted.password ?? room?.password, ticket: '' });
  else if (action === 'create' && name) enter({ name });
  else if (action === 'find') showRooms();
  else if (action === 'options') {
    view('start');
    menu.showOptions();
  } else if (action === 'code') showMenu({ code, focus: 'join-code' });
  else if (action === 'name') showMenu({ code, focus: 'name' });
  else showMenu({ code: '' });
}

function hear(notice) {
  if (notice.kind === 'entered') {
    // Who waited alone after a quick match is taken to another who did.
    const again = document.body.dataset.view === 'playing';
    entered(notice);
    if (again) toast('Somebody is here: you share a room now');
  } else if (notice.kind === 'ticket') {
    keepPlace(notice);
  } else if (notice.kind === 'ended') {
    ended(notice);
  } else {
    const words = notice.kind === 'caught' ? { text: wordsOfCatch(notice, model) } : toastFor(notice, model.me);
    const member = model.peers.find((peer) => peer.id === notice.id);
    if (words?.text) toast(words.text, { trouble: words.trouble, colour: member?.colour });
  }
}

// ---- running

/// What follows each step of the game: the notices at once, the list of members five times a second.
let modelShownAt = 0;
function after(now) {
  for (const { kind, strength } of engine.sounds()) play(kind, strength);
  network.update(now, model.state === 'playing');
  const notices = [];
  for (let notice = engine.notice(); notice; notice = engine.notice()) notices.push(notice);
  if (notices.length > 0) showModel();
  notices.forEach(hear);
  if (now - modelShownAt < 200) return;
  modelShownAt = now;
  showModel();
  if (document.body.dataset.view === 'entering') entering.update(model);
  menu.update();
  if (address.stress) showStats();
}

function run() {
  let drawnAt = performance.now();
  const frame = (now) => {
    drawnAt = now;
    if (quality.frame(now)) fitPicture(engine, quality);
    pads.poll(now, element('message').hidden);
    player.moveView(now);
    engine.frame(now);
    after(now);
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  // A hidden or covered page gets no frames; the others are still to be heard and told.
  setInterval(() => {
    const now = performance.now();
    if (now - drawnAt < 300) return;
    engine.tick(now);
    after(now);
  }, 250);
}

/// What the address asks for: a room at once when it also says (or this tab remembers) who comes.
function begin() {
  const { room, create, name, stress } = address;
  element('name').value = name ?? rememberedName();
  const place = room ? rememberedPlace(room) : null;
  if (create && name) enter({ name, room: plainRoom() });
  else if (room && (name || place)) enter({ name: name ?? place.name, code: room, ticket: place?.ticket });
  else if (stress) crowd();
  else showMenu({ code: room ?? '', invited: Boolean(room) });
}

/// A room of which nothing was said but, perhaps, in the address how many it takes.
const plainRoom = () => (address.size ? { size: address.size } : null);

/// Only the scene, with many cubes, and what a frame costs.
function crowd() {
  view('crowd');
  engine.play();
}

async function start() {
  let made;
  try {
    made = await startEngine('#scene');
  } catch (error) {
    console.warn(error);
    view('message');
    act(await showMessage('not_loaded'));
    return;
  }
  if (made.error) {
    if (made.error === 'no_shader') console.warn(made.log());
    view('message');
    act(await showMessage(made.error));
    return;
  }
  engine = made;
  hud = new Hud({ menu: new MemberMenu({ makeHost: engine.makeHost, kick: engine.kick, ban: engine.ban }) });
  bar = new RoomBar({ leave: () => engine.leave(), change: engine.change });
  menu = new Menu(engine, {
    create: (name, room) => enter({ name, room: room ?? plainRoom() }), search: (name) => enter({ name, match: true }),
    join: joinByCode, joinListed, changed: () => placeCube(engine),
  });
  element('cancel').addEventListener('click', () => engine.leave());
  if (address.stress) engine.crowd(address.stress);
  if (address.day !== undefined) engine.day(address.day);
  followWindow(engine, quality, (reason) => showMessage(reason).then(act));
  listenToPanels();
  player = listen(engine, () => element('message').hidden);
  pads = new Gamepads({ move: player.padMoved, look: engine.look, say: toast });
  network = new NetworkPanel(engine, typing);
  listenForSound(element('sound'), typing);
  begin();
  run();
}

start();
