// The round trips that joining saves: the offer is ready before the socket is, and no data channel has to be opened over the wire.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startGateway } from '../lib/gateway.mjs';
import { kReliable, kUnreliable, meet, openRooms, withRoomPages } from '../lib/room_page.mjs';

let server;
let browser;

withRoomPages((...started) => { [server, browser] = started; });

/// In a page, before anything else: `happened` says in which order the socket opens and connections make their descriptions and
/// have all candidates.
const watchOrder = () => {
  const happened = globalThis.happened = [];
  globalThis.WebSocket = class extends WebSocket {
    constructor(...args) {
      super(...args);
      this.addEventListener('open', () => happened.push('open'));
    }
  };
  const { setLocalDescription } = RTCPeerConnection.prototype;
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration) {
      super(configuration);
      this.addEventListener('icegatheringstatechange', () => {
        if (this.iceGatheringState === 'complete') happened.push('gathered');
      });
    }
    async setLocalDescription(...args) {
      await setLocalDescription.apply(this, args);
      happened.push(this.localDescription.type);
    }
  };
};

test('who joins has made its offer and gathered its candidates before its socket is open', async (t) => {
  // The socket opens when the test says so.
  let open;
  const opened = new Promise((resolve) => { open = resolve; });
  const gateway = await startGateway(server, {
    response: (text) => (text.startsWith('HTTP/1.1 101') ? opened.then(() => text) : text),
  });
  t.after(() => gateway.stop());
  const host = await openRooms(browser, server.url);
  const alice = await host.room({ name: 'Alice' });
  const { code } = await alice.next('Joined');

  const guest = await openRooms(browser, gateway.url, { init: watchOrder });
  const sent = [];
  guest.page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => {
    if (typeof payload === 'string') sent.push(JSON.parse(payload)); // the others are frames of the link
  }));
  const happened = () => guest.page.evaluate(() => globalThis.happened);
  const bob = await guest.room({ name: 'Bob', code });
  await guest.page.waitForFunction(() => globalThis.happened.includes('gathered'));
  assert.deepEqual(await happened(), ['offer', 'gathered']);

  open();
  await bob.next('Joined');
  for (const room of [alice, bob]) await room.next(({ type, to }) => type === 'PathChanged' && to === 'direct');
  assert.deepEqual(await happened(), ['offer', 'gathered', 'open'], 'no other offer was made');
  const types = sent.map(({ type }) => type);
  assert.deepEqual([types[0], types.at(-1)], ['offer', 'end_of_candidates']);
  assert.ok(types.length > 2 && types.slice(1, -1).every((type) => type === 'candidate'), types.join(' '));
  await host.close();
  await guest.close();
});

/// In a page, before anything else: `channels` is what each was made with, `opened` names those that the other end opened.
const watchChannels = () => {
  Object.assign(globalThis, { channels: [], opened: [] });
  const { createDataChannel } = RTCPeerConnection.prototype;
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration) {
      super(configuration);
      this.addEventListener('datachannel', ({ channel }) => globalThis.opened.push(channel.label));
    }
    createDataChannel(label, options) {
      globalThis.channels.push(options);
      return createDataChannel.call(this, label, options);
    }
  };
};

test('data channels are agreed on beforehand: none is opened over the wire', async () => {
  const pages = [await openRooms(browser, server.url, { init: watchChannels }), await openRooms(browser, server.url, { init: watchChannels })];
  const [alice, bob] = await meet(...pages);
  for (const page of pages) {
    assert.deepEqual(await page.page.evaluate(() => globalThis.channels), [
      { negotiated: true, id: 0, ordered: true },
      { negotiated: true, id: 1, ordered: false, maxRetransmits: 0 },
      { negotiated: true, id: 2, ordered: false, maxRetransmits: 0 }, // the link's own
    ]);
  }
  for (const [from, to, mark] of [[alice, bob, 1], [bob, alice, 2]]) {
    for (const channel of [kReliable, kUnreliable]) {
      assert.equal(await from.send(to.me, channel, 100, mark), 'queued');
      assert.equal((await to.next('Message')).mark, mark);
    }
  }
  for (const page of pages) assert.deepEqual(await page.page.evaluate(() => globalThis.opened), []);
  for (const page of pages) await page.close();
});
