// A member of a room in Node.js, written from docs/signaling.md, docs/relay.md and docs/link.md alone. It has no WebRTC: it makes no
// offer and answers none, so all it says and hears goes by the relay.

import WebSocket from 'ws';
import { Link } from './link.mjs';
import { decodeRelay, encodeRelay, Pace } from './relay.mjs';

const waitMs = 15_000;
const tickMs = 20;
const pingEveryMs = 25_000;
const silentMs = 20_000;
const firstPauseMs = 250;
const mostPauseMs = 4000;
const normal = 1000;
/** Close codes behind which a member does not come back by itself. */
const final = new Map([[4000, 'bad_json'], [4003, 'unsupported_version'], [4004, 'hello_first'], [4015, 'replaced'], [4020, 'kicked'], [4021, 'banned']]);

const channelOf = (channel) => ({ maxAge: 1000, ofHost: false, ...channel });

export class Peer {
  /** Into a new room, or the one of `code`; with a `ticket` as another life of the member that had it. Resolves when it has joined. */
  static async enter(server, { name, game = 'link-test', build = '', code, ticket, size = 8, channels, clock = () => performance.now() }) {
    const peer = new Peer({ server, name, game, build, entry: code ? { join: code } : { create: size }, channels: channels.map(channelOf), clock });
    Object.assign(peer, { code, ticket });
    peer.connect(ticket ? { type: 'join', code, ticket } : undefined);
    const { type, reason } = await peer.next(({ type }) => type === 'joined' || type === 'ended');
    if (type === 'ended') throw Object.assign(new Error(reason), { reason });
    return peer;
  }

  constructor(options) {
    Object.assign(this, options);
    this.members = new Map();
    this.events = [];
    this.waiters = new Set();
    this.pace = new Pace();
    this.pauseMs = firstPauseMs;
    this.ticking = setInterval(() => this.tick(), tickMs);
  }

  // ---- what a test does with it

  /** The first event of this type, or that the function accepts; it and those before it are taken out. */
  async next(wanted, timeoutMs = waitMs) {
    const matches = typeof wanted === 'function' ? wanted : ({ type }) => type === wanted;
    await this.until(() => this.events.some(matches), timeoutMs, wanted);
    return this.events.splice(0, this.events.findIndex(matches) + 1).at(-1);
  }

  /** Waits until the condition holds. It is asked whenever something happened, and with every tick. */
  async until(condition, timeoutMs = waitMs, what = condition) {
    const deadline = performance.now() + timeoutMs;
    while (!condition()) {
      if (performance.now() > deadline) throw new Error(`${this.name}: not within ${timeoutMs} ms: ${what}; ${this.describe()}`);
      await new Promise((resolve) => { this.waiters.add(resolve); });
    }
  }

  describe() {
    const links = [...this.members.values()].map(({ id, link }) => ({ id, over: link.over, ...link.counts, resent: link.resent }));
    return JSON.stringify({ events: this.events.slice(-20).map(({ bytes, ...event }) => ({ ...event, length: bytes?.length })), links });
  }

  /** To a member's id. */
  send(to, channel, bytes, key) {
    return this.members.get(to)?.link.send(channel, bytes, key) ?? 'no_such_peer';
  }

  /** The same, once what is under way leaves room for it. */
  async sendWhenPossible(to, channel, bytes, key) {
    let result;
    await this.until(() => (result = this.send(to, channel, bytes, key)) !== 'would_block');
    return result;
  }

  link(id) {
    return this.members.get(id)?.link;
  }

  /** Breaks the connection without a word, as a network does. It comes back by itself, or when `resume()` is called. */
  cut({ stayAway = false } = {}) {
    this.staysAway = stayAway;
    this.socket.terminate();
  }

  resume() {
    this.staysAway = false;
    this.connect({ type: 'join', code: this.code, ticket: this.ticket, resume: true });
  }

  /** Resolves when the server has taken all that was sent so far. */
  async settled() {
    const id = ++this.lastPing;
    this.say({ type: 'ping', id });
    await this.until(() => this.lastPong >= id);
  }

  async leave() {
    for (const { link } of this.members.values()) link.end('left');
    this.say({ type: 'leave' });
    await this.next('left');
    this.close();
  }

  /** Its membership ends with the connection. */
  close() {
    this.end();
    this.socket.close(normal);
  }

  /** Nothing more, and without a word: to the others it is away. */
  vanish() {
    this.end();
    this.socket.terminate();
  }

  end() {
    this.closed = true;
    clearInterval(this.ticking);
    clearTimeout(this.retry);
  }

  // ---- the connection

  /** Hello goes in the query, and a create or join without a ticket with it; tickets go in no address. */
  connect(first) {
    const { name, game, build } = this;
    const query = new URLSearchParams({ version: '1', game, ...(build ? { build } : {}), name, ...(first ? {} : this.entry) });
    const socket = new WebSocket(`${this.server.url.replace(/^http/, 'ws')}v1?${query}`, { perMessageDeflate: false });
    this.socket = socket;
    this.inRoom = false;
    Object.assign(this, { lastPing: 0, lastPong: 0, heardAt: performance.now(), pingedAt: performance.now() });
    socket.on('open', () => { if (first) this.say(first); });
    socket.on('message', (data, isBinary) => {
      if (socket !== this.socket) return;
      this.heardAt = performance.now();
      if (isBinary) this.receiveFrame(data);
      else this.receiveText(JSON.parse(data.toString()));
      this.wake();
    });
    socket.on('pong', () => { this.heardAt = performance.now(); });
    socket.on('ping', () => { this.heardAt = performance.now(); });
    socket.on('error', () => {});
    socket.on('close', (code) => { if (socket === this.socket) this.connectionEnded(code); });
  }

  connectionEnded(code) {
    const was = this.inRoom;
    this.inRoom = false;
    if (this.closed) return;
    if (final.has(code) || !this.ticket || !this.id) return this.finish(final.get(code) ?? 'no_server');
    if (was) this.tell({ type: 'server_lost' });
    if (this.staysAway) return;
    this.retry = setTimeout(() => this.resume(), this.pauseMs);
    this.pauseMs = Math.min(2 * this.pauseMs, mostPauseMs);
  }

  finish(reason) {
    this.close();
    this.tell({ type: 'ended', reason });
  }

  say(message) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  tell(event) {
    this.events.push(event);
    this.wake();
  }

  wake() {
    for (const resolve of this.waiters) resolve();
    this.waiters.clear();
  }

  tick() {
    const now = performance.now();
    if (this.inRoom && now - this.pingedAt > pingEveryMs) {
      this.pingedAt = now;
      this.say({ type: 'ping', id: ++this.lastPing });
    }
    if (this.inRoom && this.pingedAt > this.heardAt && now - this.pingedAt > silentMs) this.socket.terminate();
    for (const { link } of this.members.values()) link.tick();
    this.wake();
  }

  // ---- the room

  receiveText(message) {
    switch (message.type) {
      case 'welcome':
        if (!message.relay) this.finish('no_relay');
        break;
      case 'joined':
        this.joined(message);
        break;
      case 'peer_joined':
        // Of one that is known: the server was started anew and has it back now.
        this.back(message.peer);
        break;
      case 'peer_away':
        this.members.get(message.peer).away = true;
        this.tell({ type: 'peer_away', peer: message.peer });
        break;
      case 'peer_back':
        this.back(message.peer);
        break;
      case 'peer_left':
        // Where it was lost or removed its links may live on, but not one that has no other way than the server.
        this.remove(message.peer, message.reason);
        break;
      case 'host':
        this.setHost(message);
        break;
      case 'updated':
        this.ticket = message.ticket ?? this.ticket;
        break;
      case 'pong':
        this.lastPong = message.id;
        break;
      case 'left':
        this.tell({ type: 'left' });
        break;
      case 'error':
        if (!this.inRoom && message.about !== 'leave') this.finish(message.code);
        else this.tell(message);
        break;
      case 'offer':
        // Nobody here answers it, and the other end goes on by the relay.
        this.tell({ type: 'offer', from: message.from });
        break;
    }
  }

  joined({ code, ticket, you, incarnation = 1, host, term, members, rebuilt = false }) {
    const again = this.id === you && this.incarnation === incarnation;
    if (this.id && !again) for (const id of [...this.members.keys()]) this.remove(id, 'lost');
    Object.assign(this, { code, ticket: ticket ?? this.ticket, id: you, incarnation, inRoom: true, pauseMs: firstPauseMs });
    this.setHost({ host, term });
    this.tell({ type: again ? 'server_back' : 'joined' });
    for (const [id, member] of [...this.members]) {
      if (members.some((one) => one.id === id)) continue;
      if (rebuilt) member.away = true; // it may still come
      else this.remove(id, 'lost');
    }
    for (const member of members) {
      if (!this.members.has(member.id)) this.add(member);
      else this.back(member, { resumed: true });
    }
  }

  add({ id, name, incarnation = 1, away = false }) {
    const member = { id, name, incarnation, away };
    member.carrier = {
      isUp: () => this.inRoom && !member.away && this.socket.readyState === WebSocket.OPEN,
      pace: this.pace,
      buffered: () => this.socket.bufferedAmount,
      send: (frame) => this.socket.send(encodeRelay({ to: id, ...frame }), { binary: true }),
    };
    member.link = new Link({
      channels: this.channels, mine: this.incarnation, theirs: incarnation, carrier: member.carrier, clock: this.clock,
      room: () => ({ term: this.term, mineIsHost: this.host === this.id, theirsIsHost: this.host === id }),
      onMessage: (channel, bytes, key) => this.tell({ type: 'message', from: id, channel, bytes, ...(key === undefined ? {} : { key }) }),
      onOver: (reason) => this.tell({ type: 'link_over', peer: id, reason }),
    });
    this.members.set(id, member);
    this.tell({ type: 'peer_joined', peer: id, name });
    member.link.tick();
  }

  /** On another connection, or (`resumed`) perhaps on the same while this member was on none. */
  back(found, { resumed = false } = {}) {
    const member = this.members.get(found.id);
    if (!member) return this.add(found);
    const { incarnation = 1, away = false } = found;
    // Also where the link had ended: the other end begins another, too, when a connection is another.
    if (incarnation !== member.incarnation || member.link.over) {
      this.members.delete(found.id);
      this.add(found);
      return this.tell({ type: 'peer_back', peer: found.id, anew: true });
    }
    const changed = away !== member.away || !resumed;
    member.away = away;
    member.link.restart();
    if (changed) this.tell({ type: away ? 'peer_away' : 'peer_back', peer: found.id, anew: false });
  }

  remove(id, reason) {
    const member = this.members.get(id);
    if (!member) return;
    this.members.delete(id);
    member.link.finish(`member_${reason}`);
    this.tell({ type: 'peer_left', peer: id, reason });
  }

  setHost({ host, term, ticket }) {
    const changed = host !== this.host || term !== this.term;
    Object.assign(this, { host, term, ticket: ticket ?? this.ticket });
    for (const { link } of this.members.values()) link.hostChanged();
    if (changed && this.inRoom) this.tell({ type: 'host', host, term });
  }

  receiveFrame(data) {
    const frame = decodeRelay(data);
    if (frame?.type === 'data') this.members.get(frame.from)?.link.receive(frame.lane, frame.body);
    else if (frame?.type === 'window') this.members.get(frame.peer)?.link.window(frame);
    else if (frame?.type === 'refusal') this.members.get(frame.peer)?.link.refused(frame);
  }
}
