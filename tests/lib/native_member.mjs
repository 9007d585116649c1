// A native program with rooms (tests/native/member.cpp), driven by lines.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { cleanEnv, parlorPath } from './server.mjs';

const kWaitMs = 20_000;
const kEndMs = 5_000;

/// { room(number), trust(file), said, close() }
export function startMember({ env = {} } = {}) {
  const path = join(dirname(parlorPath()), 'native_member');
  if (!existsSync(path)) throw new Error(`no program at ${path}: cmake --build --preset release`);
  const child = spawn(path, { env: cleanEnv(env), stdio: ['pipe', 'pipe', 'pipe'] });
  return new NativeMember(child);
}

class NativeMember {
  constructor(child) {
    Object.assign(this, { child, events: [], waiting: [], stderr: '', rooms: 0 });
    this.ended = new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));
    child.stdin.on('error', () => {});
    child.stderr.setEncoding('utf8').on('data', (text) => { this.stderr += text; });
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.events.push(JSON.parse(line));
      for (const look of this.waiting.splice(0)) look();
    });
  }

  tell(...words) {
    this.child.stdin.write(`${words.map((word) => (word === '' || word === undefined ? '-' : word)).join(' ')}\n`);
  }

  /// The first event that the function accepts: waits for it and takes it out. Others stay.
  async next(what, accepts, timeout = kWaitMs) {
    const deadline = Date.now() + timeout;
    for (;;) {
      const at = this.events.findIndex(accepts);
      if (at >= 0) return this.events.splice(at, 1)[0];
      const left = deadline - Date.now();
      if (left <= 0 || this.child.exitCode !== null) {
        throw new Error(`no ${what} within ${timeout} ms, but ${JSON.stringify(this.events.slice(-20))}\n${this.stderr}`);
      }
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, Math.min(left, 200));
        this.waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /// A room of this program: begun by `how` ("create", "join", "match") with the words behind it.
  room(how, server, name, ...words) {
    const number = ++this.rooms;
    this.tell(how, number, server, name, ...words);
    return new NativeRoom(this, number);
  }

  async list(server, mode = '') {
    const number = ++this.rooms;
    this.tell('list', number, server, mode);
    return this.next('list', (event) => event.room === number);
  }

  async trust(file) {
    this.tell('trust', file);
    return (await this.next('Trusted', (event) => event.type === 'Trusted')).done === 'yes';
  }

  /// How it ended.
  async close() {
    this.child.stdin.end();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), kEndMs);
    const result = await this.ended;
    clearTimeout(timer);
    return result;
  }
}

class NativeRoom {
  constructor(member, number) {
    Object.assign(this, { member, number });
  }

  /// The first event of this type, or that the function accepts.
  next(wanted, timeout) {
    const accepts = typeof wanted === 'function' ? wanted : (event) => event.type === wanted;
    return this.member.next(String(wanted), (event) => event.room === this.number && accepts(event), timeout);
  }

  has(type) {
    return this.member.events.some((event) => event.room === this.number && event.type === type);
  }

  async send(to, channel, length, mark, times = 1) {
    this.member.tell('send', this.number, to, channel, length, mark, times);
    return this.next('Sent');
  }

  async ask(what, peer) {
    this.member.tell('ask', this.number, what, peer);
    return (await this.next('Asked')).result;
  }

  async rename(title) {
    this.member.tell('rename', this.number, title);
    return (await this.next('Asked')).result;
  }

  async explain(peer) {
    this.member.tell('explain', this.number, peer);
    return (await this.next('Explained')).lines.split('|').filter(Boolean);
  }

  async stats(peer) {
    this.member.tell('stats', this.number, peer);
    return this.next('Stats');
  }

  leave() {
    this.member.tell('leave', this.number);
  }

  close() {
    this.member.tell('close', this.number);
  }
}

export const kReliable = 0;
export const kUnreliable = 1;
