// What the server loses, delays or says wrongly between two browsers, and the link that comes about all the same.
//
// The pages are those of examples/hello. Between each and the real server stands the test, which gives the members ids of its
// own choice: the higher one is polite, the lower one restarts first.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startBrowser } from '../lib/browser.mjs';
import { startServer } from '../lib/server.mjs';

const pages = fileURLToPath(new URL('../../build/pages', import.meta.url));
/// A link without a path tries again 20 s after it began, the other side 4 s later.
const kConnectedMs = 60_000;
/// Offers and answers of both sides together: two rounds, each with two offers that cross, and some to spare.
const kMostDescriptions = 10;
const kGuest = 200;
const kFar = 20 * 1024 * 1024;  // more than the module's memory at first

let server;
let browser;

before(async () => {
  // Without the relay: there is no other way that could hide what becomes of the negotiation, and the ids in its frames are the server's.
  server = await startServer({ pages, args: ['--no-relay'] });
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/// One window, and the test's hand on its socket. `gate(message, pass)` gets every offer and answer that comes for it and calls
/// `pass` with what the page is to hear, now, later or never.
class Window {
  constructor(own, other, gate = (message, pass) => pass(message)) {
    Object.assign(this, { own, other, gate, sent: [], said: [] });
  }

  async open(query) {
    const context = await browser.newContext();
    this.page = await context.newPage();
    this.page.on('console', (message) => this.said.push(`${message.type()}: ${message.text()}`));
    this.page.on('pageerror', (error) => this.said.push(`uncaught: ${error.message}`));
    await this.page.routeWebSocket(/\/v1\?/, (socket) => this.join(socket));
    await this.page.goto(`${server.url}examples/hello/${query}`);
    return this;
  }

  join(socket) {
    const far = socket.connectToServer();
    this.tell = (message) => socket.send(JSON.stringify(message));
    far.onMessage((text) => {
      const message = this.renamed(JSON.parse(text));
      if (message.type === 'offer' || message.type === 'answer') this.gate(message, this.tell);
      else this.tell(message);
    });
    socket.onMessage((text) => {
      const message = JSON.parse(text);
      if (message.type === 'offer' || message.type === 'answer') this.sent.push(message);
      if (message.to === this.other) message.to = this.otherReal;
      far.send(JSON.stringify(message));
    });
  }

  /// The ids that the server gave become those of the test.
  renamed(message) {
    const shown = (id) => {
      if (id === this.ownReal) return this.own;
      this.otherReal = id;
      return this.other;
    };
    if (message.type === 'joined') this.ownReal = message.you;
    for (const field of ['you', 'host', 'from']) if (field in message) message[field] = shown(message[field]);
    if (typeof message.peer === 'number') message.peer = shown(message.peer);
    for (const member of [...(message.members ?? []), ...(message.peer?.id ? [message.peer] : [])]) member.id = shown(member.id);
    return message;
  }

  async waitFor(text, timeout) {
    try {
      await this.page.locator('#said').filter({ hasText: text }).waitFor({ timeout });
    } catch {
      const other = this.peer?.sent.map(({ type }) => type);
      const shown = await this.page.locator('#said').textContent();
      const sent = this.sent.map(({ type, sdp }) => `${type}${sdp.includes('m=application') ? '' : ' without a section'}`);
      throw new Error(`no "${text}" within ${timeout} ms at ${this.own}; it shows:\n${shown}\nand has sent ${sent.length}: ${sent.slice(0, 12)}; the other ${other}\n${this.said.slice(-10).join('\n')}`);
    }
    return this.page.locator('#said').textContent();
  }

  count(type) {
    return this.sent.filter((message) => message.type === type).length;
  }
}

let opening = Promise.resolve();

/// Two windows of one room, the guest just come. `guestIsPolite` says who gives way. Windows are opened one after the other, or a
/// small machine would be busy with that alone for longer than a link waits.
function openTwo({ guestIsPolite, toHost, toGuest }) {
  const open = async () => {
    const hostId = guestIsPolite ? 100 : 300;
    const host = await new Window(hostId, kGuest, toHost).open('?name=Host');
    const code = /You are in room ([a-z-]+)\./.exec(await host.waitFor('You are in room', 20_000))[1];
    const guest = await new Window(kGuest, hostId, toGuest).open(`?room=${code}&name=Guest`);
    await guest.waitFor('Host is here', 20_000);
    host.peer = guest;
    guest.peer = host;
    return { host, guest };
  };
  opening = opening.then(open, open);
  return opening;
}

async function close(...windows) {
  await Promise.all(windows.map((window) => window.page.context().close()));
}

/// Each hears the other, and nobody has sent more descriptions than it takes.
async function connect(host, guest) {
  await Promise.all([host.waitFor('They say: Hello, Host!', kConnectedMs), guest.waitFor('They say: Hello, Guest!', kConnectedMs)]);
  const count = host.sent.length + guest.sent.length;
  assert.ok(count <= kMostDescriptions, `${count} descriptions were sent`);
  assert.ok([...host.sent, ...guest.sent].every(({ sdp }) => sdp.includes('m=application')), 'each has a section for data');
}

/// A gate that lets nothing pass until it is opened; what was held goes first.
function gateUntil() {
  const held = [];
  let pass;
  let open = false;
  return {
    gate: (message, onward) => {
      pass = onward;
      if (open) onward(message);
      else held.push(message);
    },
    open: () => {
      open = true;
      for (const message of held.splice(0)) pass(message);
    },
  };
}

function losesTheFirst(type) {
  let lost = false;
  return (message, pass) => {
    if (lost || message.type !== type) return pass(message);
    lost = true;
  };
}

/// In a page: counts how often the module asked for more memory.
const watchMemory = () => {
  const { grow } = WebAssembly.Memory.prototype;
  globalThis.grown = 0;
  WebAssembly.Memory.prototype.grow = function (...args) {
    ++globalThis.grown;
    return grow.apply(this, args);
  };
};

describe('two browsers find each other', { concurrency: true }, () => {
  for (const guestIsPolite of [true, false]) {
    const who = guestIsPolite ? 'a polite guest' : 'an impolite guest';

    test(`though the first offer of ${who} is lost`, async () => {
      const { host, guest } = await openTwo({ guestIsPolite, toHost: losesTheFirst('offer') });
      await connect(host, guest);
      await close(host, guest);
    });

    test(`though the first answer to ${who} is lost`, async () => {
      const { host, guest } = await openTwo({ guestIsPolite, toGuest: losesTheFirst('answer') });
      await connect(host, guest);
      await close(host, guest);
    });

    test(`though the offers of ${who} and of the host cross`, async () => {
      const toHost = gateUntil();
      const toGuest = (message, pass) => {
        toHost.open();
        pass(message);
      };
      const { host, guest } = await openTwo({ guestIsPolite, toHost: toHost.gate, toGuest });
      await connect(host, guest);
      assert.ok(host.count('offer') > 0 && guest.count('offer') > 0, 'both have offered');
      await close(host, guest);
    });
  }

  test('though the answer to the first offer comes after the second', async () => {
    const toGuest = gateUntil();
    let offers = 0;
    const toHost = (message, pass) => {
      if (message.type === 'offer' && ++offers === 2) toGuest.open();
      pass(message);
    };
    const { host, guest } = await openTwo({ guestIsPolite: false, toHost, toGuest: toGuest.gate });
    await connect(host, guest);
    assert.equal(host.count('answer'), 2);
    await close(host, guest);
  });

  test('though an offer without a section for data comes first', async () => {
    let first = true;
    const toHost = (message, pass) => {
      if (!first) return pass(message);
      first = false;
      pass({ ...message, sdp: message.sdp.split('m=')[0].replace(/a=group:.*\r\n/, '') });
      setTimeout(() => pass(message), 1_000);  // an answer would have come before
    };
    const { host, guest } = await openTwo({ guestIsPolite: true, toHost });
    await connect(host, guest);
    assert.deepEqual([host.count('answer'), host.count('offer')], [1, 0]);
    assert.ok(host.said.some((line) => line.includes('a description without a section for data is not taken')), 'it was not tried');
    await close(host, guest);
  });
});

test('an answer names the offer that it answers', async () => {
  const { host, guest } = await openTwo({ guestIsPolite: true });
  await connect(host, guest);
  const ufrag = /^a=ice-ufrag:(\S+)/m.exec(guest.sent[0].sdp)[1];
  const [session] = host.sent[0].sdp.split('\r\nm=');
  assert.ok(session.split('\r\n').includes(`a=x-parlor-offer:${ufrag}`), session);
  await close(host, guest);
});

test('a description that cannot be taken leaves a link that works as it is', async () => {
  const { host, guest } = await openTwo({ guestIsPolite: true });
  await connect(host, guest);
  const broken = 'v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=application nonsense\r\n';
  const noticed = host.page.waitForEvent('console', (message) => message.text().startsWith('parlor: '));
  host.tell({ type: 'offer', from: kGuest, sdp: broken });
  await noticed;
  await host.page.waitForTimeout(1_000);  // a restart would have come at once
  assert.equal(host.count('offer'), 0, 'the link was not given up');
  await close(host, guest);
});

test('a server that says too much in one message is left with a reason, and the message is not copied', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.addInitScript(watchMemory);
  let close;
  const closed = new Promise((resolve) => { close = resolve; });
  await page.routeWebSocket(/\/v1\?/, (socket) => {
    socket.onClose(close);
    setTimeout(() => socket.send(`{"type":"welcome","x":"${'x'.repeat(kFar)}"}`), 500);
  });
  await page.goto(`${server.url}examples/hello/?name=Host`);
  await page.locator('#said').filter({ hasText: 'do not understand each other' }).waitFor({ timeout: 20_000 });
  assert.equal(await closed, 4017);
  assert.equal(await page.evaluate(() => globalThis.grown), 0);
  await context.close();
});

test('a server that says too much about its ICE servers is not listened to', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.addInitScript(watchMemory);
  await page.route('**/v1/ice', (route) => route.fulfill({ body: ' '.repeat(kFar) + '{"ice_servers":[]}' }));
  const answered = page.waitForResponse('**/v1/ice');
  await page.goto(`${server.url}examples/hello/?room=kamo-ridun&name=Guest`);
  await (await answered).finished();
  await page.locator('#said').filter({ hasText: 'No room has the code' }).waitFor({ timeout: 20_000 });
  await page.waitForTimeout(500);
  assert.equal(await page.evaluate(() => globalThis.grown), 0);
  await context.close();
});
