// Gamepads, in the standard mapping of the Gamepad API: the left stick or the cross of buttons moves, the right stick turns the
// camera, the lowest button (A, cross) jumps. Of several pads the one that is used counts.

const kDeadZone = 0.18;  // of the stick's way: worn sticks do not come back to the middle
const kFull = 0.95;      // nor do they reach the edge in every direction
const kTurn = 2.8;       // radians a second, at the edge
const kLift = 1.7;
const kJump = [0];
const kCross = { 12: [0, -1], 13: [0, 1], 14: [-1, 0], 15: [1, 0] };

/// A stick's place as a strength from 0 to 1 in its direction, without what the middle is off by.
export function stickWay(x = 0, y = 0) {
  const size = Math.hypot(x, y);
  if (!(size > kDeadZone)) return [0, 0];
  const strength = Math.min((size - kDeadZone) / (kFull - kDeadZone), 1) / size;
  return [x * strength, y * strength];
}

const isDown = (pad, button) => Boolean(pad.buttons[button]?.pressed);

function wayOf(pad) {
  let way = stickWay(pad.axes[0], pad.axes[1]);
  for (const [button, [x, z]] of Object.entries(kCross)) {
    if (pad.mapping === 'standard' && isDown(pad, button)) way = [way[0] + x, way[1] + z];
  }
  return way;
}

const larger = (a, b) => (Math.hypot(...b) > Math.hypot(...a) ? b : a);

/// "Xbox Wireless Controller (STANDARD GAMEPAD Vendor: 045e …)" without what is in brackets.
const nameOf = (pad) => pad.id.replace(/\s*\(.*$/, '').trim().slice(0, 40) || 'Gamepad';

export class Gamepads {
  #names = new Map();  // of those that are connected, by index
  #last = 0;
  #move;
  #look;
  #say;

  /// `move(x, z, jump)` and `look(aside, up)` as the game takes them, `say(text)` for what happens to the pads.
  constructor({ move, look, say }) {
    this.#move = move;
    this.#look = look;
    this.#say = say;
  }

  /// With each frame, at `now` milliseconds. Pads that nobody may use now rest.
  poll(now, playing) {
    const seconds = Math.min((now - this.#last) / 1000, 0.1);
    this.#last = now;
    const pads = [...(navigator.getGamepads?.() ?? [])].filter((pad) => pad?.connected);
    this.#watch(pads);
    if (pads.length === 0) return;
    const used = playing ? pads : [];
    const way = used.map(wayOf).reduce(larger, [0, 0]);
    this.#move(way[0], way[1], used.some((pad) => kJump.some((button) => isDown(pad, button))));
    const [aside, up] = used.filter((pad) => pad.mapping === 'standard').map((pad) => stickWay(pad.axes[2], pad.axes[3])).reduce(larger, [0, 0]);
    // Slow near the middle, to aim; the square keeps the sign.
    if (aside !== 0 || up !== 0) this.#look(aside * Math.abs(aside) * kTurn * seconds, up * Math.abs(up) * kLift * seconds);
  }

  #watch(pads) {
    for (const pad of pads) {
      if (this.#names.get(pad.index) === pad.id) continue;
      this.#names.set(pad.index, pad.id);
      this.#say(`${nameOf(pad)} connected: left stick moves, right stick looks, A jumps`);
    }
    for (const [index, id] of this.#names) {
      if (pads.some((pad) => pad.index === index)) continue;
      this.#names.delete(index);
      this.#move(0, 0, false);
      this.#say(`${nameOf({ id })} disconnected`);
    }
  }
}
