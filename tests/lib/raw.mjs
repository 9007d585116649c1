// A socket that says what a well-behaved client would not.

import { connect } from 'node:net';

const kWaitMs = 10_000;

/// A client frame (RFC 6455 §5.2), masked.
export function frame(opcode, payload = Buffer.alloc(0), { fin = true } = {}) {
  const mask = Buffer.from([0x12, 0x34, 0x56, 0x78]);
  const head = [(fin ? 0x80 : 0) | opcode];
  if (payload.length < 126) head.push(0x80 | payload.length);
  else if (payload.length < 65536) head.push(0xfe, payload.length >> 8, payload.length & 255);
  else head.push(0xff, 0, 0, 0, 0, payload.length >>> 24, (payload.length >> 16) & 255, (payload.length >> 8) & 255, payload.length & 255);
  const masked = Buffer.from(payload);
  for (let i = 0; i < masked.length; ++i) masked[i] ^= mask[i % 4];
  return Buffer.concat([Buffer.from(head), mask, masked]);
}

export class Raw {
  constructor(server) {
    this.socket = connect(server.port, server.hostname);
    this.received = Buffer.alloc(0);
    this.over = false;
    this.waiters = new Set();
    this.socket.on('data', (data) => {
      this.received = Buffer.concat([this.received, data]);
      this.wake();
    });
    for (const name of ['end', 'close', 'error']) this.socket.on(name, () => { this.over = true; this.wake(); });
  }

  wake() {
    for (const waiter of this.waiters) waiter();
  }

  write(data) {
    if (!this.socket.destroyed) this.socket.write(data);
  }

  pause() {
    this.socket.pause();
  }

  resume() {
    this.socket.resume();
  }

  close() {
    this.socket.destroy();
  }

  /// Waits until `look` finds something in what came.
  async until(what, look, timeoutMs = kWaitMs) {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      const left = deadline - Date.now();
      if (left <= 0 || this.over) {
        throw new Error(`no ${what}${this.over ? ', the server closed' : ''}; got ${JSON.stringify(this.received.toString('latin1').slice(0, 400))}`);
      }
      await new Promise((resolve) => {
        const timer = setTimeout(finish, left);
        const waiters = this.waiters;
        waiters.add(finish);
        function finish() {
          clearTimeout(timer);
          waiters.delete(finish);
          resolve();
        }
      });
    }
  }

  /// The next HTTP response: { status, headers, body }.
  async response() {
    const end = await this.until('response', () => {
      const at = this.received.indexOf('\r\n\r\n');
      return at < 0 ? undefined : at;
    });
    const [statusLine, ...lines] = this.received.subarray(0, end).toString('latin1').split('\r\n');
    const headers = Object.fromEntries(lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }));
    const status = Number(statusLine.split(' ')[1]);
    const length = Number(headers['content-length'] ?? 0);
    await this.until('body', () => (this.received.length >= end + 4 + length ? true : undefined));
    const body = this.received.subarray(end + 4, end + 4 + length).toString();
    this.received = this.received.subarray(end + 4 + length);
    return { status, headers, body };
  }

  /// The next WebSocket frame: { opcode, payload, closeCode }.
  async frame(timeoutMs = kWaitMs) {
    return this.until('frame', () => {
      const data = this.received;
      if (data.length < 2) return undefined;
      let length = data[1] & 127;
      let at = 2;
      if (length === 126) {
        if (data.length < 4) return undefined;
        length = data.readUInt16BE(2);
        at = 4;
      }
      if (data.length < at + length) return undefined;
      const opcode = data[0] & 15;
      const payload = data.subarray(at, at + length);
      this.received = data.subarray(at + length);
      return { opcode, payload, closeCode: opcode === 8 && length >= 2 ? payload.readUInt16BE(0) : undefined };
    }, timeoutMs);
  }

  /// Until the server has closed the connection.
  async ended(timeoutMs = kWaitMs) {
    const deadline = Date.now() + timeoutMs;
    while (!this.over) {
      if (Date.now() > deadline) throw new Error('the server did not close the connection');
      await new Promise((resolve) => {
        const timer = setTimeout(finish, 100);
        const waiters = this.waiters;
        waiters.add(finish);
        function finish() {
          clearTimeout(timer);
          waiters.delete(finish);
          resolve();
        }
      });
    }
  }
}

export async function openSocket(server) {
  const raw = new Raw(server);
  await new Promise((resolve, reject) => {
    raw.socket.once('connect', resolve);
    raw.socket.once('error', reject);
  });
  return raw;
}

export function upgradeRequest(server, target, headers = {}) {
  const all = {
    Host: server.host, Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  };
  const lines = Object.entries(all).filter(([, value]) => value !== undefined).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${target} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/// A WebSocket by hand.
export async function openRaw(server, target, headers) {
  const raw = await openSocket(server);
  raw.write(upgradeRequest(server, target, headers));
  const { status, body } = await raw.response();
  if (status !== 101) throw Object.assign(new Error(`HTTP ${status}: ${body}`), { status, body });
  return raw;
}

/// One request on a connection of its own.
export async function request(server, text) {
  const raw = await openSocket(server);
  try {
    raw.write(text);
    return await raw.response();
  } finally {
    raw.close();
  }
}
