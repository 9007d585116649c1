// The page of tests/web/page in real Chromium: rooms, and Node.js's hand on them.

import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openPage, startBrowser } from './browser.mjs';
import { startServer } from './server.mjs';

/// What `parlor serve --pages` is to be given: the build makes it, and nobody else is served it.
export const roomPages = fileURLToPath(new URL('../../build/wasm-release/test_pages/rooms', import.meta.url));

const kWaitMs = 30_000;

/// For all tests of a file: a server with these pages and a browser, given to `ready` before the first and ended behind the last.
export function withRoomPages(ready) {
  let server;
  let browser;
  before(async () => {
    server = await startServer({ pages: roomPages });
    browser = await startBrowser({ webgl: false });
    ready(server, browser);
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });
}

/// A page in a context of its own, without a room so far. The options are those of openPage().
export async function openRooms(browser, url, options = {}) {
  return new RoomPage(await openPage(browser, url, { sharp: true, ...options }));
}

export class RoomPage {
  constructor(page) {
    this.page = page;
    this.modules = 0;
  }

  /// Calls a function of page.mjs.
  call(name, ...args) {
    return this.page.evaluate(async ([called, given]) => (await import('./page.mjs'))[called](...given), [name, args]);
  }

  /// One more instance of the module on the page: its number.
  instantiate() {
    ++this.modules;
    return this.call('instantiate');
  }

  /// Begins a room, in the first module where none is named. `how` is the function of page.mjs that does it.
  async room(options, module = 0, how = 'open') {
    if (this.modules === 0) await this.instantiate();
    return new PageRoom(this, { module, number: await this.call(how, module, options) });
  }

  /// What the page complained of.
  errors() {
    return this.page.said.filter((line) => /^(uncaught|error)/.test(line));
  }

  close() {
    return this.page.context().close();
  }
}

class PageRoom {
  constructor(on, handle) {
    Object.assign(this, { on, handle, events: [] });
  }

  /// One frame of a game: an update, and all that happened. `update: false` takes the events alone.
  async frame({ update = true } = {}) {
    this.events.push(...await this.on.call(update ? 'frame' : 'events', this.handle));
  }

  /// The first event of this type, or that the function accepts: waits for it and takes it out. Others stay.
  async next(wanted, { timeout = kWaitMs, update = true } = {}) {
    const matches = typeof wanted === 'function' ? wanted : (event) => event.type === wanted;
    const deadline = Date.now() + timeout;
    for (;;) {
      const at = this.events.findIndex(matches);
      if (at >= 0) return this.events.splice(at, 1)[0];
      if (Date.now() > deadline) {
        throw new Error(`no ${wanted} within ${timeout} ms, but ${JSON.stringify(this.events.slice(-20))}\n${this.on.page.said.slice(-15).join('\n')}`);
      }
      await this.frame({ update });
      if (this.events.findIndex(matches) < 0) await this.on.page.waitForTimeout(20);
    }
  }

  /// Waits until `condition` holds for the statistics of this peer, and gives them.
  async statsOf(peer, condition, { timeout = kWaitMs } = {}) {
    const deadline = Date.now() + timeout;
    for (;;) {
      await this.frame();
      const stats = await this.on.call('stats', this.handle, peer);
      if (condition(stats)) return stats;
      if (Date.now() > deadline) throw new Error(`not within ${timeout} ms: ${condition}; ${JSON.stringify(stats)}`);
      await this.on.page.waitForTimeout(50);
    }
  }

  send(to, channel, length, mark) {
    return this.on.call('send', this.handle, to, channel, length, mark);
  }

  sendLatest(to, channel, length, mark, key) {
    return this.on.call('sendLatest', this.handle, to, channel, length, mark, key);
  }

  sendUntilRefused(to, channel, length, most) {
    return this.on.call('sendUntilRefused', this.handle, to, channel, length, most);
  }

  condition(conditions) {
    return this.on.call('condition', this.handle, conditions);
  }

  explain(peer) {
    return this.on.call('explain', this.handle, peer);
  }

  // ---- a game that runs on the page: nothing else may ask for this room's events then

  async play() {
    this.playedBefore = this.events; // they were taken out already
    await this.on.call('play', this.handle);
  }

  /// { sent, refused, heard, events, now }: what it has been so far.
  async played() {
    const game = await this.on.call('playedSoFar', this.handle);
    return { ...game, events: [...this.playedBefore, ...game.events] };
  }

  /// It says nothing more.
  hush() {
    return this.on.call('hush', this.handle);
  }

  /// "kick", "ban" or "make_host".
  ask(what, peer) {
    return this.on.call('ask', this.handle, what, peer);
  }

  rename(title) {
    return this.on.call('rename', this.handle, title);
  }

  leave() {
    return this.on.call('leave', this.handle);
  }

  /// Destroys it.
  close() {
    return this.on.call('close', this.handle);
  }
}

export const kReliable = 0;
export const kUnreliable = 1;

/// A room made by Alice on one page and entered by Bob on another, or the same. Each has its `me` and the `other`'s.
export async function enterBoth(alicePage, bobPage, { aliceModule, bobModule } = {}) {
  const alice = await alicePage.room({ name: 'Alice' }, aliceModule);
  const { me: aliceId, code } = await alice.next('Joined');
  const bob = await bobPage.room({ name: 'Bob', code }, bobModule);
  const { me: bobId } = await bob.next('Joined');
  Object.assign(alice, { me: aliceId, other: bobId, code });
  Object.assign(bob, { me: bobId, other: aliceId, code });
  return [alice, bob];
}

/// The same, and both are connected by WebRTC.
export async function meet(alicePage, bobPage, modules) {
  const [alice, bob] = await enterBoth(alicePage, bobPage, modules);
  for (const room of [alice, bob]) {
    await room.next((event) => event.type === 'PathChanged' && ['direct', 'turn'].includes(event.to));
    room.events = room.events.filter((event) => event.type !== 'PathChanged');  // the relay, meanwhile
  }
  return [alice, bob];
}
