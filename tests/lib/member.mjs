// A well-formed signaling client for tests: queues what the server says, so that a test can wait for it.

import WebSocket from 'ws';

const kWaitMs = 10_000;

export class Member {
  constructor(url, options = {}) {
    this.socket = new WebSocket(url, { perMessageDeflate: false, ...options });
    this.messages = [];
    this.waiters = [];
    this.closed = new Promise((resolve) => {
      this.socket.once('close', (code, reason) => {
        this.closeInfo = { code, reason: reason.toString() };
        this.wake();
        resolve(this.closeInfo);
      });
    });
    this.socket.on('message', (data, isBinary) => {
      this.messages.push(isBinary ? { type: '(binary)', data } : JSON.parse(data.toString()));
      this.wake();
    });
    this.socket.on('error', (error) => { this.error = error; });
    this.opened = new Promise((resolve, reject) => {
      this.socket.once('open', resolve);
      this.socket.once('unexpected-response', (_, response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text) => { body += text; });
        response.on('end', () => reject(Object.assign(new Error(`HTTP ${response.statusCode}`), { status: response.statusCode, body })));
      });
      this.socket.once('error', reject);
    });
    this.opened.catch(() => {});
  }

  wake() {
    for (const waiter of [...this.waiters]) waiter();
  }

  send(message) {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /// The next message of this type (or that the function accepts); those before it are dropped.
  async next(wanted, timeoutMs) {
    return (await this.all(wanted, timeoutMs)).at(-1);
  }

  /// The same with those before it: all that came, in order.
  async all(wanted, timeoutMs = kWaitMs) {
    const matches = typeof wanted === 'function' ? wanted : (message) => message.type === wanted;
    const deadline = Date.now() + timeoutMs;
    const seen = [];
    for (;;) {
      while (this.messages.length > 0) {
        const message = this.messages.shift();
        seen.push(message);
        if (matches(message)) return seen;
      }
      const left = deadline - Date.now();
      if (this.closeInfo || left <= 0) {
        throw new Error(`no ${wanted} came${this.closeInfo ? `, closed with ${this.closeInfo.code}` : ''}; instead: ${JSON.stringify(seen).slice(0, 2000)}`);
      }
      await new Promise((resolve) => {
        const timer = setTimeout(done, left);
        const waiters = this.waiters;
        waiters.push(done);
        function done() {
          clearTimeout(timer);
          const at = waiters.indexOf(done);
          if (at >= 0) waiters.splice(at, 1);
          resolve();
        }
      });
    }
  }

  /// How the socket was closed: { code, reason }.
  async end(timeoutMs = kWaitMs) {
    let timer;
    const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error('the socket was not closed')), timeoutMs); });
    try {
      return await Promise.race([this.closed, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  close() {
    this.socket.terminate();
  }
}

const websocketUrl = (server, query) => `${server.url.replace(/^http/, 'ws')}v1${query ? `?${query}` : ''}`;
const helloQuery = (name, extra) => new URLSearchParams({ version: '1', game: 'test', build: '1', name, ...extra }).toString();

export function hello(name = 'Alice', extra = {}) {
  return { type: 'hello', version: 1, game: 'test', build: '1', name, ...extra };
}

/// Connected, nothing said yet.
export async function connect(server, options) {
  const member = new Member(websocketUrl(server), options);
  await member.opened;
  return member;
}

/// In a room: { member, joined }. Without a code, in a new one. `inBand` says it in frames instead of the upgrade request.
export async function enter(server, name, { code, size = 8, inBand = false, options } = {}) {
  const entry = code ? { join: code } : { create: String(size) };
  const member = new Member(websocketUrl(server, inBand ? '' : helloQuery(name, entry)), options);
  await member.opened;
  if (inBand) {
    member.send(hello(name));
    member.send(code ? { type: 'join', code } : { type: 'create', size });
  }
  const joined = await member.next((message) => message.type === 'joined' || message.type === 'error');
  if (joined.type === 'error') {
    member.close();
    throw Object.assign(new Error(joined.code), joined);
  }
  return Object.assign(member, { joined, id: joined.you, code: joined.code });
}

/// Two who can talk: [alice, bob].
export async function pair(server, options = {}) {
  const alice = await enter(server, 'Alice', options);
  const bob = await enter(server, 'Bob', { ...options, code: alice.code });
  await alice.next('peer_joined');
  return [alice, bob];
}

/// A message each way, stamped with its true sender: whatever else goes on, these two do not notice.
export async function exchange(a, b, mark = String(Math.random())) {
  a.send({ type: 'candidate', to: b.id, candidate: `candidate:${mark}`, mid: '0' });
  b.send({ type: 'candidate', to: a.id, candidate: `candidate:${mark}`, mid: '0' });
  const mine = (from) => (message) => message.type === 'candidate' && message.from === from && message.candidate === `candidate:${mark}`;
  await Promise.all([b.next(mine(a.id)), a.next(mine(b.id))]);
}
