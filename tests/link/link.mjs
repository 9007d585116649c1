// One link, to one member and by the relay alone, written from docs/link.md. It knows neither sockets nor timers: the carrier takes
// what it sends, tick() is called every few milliseconds.

import { channelsDigest, decodeControl, decodeFrame, encodeControl, encodeFrame, maxPayload } from './decoder.mjs';
import { OrderedLane } from './relay.mjs';

const version = 1;
const maxMessage = 61440;
/** The byte in front of a frame: the channel, and the spell of its sender's. */
const channelBits = 7;
const spellShift = 3;
const mostAhead = 4095;
const behindFrom = 32768;
const mostUnderWay = 2 ** 20;
const ackWithinMs = 100;
const ackAtOnceBytes = 64 * 1024;
const mostAcks = 8;
const mostLatestAcks = 24;
const mostKeys = 1024;
const mostCopies = 1024;
const clockValidMs = 60_000;
const newUpToMs = 2000;
const busyPingMs = 1000;
const idlePingMs = 10_000;
const latestPauseMs = 100;
const mostLatestPauseMs = 1000;

/** Which kinds of channels have frames of a kind. */
const channelKinds = {
  ordered: ['reliable', 'bulk'], ordered_more: ['reliable', 'bulk'], unreliable: ['unreliable'], unreliable_copy: ['unreliable'], latest: ['latest'],
};

const mod = (value, modulus) => ((value % modulus) + modulus) % modulus;
const isOrdered = ({ kind }) => kind === 'reliable' || kind === 'bulk';
/** RFC 1982: whether `a` comes after `b`; half way around is not after. */
const isAfter = (a, b, bits) => {
  const ahead = mod(a - b, 2 ** bits);
  return ahead > 0 && ahead < 2 ** (bits - 1);
};

export class Link {
  /**
   * `mine` and `theirs` are the incarnations; `room()` gives { term, mineIsHost, theirsIsHost }. Of the carrier: isUp(), buffered(),
   * pace, send({ lane, age, key, again, header, payload }). `onMessage(channel, bytes, key)`; `onOver(reason)`, once.
   */
  constructor({ channels, mine, theirs, room, carrier, clock, onMessage, onOver }) {
    Object.assign(this, { channels, mine: mine & 3, theirs: theirs & 3, room, carrier, clock, onMessage, onOver });
    this.digest = channelsDigest(channels);
    this.lanes = {};
    const transmit = (item, again) => this.transmitOrdered(item, again);
    for (const kind of ['reliable', 'bulk']) this.lanes[kind] = new OrderedLane({ transmit, pace: carrier.pace });
    this.out = channels.map(() => ({ next: 0, acknowledged: 0, underWay: 0, keys: new Map() }));
    this.in = channels.map(() => ({
      next: 0, delivered: 0, ahead: new Map(), pieces: [], length: 0, keys: new Map(), unacknowledged: 0, ackAt: Infinity,
    }));
    this.latestAcks = [];
    this.copies = { newest: null, seen: new Set() };
    this.unreliableSent = 0;
    this.pings = new Map();
    this.nextPing = 0;
    this.pingAt = 0;
    this.lastSent = -Infinity;
    this.clocks = [];
    this.greeted = false;
    this.counts = { repeated: 0, tooOld: 0, otherTerm: 0, ignored: 0, latestResent: 0 };
  }

  get roundTrip() {
    return this.bestClock()?.roundTrip;
  }

  get resent() {
    return this.lanes.reliable.resent + this.lanes.bulk.resent;
  }

  // ---- sending

  /** What became of the message: queued, would_block, dropped or too_large. */
  send(channel, bytes, key = 0) {
    const { kind, ofHost } = this.channels[channel] ?? {};
    if (kind === undefined || bytes.length > (isOrdered({ kind }) ? maxMessage : maxPayload)) return 'too_large';
    const { term, mineIsHost } = this.room();
    if (this.over || (ofHost && !mineIsHost)) return 'dropped';
    const message = { channel, bytes, term: ofHost ? term & 0xff : undefined };
    this.lastSent = this.clock();
    if (isOrdered({ kind })) return this.sendOrdered(kind, message);
    return kind === 'latest' ? this.setLatest(message, key) : this.sendUnreliable(message);
  }

  sendOrdered(kind, { channel, bytes, term }) {
    const out = this.out[channel];
    const pieces = Math.max(1, Math.ceil(bytes.length / maxPayload));
    if (out.next + pieces - out.acknowledged > mostAhead || (out.underWay > 0 && out.underWay + bytes.length > mostUnderWay)) return 'would_block';
    for (let piece = 0; piece < pieces; ++piece) {
      const payload = bytes.subarray(piece * maxPayload, (piece + 1) * maxPayload);
      const frame = { kind: piece + 1 < pieces ? 'ordered_more' : 'ordered', number: out.next % 65536, term, payload };
      this.lanes[kind].push({ kind, channel, number: out.next++, frame, payload });
    }
    out.underWay += bytes.length;
    this.pump();
    return 'queued';
  }

  sendUnreliable({ channel, bytes, term }) {
    if (!this.carrier.isUp()) return 'dropped';
    ++this.unreliableSent;
    const frame = { kind: 'unreliable', stamp: this.linkClock() % 65536, term, payload: bytes };
    this.transmit('unreliable', channel, frame, { age: this.channels[channel].maxAge ?? 1000 });
    return 'queued';
  }

  setLatest({ channel, bytes, term }, key) {
    const { keys } = this.out[channel];
    if (!keys.has(key) && keys.size >= mostKeys) return 'dropped';
    const number = keys.has(key) ? (keys.get(key).number + 1) % 65536 : 0;
    const value = { number, bytes, term, acknowledged: false, at: 0, pause: this.firstLatestPause() };
    keys.set(key, value);
    this.sayLatest(channel, key, value);
    return 'queued';
  }

  firstLatestPause() {
    return Math.max(latestPauseMs, 2 * (this.roundTrip ?? 0) + 50);
  }

  sayLatest(channel, key, value) {
    if (!this.carrier.isUp()) return;
    value.at = this.clock() + value.pause;
    value.pause = Math.min(2 * value.pause, mostLatestPauseMs);
    const { number, term, bytes } = value;
    this.transmit('latest', channel, { kind: 'latest', number, key, term, payload: bytes }, { key: (key ^ (channel << 29)) >>> 0 });
  }

  transmitOrdered({ kind, channel, frame }, again) {
    this.transmit(kind, channel, frame, { again });
  }

  /** The relay's header is what a refusal gives back: the channel and the frame's header. */
  transmit(lane, channel, frame, more) {
    const bytes = Buffer.from(encodeFrame({ ...frame, from: this.mine, to: this.theirs, ack: this.takeAck() }));
    const length = bytes.length - frame.payload.length;
    const first = channel | ((this.lanes[lane]?.spell ?? 0) << spellShift);
    const header = Buffer.concat([Buffer.from([first]), bytes.subarray(0, length)]);
    this.carrier.send({ lane, ...more, header, payload: bytes.subarray(length) });
  }

  transmitControl(sections) {
    if (!this.carrier.isUp()) return;
    const hello = this.greeted ? [] : [{ type: 'hello', version, channels: this.digest }];
    const payload = Buffer.from(encodeControl({ sections: [...hello, ...sections] }));
    const first = encodeFrame({ kind: 'control', from: this.mine, to: this.theirs, payload: new Uint8Array() });
    this.carrier.send({ lane: 'control', header: Buffer.from(first), payload });
  }

  linkClock() {
    return Math.floor(this.clock()) % 2 ** 32;
  }

  pump() {
    if (!this.carrier.isUp() || this.over) return;
    for (const lane of Object.values(this.lanes)) lane.pump(this.clock(), () => this.carrier.buffered());
  }

  ping() {
    const now = this.clock();
    const id = this.nextPing++ % 65536;
    this.pings.set(id, now);
    for (const [old, at] of this.pings) if (at < now - clockValidMs) this.pings.delete(old);
    // By a program without WebRTC nothing is promised of it, and nothing is missed.
    this.transmitControl([{ type: 'ping', id, time: this.linkClock(), promise: 0, doubts: false, sent: this.unreliableSent % 65536 }]);
  }

  /** Ends the link and says so. */
  end(why = 'given_up', reason = why) {
    if (this.over) return;
    this.transmitControl([{ type: 'bye', why }]);
    this.finish(reason, true);
  }

  finish(reason, byMe = false) {
    if (this.over) return;
    this.over = { reason, byMe };
    this.onOver(reason);
  }

  // ---- time and the way

  /** One of the two has another connection to the server. */
  restart() {
    for (const lane of Object.values(this.lanes)) lane.restart();
    if (this.over) return;
    this.pingAt = 0;
    for (const { keys } of this.out) {
      for (const value of keys.values()) Object.assign(value, { at: 0, pause: this.firstLatestPause() });
    }
    this.tick();
  }

  window({ lane, open }) {
    this.lanes[lane]?.window(open);
    this.pump();
  }

  refused(refusal) {
    const { lane, reason, header } = refusal;
    if (!this.lanes[lane] || !['over_budget', 'full'].includes(reason)) return;
    const channel = header[0] & channelBits;
    const frame = decodeFrame(header.subarray(1), { ofHost: this.channels[channel]?.ofHost });
    this.lanes[lane].refused(refusal, header[0] >> spellShift, (item) => item.channel === channel && item.frame.number === frame?.number, this.clock());
  }

  tick() {
    if (this.over || !this.carrier.isUp()) return;
    const now = this.clock();
    const waiting = this.out.some(({ next, acknowledged }) => next > acknowledged);
    if (now >= this.pingAt) {
      this.pingAt = now + (waiting || !this.greeted || now - this.lastSent < busyPingMs ? busyPingMs : idlePingMs);
      this.ping();
    } else if (waiting) {
      this.pingAt = Math.min(this.pingAt, now + busyPingMs);
    }
    for (const [channel, { keys }] of this.out.entries()) {
      for (const [key, value] of keys) {
        if (value.acknowledged || now < value.at) continue;
        if (value.at > 0) ++this.counts.latestResent;
        this.sayLatest(channel, key, value);
      }
    }
    this.pump();
    const acks = [];
    for (const [channel, { ackAt }] of this.in.entries()) if (now >= ackAt) acks.push(this.ackOf(channel));
    this.sayAcks(acks);
  }

  // ---- acknowledging

  ackOf(channel) {
    Object.assign(this.in[channel], { ackAt: Infinity, unacknowledged: 0 });
    return { channel, number: this.in[channel].delivered % 8192 };
  }

  /** One that is due, for the header of a frame that goes anyway. */
  takeAck() {
    const channel = this.in.findIndex(({ ackAt }) => ackAt < Infinity);
    return channel < 0 ? undefined : this.ackOf(channel);
  }

  ackSoon(channel, bytes) {
    const to = this.in[channel];
    to.unacknowledged += bytes;
    to.ackAt = to.unacknowledged >= ackAtOnceBytes ? 0 : Math.min(to.ackAt, this.clock() + ackWithinMs);
  }

  sayAcks(acks, sections = []) {
    const latest = this.latestAcks.splice(0);
    while (acks.length + latest.length + sections.length > 0) {
      const some = acks.splice(0, mostAcks);
      const others = latest.splice(0, mostLatestAcks);
      this.transmitControl([...sections.splice(0), ...(some.length > 0 ? [{ type: 'acks', acks: some }] : []),
        ...(others.length > 0 ? [{ type: 'latest_acks', acks: others }] : [])]);
    }
  }

  // ---- receiving

  /** What the relay brought: of its control, or of a lane, where the channel's number stands in front. */
  receive(lane, body) {
    const control = lane === 'control';
    const channel = control ? undefined : body[0] & channelBits;
    const { kind, ofHost = false } = this.channels[channel] ?? {};
    const bytes = control ? body : body.subarray(1);
    // A payload that is too long ends the link on an ordered channel, so its header has to be read, too.
    const tooLong = isOrdered({ kind }) && !decodeFrame(bytes, { ofHost }) && bytes.length > maxPayload;
    const frame = decodeFrame(tooLong ? bytes.subarray(0, maxPayload) : bytes, { ofHost });
    if (!frame || frame.from !== this.theirs || frame.to !== this.mine || (frame.kind === 'control') !== control) return this.ignore();
    if (this.over) {
      const says = control && decodeControl(frame.payload)?.sections.some(({ type }) => type === 'bye');
      if (this.over.byMe && !says) this.transmitControl([{ type: 'bye', why: 'given_up' }]);
      return;
    }
    if (control) return this.receiveControl(frame);
    if (!channelKinds[frame.kind].includes(kind)) return this.ignore();
    if (tooLong) return this.end('given_up', 'protocol_error');
    if (frame.ack) this.acknowledged(frame.ack);
    if (isOrdered({ kind })) this.receiveOrdered(channel, frame);
    else if (kind === 'latest') this.receiveLatest(channel, frame);
    else this.receiveUnreliable(channel, frame);
  }

  ignore() {
    ++this.counts.ignored;
  }

  receiveOrdered(channel, frame) {
    const from = this.in[channel];
    const ahead = mod(frame.number - from.next, 65536);
    if (ahead >= behindFrom) {
      ++this.counts.repeated;
      return this.ackSoon(channel, 0);
    }
    if (ahead > mostAhead) return this.end('given_up', 'protocol_error');
    if (from.ahead.has(from.next + ahead)) ++this.counts.repeated;
    else from.ahead.set(from.next + ahead, frame);
    this.deliverOrdered(channel);
  }

  /** All that stands in order now, as far as its term is known. */
  deliverOrdered(channel) {
    const from = this.in[channel];
    while (from.ahead.has(from.next) && !this.over) {
      const frame = from.ahead.get(from.next);
      const judged = this.judge(frame.term);
      if (judged === 'wait') return;
      from.ahead.delete(from.next++);
      from.pieces.push(frame.payload);
      from.length += frame.payload.length;
      if (from.length > maxMessage) return this.end('given_up', 'protocol_error');
      if (frame.kind === 'ordered_more') continue;
      const bytes = Buffer.concat(from.pieces);
      Object.assign(from, { pieces: [], length: 0, delivered: from.next });
      this.ackSoon(channel, bytes.length);
      if (judged === 'take') this.onMessage(channel, bytes);
    }
  }

  /** What a message of this term is worth; one without a term is of everybody's channel. */
  judge(term) {
    const { term: known, theirsIsHost } = this.room();
    if (term === undefined) return 'take';
    if (isAfter(term, known & 0xff, 8)) return 'wait';
    return term === (known & 0xff) && theirsIsHost ? 'take' : 'drop';
  }

  /** There is another host, or a later term: some of what waited need not any more. */
  hostChanged() {
    for (const channel of this.channels.keys()) this.deliverOrdered(channel);
  }

  receiveUnreliable(channel, { stamp, copy, term, payload }) {
    if (copy !== undefined && !this.isFirst(copy)) return void ++this.counts.repeated;
    if (this.judge(term) !== 'take') return void ++this.counts.otherTerm;
    if (this.isTooOld(stamp, this.channels[channel].maxAge ?? 1000)) return void ++this.counts.tooOld;
    this.onMessage(channel, Buffer.from(payload));
  }

  isFirst(copy) {
    const { newest, seen } = this.copies;
    if (newest !== null && !isAfter(copy, newest, 16)) {
      if (mod(newest - copy, 65536) >= mostCopies || seen.has(copy)) return false;
    } else {
      this.copies.newest = copy;
    }
    seen.add(copy);
    for (const one of seen) if (mod(this.copies.newest - one, 65536) >= mostCopies) seen.delete(one);
    return true;
  }

  isTooOld(stamp, limit) {
    const known = this.bestClock();
    if (!known) return false;
    const ahead = mod(stamp - Math.round(this.clock() + known.offset), 65536);
    return ahead > newUpToMs + known.roundTrip / 2 && 65536 - ahead - known.roundTrip / 2 > limit;
  }

  /** { roundTrip, offset }: what was measured best within the last minute; the other's clock is ours and `offset`. */
  bestClock() {
    const now = this.clock();
    this.clocks = this.clocks.filter(({ at }) => at > now - clockValidMs);
    return this.clocks.reduce((best, one) => (best && best.roundTrip <= one.roundTrip ? best : one), undefined);
  }

  receiveLatest(channel, { number, key, term, payload }) {
    const { keys } = this.in[channel];
    const judged = this.judge(term);
    if (!keys.has(key) && keys.size >= mostKeys) return this.ignore();
    if (judged === 'wait') return this.ignore();
    this.latestAcks.push({ channel, number, key });
    if (judged === 'drop' || (keys.has(key) && !isAfter(number, keys.get(key), 16))) return void ++this.counts.repeated;
    keys.set(key, number);
    this.onMessage(channel, Buffer.from(payload), key);
  }

  receiveControl({ payload }) {
    const control = decodeControl(payload);
    if (!control) return this.ignore();
    const replies = [];
    for (const section of control.sections) {
      if (this.over) return;
      switch (section.type) {
        case 'hello':
          if (section.version !== version || section.channels !== this.digest) this.end('given_up', 'version_mismatch');
          break;
        case 'ping':
          replies.push({ type: 'pong', id: section.id, time: this.linkClock() });
          break;
        case 'pong':
          this.receivePong(section);
          break;
        case 'acks':
          for (const ack of section.acks) this.acknowledged(ack);
          break;
        case 'latest_acks':
          for (const ack of section.acks) this.latestAcknowledged(ack);
          break;
        case 'bye':
          this.finish(`bye_${section.why}`);
          break;
      }
    }
    if (replies.length > 0 && !this.over) {
      const had = [...this.channels.keys()].filter((channel) => this.in[channel].next > 0);
      this.sayAcks(had.map((channel) => this.ackOf(channel)), replies);
    }
  }

  receivePong({ id, time }) {
    this.greeted = true;
    const at = this.pings.get(id);
    if (at === undefined) return;
    this.pings.delete(id);
    const now = this.clock();
    const roundTrip = now - at;
    this.clocks.push({ at: now, roundTrip, offset: time + roundTrip / 2 - now });
  }

  acknowledged({ channel, number }) {
    const kind = this.channels[channel]?.kind;
    if (!isOrdered({ kind })) return;
    const out = this.out[channel];
    const whole = out.acknowledged + mod(number - out.acknowledged, 8192);
    if (whole - out.acknowledged > mostAhead || whole > out.next) return;
    out.acknowledged = whole;
    this.lanes[kind].acknowledge((item) => {
      const isOver = item.channel === channel && item.number < whole;
      if (isOver) out.underWay -= item.payload.length;
      return isOver;
    });
    this.pump();
  }

  latestAcknowledged({ channel, number, key }) {
    const value = this.out[channel]?.keys.get(key);
    if (value?.number === number) value.acknowledged = true;
  }
}
