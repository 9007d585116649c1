// The page of the game: shows the menu over the scene, enters rooms, and runs the frames.

import { readAddress, showNoRoom, showRoom } from './address.mjs';
import { startEngine } from './engine.mjs';
import { Hud } from './hud.mjs';
import { listen } from './input.mjs';
import { showMessage, hideMessage, toastFor } from './messages.mjs';
import { Quality } from './quality.mjs';
import { forgetPlace, rememberName, rememberPlace, rememberedName, rememberedPlace } from './storage.mjs';
import { toast } from './toasts.mjs';

const element = (id) => document.getElementById(id);
const canvas = element('scene');
const address = readAddress();
const quality = new Quality(address.ratio);

let engine = null;  // until the module is loaded, and for good when it cannot draw
let hud = null;
let shown = '';         // the model that the page shows, as text
let model = { state: 'loading', peers: [] };
let wanted = null;      // what the last attempt to enter was: { code?, name, size?, ticket? }

/// What the game says of itself, for tests and the curious: { state, code, me, host, term, self, peers, frames, draw_calls,
/// cpu_ms, fps, … }, see Game::snapshot().
export function snapshot() {
  return engine ? engine.snapshot() : { state: 'loading', peers: [], frames: 0, draw_calls: 0, cpu_ms: 0, fps: 0, cubes: 0 };
}

// ---- what is shown

function view(name) {
  if (document.body.dataset.view === name) return;
  document.body.dataset.view = name;
  placeCube();
}

/// The cube stands where nothing covers it: beside the menu, or above it on a narrow screen.
function placeCube() {
  if (!engine) return;
  const narrow = innerWidth <= 600;
  const menu = ['start', 'entering', 'message'].includes(document.body.dataset.view);
  const card = element('start').getBoundingClientRect();
  if (!menu) engine.shift(0, narrow ? 0 : -0.06);
  else if (narrow) engine.shift(0, Math.min(card.height / innerHeight, 0.72));
  else engine.shift(Math.min((card.right || 400) / innerWidth, 0.55), -0.05);
}

function showModel() {
  const text = engine.model();
  if (text === shown) return;
  shown = text;
  model = JSON.parse(text);
  if (model.state === 'playing') hud.show(model);
}

function showStats() {
  const { cubes, draw_calls: calls, cpu_ms: cpu, fps } = engine.snapshot();
  element('stats').textContent = `${cubes} blocks · ${calls} draw calls · ${cpu.toFixed(2)} ms CPU · ${Math.round(fps)} fps`;
}

// ---- entering and leaving

function nameFrom(field) {
  const name = field.value.trim().replace(/\s+/g, ' ');
  field.setAttribute('aria-invalid', String(name === ''));
  if (name === '') {
    element('start-note').textContent = 'Say how the others should call you.';
    field.focus();
    return '';
  }
  element('start-note').textContent = '';
  rememberName(name);
  return name;
}

function enter(attempt) {
  wanted = attempt;
  hideMessage();
  element('entering-text').textContent = attempt.code ? `Joining ${attempt.code}…` : 'Making a room…';
  view('entering');
  if (attempt.code) engine.join(attempt.name, { code: attempt.code, ticket: attempt.ticket ?? '' });
  else engine.create(attempt.name, { size: attempt.size ?? 8 });
}

function menu({ code, focus } = {}) {
  view('start');
  if (code !== undefined) element('join-code').value = code;
  markButtons();
  const field = focus ?? (element('name').value ? (code ? 'join' : 'create') : 'name');
  // A keyboard that jumps up on a phone would hide the scene.
  if (matchMedia('(pointer: fine)').matches) element(field).focus();
}

function entered(notice) {
  rememberPlace({ code: notice.code, ticket: notice.ticket, name: notice.name });
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
    menu({ code: '' });
    return;
  }
  const code = wanted?.code ?? '';
  const canBeCode = /^[a-z]{9}$/i.test(code.replace(/[\s_-]/g, ''));
  const reason = notice.reason === 'no_such_room' && code && !canBeCode ? 'bad_code' : notice.reason;
  // Another window has the place now: the ticket is its.
  if (['replaced', 'no_such_room', 'bad_options'].includes(notice.reason)) forgetPlace();
  view('message');
  act(await showMessage(reason, { code, detail: notice.message }));
}

function act(action) {
  const { name = '', code } = wanted ?? {};
  if (action === 'reload') location.reload();
  else if (action === 'retry') enter(wanted);
  else if (action === 'fresh') enter({ ...wanted, code: code ?? model.code, ticket: '' });
  else if (action === 'create' && name) enter({ name });
  else if (action === 'code') menu({ code, focus: 'join-code' });
  else if (action === 'name') menu({ code, focus: 'name' });
  else menu();
}

function hear(notice) {
  if (notice.kind === 'entered') {
    wanted = { ...wanted, code: notice.code, ticket: notice.ticket };
    entered(notice);
  } else if (notice.kind === 'ended') {
    ended(notice);
  } else {
    const words = toastFor(notice, model.me);
    const member = model.peers.find((peer) => peer.id === notice.id);
    if (words) toast(words.text, { trouble: words.trouble, colour: member?.colour });
  }
}

// ---- running

/// What follows each step of the game: the notices at once, the list of members five times a second.
let modelShownAt = 0;
function after(now) {
  for (let notice = engine.notice(); notice; notice = engine.notice()) {
    showModel();
    hear(notice);
  }
  if (now - modelShownAt < 200) return;
  modelShownAt = now;
  showModel();
  if (address.stress) showStats();
}

function run() {
  let drawnAt = performance.now();
  const frame = (now) => {
    drawnAt = now;
    if (quality.frame(now)) resize();
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

function resize() {
  engine.resize(innerWidth, innerHeight, quality.ratio());
  placeCube();
}

function follow() {
  addEventListener('resize', resize);
  resize();
  const away = () => engine.away(document.visibilityState === 'hidden');
  document.addEventListener('visibilitychange', away);
  away();
  const calm = matchMedia('(prefers-reduced-motion: reduce)');
  calm.addEventListener('change', () => engine.calm(calm.matches));
  engine.calm(calm.matches);
  // The game makes its picture anew when the context comes back; a person only hears of it when it does not.
  let waiting = 0;
  canvas.addEventListener('webglcontextlost', () => {
    waiting = setTimeout(() => showMessage('context_lost').then(act), 6000);
  });
  canvas.addEventListener('webglcontextrestored', () => clearTimeout(waiting));
}

/// The button to press is the one to join with as soon as there is a code.
function markButtons() {
  const joining = element('join-code').value.trim() !== '';
  element('join').classList.toggle('primary', joining);
  element('create').classList.toggle('primary', !joining);
}

function create() {
  const name = nameFrom(element('name'));
  if (name) enter({ name, size: address.size });
}

function join() {
  const code = element('join-code').value.trim();
  const name = nameFrom(element('name'));
  if (!name) return;
  if (code) enter({ name, code, ticket: rememberedPlace(code)?.ticket });
  else element('join-code').focus();
}

function listenToForms() {
  element('create-form').addEventListener('submit', (event) => {
    event.preventDefault();
    // Enter in the field of the name, with a code from an invitation below it, means to join.
    if (document.activeElement === element('name') && element('join-code').value.trim()) join();
    else create();
  });
  element('join-form').addEventListener('submit', (event) => {
    event.preventDefault();
    join();
  });
  element('join-code').addEventListener('input', markButtons);
  element('cancel').addEventListener('click', () => engine.leave());
}

/// What the address asks for: a room at once when it also says (or this tab remembers) who comes.
function begin() {
  const { room, create, name, size, stress } = address;
  element('name').value = name ?? rememberedName();
  if (name) rememberName(name);
  const place = room ? rememberedPlace(room) : null;
  if (create && name) enter({ name, size });
  else if (room && (name || place)) enter({ name: name ?? place.name, code: room, ticket: place?.ticket });
  else if (stress) crowd();
  else menu({ code: room ?? '' });
}

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
  hud = new Hud({ leave: () => engine.leave() });
  if (address.stress) engine.crowd(address.stress);
  follow();
  listenToForms();
  listen(engine, () => element('message').hidden);
  begin();
  run();
}

start();
