// The relay's frames and what a sender does about windows and refusals, written from docs/relay.md alone.

const types = { data: 1, control: 2, refusal: 3, window: 4 };
const lanes = ['reliable', 'unreliable', 'latest', 'bulk'];
const reasons = ['malformed', 'too_large', 'off', 'no_such_peer', 'over_budget', 'full'];
const flagAgain = 0x80;
const stepBytes = 32 * 1024;
const calmMs = 1000;
const overhead = 64;
/** That much waits in the socket at most, so that signaling does not wait behind it. */
const mostBuffered = 32 * 1024;
const mostSpells = 32;

/** What a client sends to one member. With the lane "control" it is a control frame. */
export function encodeRelay({ lane, age = 0, key = 0, to, again = false, header, payload }) {
  const control = lane === 'control';
  const fixed = Buffer.alloc(control ? 1 : lane === 'latest' ? 8 : 4);
  fixed[0] = control ? types.control : types.data;
  if (!control) {
    fixed[1] = lanes.indexOf(lane);
    fixed.writeUInt16LE(age, 2);
    if (lane === 'latest') fixed.writeUInt32LE(key, 4);
  }
  const recipient = Buffer.from([1, to & 0xff, to >> 8, header.length | (again ? flagAgain : 0)]);
  return Buffer.concat([fixed, recipient, header, payload]);
}

/** What the server sends. Null: a type of a later server, or one that is cut short. */
export function decodeRelay(bytes) {
  const shortest = [0, 4, 3, 7, 5][bytes[0]];
  if (!shortest || bytes.length < shortest) return null;
  switch (bytes[0]) {
    case types.data: return { type: 'data', lane: lanes[bytes[1]], from: bytes.readUInt16LE(2), body: bytes.subarray(4) };
    case types.control: return { type: 'data', lane: 'control', from: bytes.readUInt16LE(1), body: bytes.subarray(3) };
    case types.refusal: return {
      type: 'refusal', reason: reasons[bytes[1]] ?? 'over_budget', peer: bytes.readUInt16LE(2), lane: lanes[bytes[4]],
      wait: bytes.readUInt16LE(5), header: bytes.subarray(7),
    };
    case types.window: return { type: 'window', lane: lanes[bytes[1]], peer: bytes.readUInt16LE(2), open: bytes[4] === 1 };
  }
}

/** How fast a member speaks on the lanes reliable and bulk, to all recipients together, behind a refusal as over_budget. */
export class Pace {
  constructor() {
    Object.assign(this, { stepAt: 0, stepMs: 0, calmAt: 0, left: 0 });
  }

  refused(wait, now) {
    Object.assign(this, { stepAt: now + wait, stepMs: wait, calmAt: now + wait + calmMs, left: 0 });
  }

  /** Whether so many bytes may go now; they count. */
  allows(bytes, now) {
    if (now >= this.calmAt) return true;
    if (now >= this.stepAt) Object.assign(this, { stepAt: now + this.stepMs, left: stepBytes });
    if (this.left < bytes && this.left < stepBytes) return false;
    this.left -= bytes;
    return true;
  }
}

let spells = 0; // of all lanes, so that one to another life of a member has another than the former

/**
 * What goes to one member on one of the lanes reliable and bulk: everything that is not acknowledged, in the order in which it was
 * handed over. What is in front of `next` is with the server, or beyond it.
 */
export class OrderedLane {
  /** `transmit(item, again)` gives an item to the socket. */
  constructor({ transmit, pace }) {
    Object.assign(this, { transmit, pace, items: [], refusals: 0, resent: 0 });
    this.restart();
  }

  /** One of the two has another connection: windows and stops are over, and what the former held is gone. */
  restart() {
    Object.assign(this, { spell: spells++ % mostSpells, next: 0, open: true, again: false });
  }

  push(item) {
    this.items.push(item);
  }

  /** Takes out what `isOver` says was acknowledged. */
  acknowledge(isOver) {
    const [sent, waiting] = [this.items.slice(0, this.next), this.items.slice(this.next)].map((part) => part.filter((item) => !isOver(item)));
    this.next = sent.length;
    this.items = [...sent, ...waiting];
  }

  window(open) {
    this.open = open;
  }

  /** `isRefused` knows the item that was named. One of another spell does not tell what of this one was taken. */
  refused({ reason, wait }, spell, isRefused, now) {
    ++this.refusals;
    this.next = spell === this.spell ? Math.max(0, this.items.findIndex(isRefused)) : 0;
    this.again = true;
    if (reason === 'full') this.open = false;
    else this.pace.refused(wait, now);
  }

  /** Sends what may be sent now; `buffered()` is what the socket has not taken yet. */
  pump(now, buffered) {
    while (this.next < this.items.length && this.open && buffered() < mostBuffered) {
      const item = this.items[this.next];
      if (!this.pace.allows(item.payload.length + overhead, now)) return;
      ++this.next;
      if (item.sent) ++this.resent;
      item.sent = true;
      this.transmit(item, this.again);
      this.again = false;
    }
  }
}
