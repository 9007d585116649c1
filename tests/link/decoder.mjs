// A second reader and writer of the link's frames, written from docs/link.md alone: whoever wants to write the other end
// has no more than that page, so what this file cannot know, the page does not say.

const kinds = ['ordered', 'ordered_more', 'unreliable', 'unreliable_copy', 'latest', 'control'];
const channelKinds = ['reliable', 'unreliable', 'latest', 'bulk'];
const sectionTypes = ['hello', 'ping', 'pong', 'acks', 'latest_acks', 'bye'];
const reasons = ['given_up', 'left', 'program_ends'];

export const maxPayload = 16384;
export const maxControl = 256;
const maxAcks = 8;
const maxLatestAcks = 24;
const maxVarintBytes = 5;
const maxKey = 0xffffffff;
const flagDoubts = 1;

/** Reads numbers off the front. What is asked for behind the end reads as 0 and spoils `good`, so one look at the end will do. */
class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
    this.good = true;
  }

  get done() {
    return this.at >= this.bytes.length;
  }

  number(size) {
    let value = 0;
    // Not with shifts: those are of signed 32 bits.
    for (let i = 0; i < size; i++) value += this.byte() * 2 ** (8 * i);
    return value;
  }

  byte() {
    if (this.done) {
      this.good = false;
      return 0;
    }
    return this.bytes[this.at++];
  }

  varint() {
    let value = 0;
    for (let i = 0; i < maxVarintBytes; i++) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte >= 0x80) continue;
      // A last byte of 0 adds nothing, so without it the number would have been shorter; five bytes have room for 35 bits.
      if ((i > 0 && byte === 0) || value > maxKey) this.good = false;
      return value;
    }
    this.good = false;
    return 0;
  }

  ack() {
    const both = this.number(2);
    return { channel: both >> 13, number: both & 0x1fff };
  }

  take(length) {
    if (this.bytes.length - this.at < length) this.good = false;
    // A copy, and a plain one: a Buffer's slices share its memory.
    const taken = Uint8Array.from(this.bytes.subarray(this.at, this.at + length));
    this.at += taken.length;
    return taken;
  }

  rest() {
    return this.take(this.bytes.length - this.at);
  }
}

/** Collects bytes. Refuses what does not fit: cut off silently, it would say something else. */
class Writer {
  constructor() {
    this.bytes = [];
  }

  number(value, size) {
    check(value, 2 ** (8 * size) - 1);
    for (let i = 0; i < size; i++) this.bytes.push(Math.floor(value / 2 ** (8 * i)) % 256);
  }

  varint(value) {
    check(value, maxKey);
    let left = value;
    for (; left >= 0x80; left = Math.floor(left / 0x80)) this.bytes.push((left % 0x80) + 0x80);
    this.bytes.push(left);
  }

  ack({ channel, number }) {
    check(channel, 7);
    check(number, 0x1fff);
    this.number(channel * 0x2000 + number, 2);
  }

  append(bytes) {
    for (const byte of bytes) this.number(byte, 1);
  }

  finish() {
    return Uint8Array.from(this.bytes);
  }
}

function check(value, most) {
  if (!Number.isInteger(value) || value < 0 || value > most) throw new RangeError(`${value} is not from 0 to ${most}`);
}

function indexIn(names, name) {
  const index = names.indexOf(name);
  if (index < 0) throw new RangeError(`${name} is none of ${names.join(', ')}`);
  return index;
}

/** A frame as it is in a message of a data channel, or by the relay behind the channel's number. Null: to be ignored. */
export function decodeFrame(bytes, { ofHost = false } = {}) {
  const reader = new Reader(bytes);
  const first = reader.byte();
  const kind = kinds[first >> 5];
  if (!reader.good || kind === undefined) return null;
  const hasAck = (first & 0x10) !== 0;
  // Control has a channel of its own, which is not the host's.
  if (kind === 'control' && ofHost) return null;

  const frame = { kind, from: (first >> 2) & 3, to: first & 3 };
  if (kind === 'ordered' || kind === 'ordered_more' || kind === 'latest') frame.number = reader.number(2);
  if (kind === 'unreliable' || kind === 'unreliable_copy') frame.stamp = reader.number(2);
  if (kind === 'unreliable_copy') frame.copy = reader.number(2);
  if (kind === 'latest') frame.key = reader.varint();
  if (ofHost) frame.term = reader.number(1);
  const ack = hasAck ? reader.ack() : undefined;
  // Control is the one kind that carries none: one that comes all the same is passed over.
  if (ack && kind !== 'control') frame.ack = ack;
  frame.payload = reader.rest();

  const most = kind === 'control' ? maxControl : maxPayload;
  return reader.good && frame.payload.length <= most ? frame : null;
}

/** The bytes of a frame; one with a term is of a channel of the host. */
export function encodeFrame({ kind, from, to, number, stamp, copy, key, term, ack, payload }) {
  const control = kind === 'control';
  if (control && (term !== undefined || ack !== undefined)) throw new RangeError('control has no term and no acknowledgement');
  check(payload.length, control ? maxControl : maxPayload);
  check(from, 3);
  check(to, 3);

  const writer = new Writer();
  writer.number((indexIn(kinds, kind) << 5) | (ack === undefined ? 0 : 0x10) | (from << 2) | to, 1);
  if (kind === 'ordered' || kind === 'ordered_more' || kind === 'latest') writer.number(number, 2);
  if (kind === 'unreliable' || kind === 'unreliable_copy') writer.number(stamp, 2);
  if (kind === 'unreliable_copy') writer.number(copy, 2);
  if (kind === 'latest') writer.varint(key);
  if (term !== undefined) writer.number(term, 1);
  if (ack !== undefined) writer.ack(ack);
  writer.append(payload);
  return writer.finish();
}

/** The sections in the payload of a control frame, as { sections }, without the unknown ones. Null: to be ignored as a whole. */
export function decodeControl(bytes) {
  if (bytes.length > maxControl) return null;
  const reader = new Reader(bytes);
  const sections = [];
  while (!reader.done) {
    const type = sectionTypes[reader.byte()];
    const content = new Reader(reader.take(reader.byte()));
    if (!reader.good) return null;
    if (type === undefined) continue;
    const section = decodeSection(type, content);
    if (!content.good) return null;
    sections.push(section);
  }
  return { sections };
}

function decodeSection(type, content) {
  switch (type) {
    case 'hello':
      return { type, version: content.number(1), channels: content.number(4) };
    case 'ping': {
      const [id, time, promise, flags, sent] = [2, 4, 1, 1, 2].map((size) => content.number(size));
      return { type, id, time, promise, doubts: (flags & flagDoubts) !== 0, sent };
    }
    case 'pong':
      return { type, id: content.number(2), time: content.number(4) };
    case 'acks':
      return { type, acks: list(content, maxAcks, () => content.ack()) };
    case 'latest_acks': {
      const one = () => ({ channel: content.number(1), number: content.number(2), key: content.varint() });
      return { type, acks: list(content, maxLatestAcks, one) };
    }
    case 'bye': {
      const why = content.number(1);
      // A reason of a later version is still a bye.
      return { type, why: reasons[why] ?? why };
    }
  }
}

/** Such a content has nothing behind it that could be skipped: whatever is there is one more, or a piece of one. */
function list(content, most, one) {
  const found = [];
  while (content.good && !content.done) found.push(one());
  if (found.length > most) content.good = false;
  return found;
}

export function encodeControl({ sections }) {
  const writer = new Writer();
  for (const section of sections) {
    const content = encodeSection(section);
    writer.number(indexIn(sectionTypes, section.type), 1);
    writer.number(content.length, 1);
    writer.append(content);
  }
  check(writer.bytes.length, maxControl);
  return writer.finish();
}

function encodeSection(section) {
  const writer = new Writer();
  switch (section.type) {
    case 'hello':
      writer.number(section.version, 1);
      writer.number(section.channels, 4);
      break;
    case 'ping':
      writer.number(section.id, 2);
      writer.number(section.time, 4);
      writer.number(section.promise, 1);
      writer.number(section.doubts ? flagDoubts : 0, 1);
      writer.number(section.sent, 2);
      break;
    case 'pong':
      writer.number(section.id, 2);
      writer.number(section.time, 4);
      break;
    case 'acks':
      check(section.acks.length, maxAcks);
      for (const ack of section.acks) writer.ack(ack);
      break;
    case 'latest_acks':
      check(section.acks.length, maxLatestAcks);
      for (const { channel, number, key } of section.acks) {
        writer.number(channel, 1);
        writer.number(number, 2);
        writer.varint(key);
      }
      break;
    case 'bye':
      writer.number(typeof section.why === 'number' ? section.why : indexIn(reasons, section.why), 1);
      break;
  }
  return writer.finish();
}

/** FNV-1a with 32 bits; its two constants are not the page's but the algorithm's. */
export function fnv1a(bytes) {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** What a hello says of the game's channels, in the order of their numbers, each { kind, ofHost }. */
export function channelsDigest(channels) {
  return fnv1a(channels.map(({ kind, ofHost = false }) => indexIn(channelKinds, kind) | (ofHost ? 0x80 : 0)));
}
