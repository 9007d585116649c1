// Keyboard, touch and mouse: what the player wants, handed to the game as it changes.

import { element } from './dom.mjs';

const kKeys = {
  KeyW: [0, -1], ArrowUp: [0, -1], KeyS: [0, 1], ArrowDown: [0, 1],
  KeyA: [-1, 0], ArrowLeft: [-1, 0], KeyD: [1, 0], ArrowRight: [1, 0],
};
/// [aside, distance]; + and - by what is printed on them, wherever they are.
const kView = { KeyQ: [-1, 0], KeyE: [1, 0], NumpadAdd: [0, -1], NumpadSubtract: [0, 1], '+': [0, -1], '=': [0, -1], '-': [0, 1] };
const kTurn = 2.2;       // radians a second
const kDistance = 1.5;   // times e a second
const kDeadZone = 0.12;  // of the stick's way

/// Keys that are meant for a field or a button are not the game's. A slider takes arrows, but no letters.
export const typing = (event) => Boolean(event.target.closest?.('input:not([type="range"]), textarea, select, [contenteditable]')) ||
  (event.code === 'Space' && Boolean(event.target.closest?.('button, a, summary'))) ||
  (event.code.startsWith('Arrow') && Boolean(event.target.closest?.('input')));

/// `playing()` says whether keys move the cube now.
export function listen(engine, playing) {
  const held = new Set();
  let stick = [0, 0];
  let jumping = false;
  let pad = [0, 0, false];
  const viewing = new Map();  // keys that move the view, by their code
  let viewedAt = 0;

  const tell = () => {
    let [x, z] = [stick[0] + pad[0], stick[1] + pad[1]];
    for (const code of held) {
      const way = kKeys[code];
      if (way) [x, z] = [x + way[0], z + way[1]];
    }
    const size = Math.hypot(x, z);
    if (size > 1) [x, z] = [x / size, z / size];
    engine.input(x, z, jumping || pad[2] || held.has('Space'));
  };
  const letGo = () => {
    held.clear();
    viewing.clear();
    stick = [0, 0];
    pad = [0, 0, false];
    jumping = false;
    tell();
  };

  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event) || !playing()) return;
    const view = kView[event.code] ?? kView[event.key];
    if (view) viewing.set(event.code, view);
    if (!(event.code in kKeys) && event.code !== 'Space') return;
    event.preventDefault();
    held.add(event.code);
    tell();
  });
  addEventListener('keyup', (event) => {
    viewing.delete(event.code);
    if (held.delete(event.code)) tell();
  });
  // Keys let go elsewhere are never heard of.
  addEventListener('blur', letGo);
  document.addEventListener('visibilitychange', letGo);

  listenToStick((x, z) => {
    stick = [x, z];
    tell();
  });
  listenToJump((on) => {
    jumping = on;
    tell();
  });
  listenToCamera(engine);
  /// Of a gamepad.
  const padMoved = (x, z, jump) => {
    if (pad[0] === x && pad[1] === z && pad[2] === jump) return;
    pad = [x, z, jump];
    tell();
  };
  /// With each frame, at `now` milliseconds.
  const moveView = (now) => {
    const seconds = Math.min((now - viewedAt) / 1000, 0.1);
    viewedAt = now;
    let [aside, distance] = [0, 0];
    for (const way of viewing.values()) [aside, distance] = [aside + way[0], distance + way[1]];
    if (aside !== 0) engine.look(aside * kTurn * seconds, 0);
    if (distance !== 0) engine.zoom(Math.exp(distance * kDistance * seconds));
  };
  return { letGo, padMoved, moveView };
}

function listenToStick(moved) {
  const base = element('stick');
  const knob = element('knob');
  let pointer = null;
  const move = (event) => {
    const box = base.getBoundingClientRect();
    const reach = box.width / 2;
    let x = (event.clientX - box.left) / reach - 1;
    let z = (event.clientY - box.top) / reach - 1;
    const size = Math.hypot(x, z);
    if (size > 1) [x, z] = [x / size, z / size];
    knob.style.transform = `translate(${x * reach * 0.62}px, ${z * reach * 0.62}px)`;
    // Full speed before the very edge: thumbs do not reach it.
    const strength = Math.min(Math.max(size - kDeadZone, 0) / (0.85 - kDeadZone), 1) / Math.max(Math.min(size, 1), 1e-6);
    moved(x * strength, z * strength);
  };
  const end = (event) => {
    if (event.pointerId !== pointer) return;
    pointer = null;
    base.classList.remove('held');
    knob.style.transform = '';
    moved(0, 0);
  };
  base.addEventListener('pointerdown', (event) => {
    if (pointer !== null) return;
    pointer = event.pointerId;
    base.setPointerCapture(pointer);
    base.classList.add('held');
    move(event);
  });
  base.addEventListener('pointermove', (event) => {
    if (event.pointerId === pointer) move(event);
  });
  for (const type of ['pointerup', 'pointercancel', 'lostpointercapture']) base.addEventListener(type, end);
}

function listenToJump(pressed) {
  const button = element('jump');
  const set = (on) => {
    button.classList.toggle('held', on);
    pressed(on);
  };
  button.addEventListener('pointerdown', (event) => {
    button.setPointerCapture(event.pointerId);
    set(true);
  });
  for (const type of ['pointerup', 'pointercancel', 'lostpointercapture']) button.addEventListener(type, () => set(false));
}

// Drag to turn the camera; the wheel, or two fingers, for its distance.
function listenToCamera(engine) {
  const scene = element('scene');
  const pointers = new Map();
  let spread = 0;
  const distance = () => {
    const [a, b] = [...pointers.values()];
    return Math.hypot(a.x - b.x, a.y - b.y);
  };
  scene.addEventListener('pointerdown', (event) => {
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    scene.setPointerCapture(event.pointerId);
    scene.classList.add('dragging');
    if (pointers.size === 2) spread = distance();
  });
  scene.addEventListener('pointermove', (event) => {
    const last = pointers.get(event.pointerId);
    if (!last) return;
    const [dx, dy] = [event.clientX - last.x, event.clientY - last.y];
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (pointers.size === 1) {
      engine.look(dx * 0.0062, dy * 0.0048);
    } else if (pointers.size === 2) {
      const now = distance();
      if (now > 0 && spread > 0) engine.zoom(spread / now);
      spread = now;
    }
  });
  const end = (event) => {
    pointers.delete(event.pointerId);
    if (pointers.size === 0) scene.classList.remove('dragging');
  };
  for (const type of ['pointerup', 'pointercancel', 'lostpointercapture']) scene.addEventListener(type, end);
  scene.addEventListener('wheel', (event) => {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : 1;
    engine.zoom(Math.exp(Math.max(-120, Math.min(120, event.deltaY * lines)) * 0.0016));
  }, { passive: false });
  scene.addEventListener('contextmenu', (event) => event.preventDefault());
}
