// What goes wrong around a room comes to the game as an event, with a reason code and a sentence.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startGateway } from '../lib/gateway.mjs';
import { meet, openRooms, roomPages, withRoomPages } from '../lib/room_page.mjs';
import { startServer, suspend } from '../lib/server.mjs';

const kServerFull = 4013;  // docs/signaling.md

let server;
let browser;

withRoomPages((...started) => { [server, browser] = started; });

/// The room is over before it began, for this reason and with this sentence, and nothing else happened.
async function assertEnds(room, reason, sentence, options) {
  const ended = await room.next('Ended', options);
  assert.equal(ended.reason, reason);
  assert.match(ended.message, sentence);
  await room.frame(options);
  assert.deepEqual(room.events, []);
  assert.deepEqual(room.on.page.said.filter((line) => line.startsWith('uncaught')), []);
}

test('a server that is gone is no_server', async (t) => {
  const own = await startServer({ pages: roomPages });
  t.after(() => own.kill());
  const page = await openRooms(browser, own.url);
  await page.instantiate();
  await own.kill();
  await assertEnds(await page.room({ name: 'Alice' }), 'no_server', /^The server could not be reached\. /);
  await page.close();
});

test('a server that the page may not connect to is no_server', async (t) => {
  const other = await startServer();
  t.after(() => other.kill());
  const page = await openRooms(browser, server.url);
  const room = await page.room({ name: 'Alice', server: other.url.replace(/^http/, 'ws') });
  await assertEnds(room, 'no_server', /^The server could not be reached\. /);
  assert.ok(page.page.said.some((line) => line.includes('Content Security Policy')), 'the browser forbade it');
  await page.close();
});

test('an address that the browser does not take is no_server', async () => {
  const page = await openRooms(browser, server.url);
  await assertEnds(await page.room({ name: 'Alice', server: 'ws://[nothing]' }), 'no_server', /^The server could not be reached\. /);
  await page.close();
});

test('a server that does not answer is no_server, by a timer alone', async (t) => {
  const own = await startServer({ pages: roomPages });
  t.after(() => own.kill());
  const page = await openRooms(browser, own.url);
  await page.instantiate();
  await suspend(own.pid);
  const room = await page.room({ name: 'Alice' });
  await assertEnds(room, 'no_server', /^The server did not answer within 10 seconds\. /, { update: false });
  await page.close();
});

/// What a server answers to an upgrade, without what it says behind it.
const upgraded = (text) => text.slice(0, text.indexOf('\r\n\r\n') + 4);

test('a server that hangs up before the room is entered is no_server', async (t) => {
  const gateway = await startGateway(server, {
    response: (text) => (text.startsWith('HTTP/1.1 101') ? { text: upgraded(text), over: true } : text),
  });
  t.after(() => gateway.stop());
  const page = await openRooms(browser, gateway.url);
  await assertEnds(await page.room({ name: 'Alice' }), 'no_server', /^The server closed the connection before the room was entered\. /);
  await page.close();
});

test('a server that closes with a code and no word is known by the code', async (t) => {
  const kClose = '\x88\x02' + String.fromCharCode(kServerFull >> 8, kServerFull & 255);  // RFC 6455 §5.5.1
  const gateway = await startGateway(server, {
    response: (text) => (text.startsWith('HTTP/1.1 101') ? { text: upgraded(text) + kClose, over: true } : text),
  });
  t.after(() => gateway.stop());
  const page = await openRooms(browser, gateway.url);
  await assertEnds(await page.room({ name: 'Alice' }), 'server_full', /^The server has no place for more at the moment\. /);
  await page.close();
});

test('a code that no room has is no_such_room, and the sentence names it', async () => {
  const page = await openRooms(browser, server.url);
  await assertEnds(await page.room({ name: 'Bob', code: 'KAMO ridun' }), 'no_such_room', /^No room has the code kamo-ridun, /);
  await page.close();
});

test('one more than a room takes is room_full', async () => {
  const page = await openRooms(browser, server.url);
  const alice = await page.room({ name: 'Alice', size: 2 });
  const { code } = await alice.next('Joined');
  const bob = await page.room({ name: 'Bob', code });
  await bob.next('Joined');
  await assertEnds(await page.room({ name: 'Carol', code }), 'room_full', /^The room [a-z-]+ is full\. /);
  await page.close();
});

test('another build of the game is build_mismatch', async () => {
  const page = await openRooms(browser, server.url);
  const alice = await page.room({ name: 'Alice', build: '1' });
  const { code } = await alice.next('Joined');
  await assertEnds(await page.room({ name: 'Bob', build: '2', code }), 'build_mismatch', /runs another build of the game\. /);
  await page.close();
});

test('another version of the protocol is version_mismatch', async (t) => {
  const gateway = await startGateway(server, { request: (text) => text.replace(/^(GET \/v1\?.*\bversion=)1\b/, '$19') });
  t.after(() => gateway.stop());
  const page = await openRooms(browser, gateway.url);
  await assertEnds(await page.room({ name: 'Alice' }), 'version_mismatch', /^This page does not fit the server\. Reload it /);
  await page.close();
});

test('a code that cannot be one ends the room without asking the server', async () => {
  const page = await openRooms(browser, server.url);
  await assertEnds(await page.room({ name: 'Bob', code: 'x' }), 'no_such_room', /^No room has this code\. /);
  assert.deepEqual(page.page.requested.filter((url) => url.startsWith('ws')), []);
  await page.close();
});

test('a server that is stopped while two play tells them, and they play on', async (t) => {
  const own = await startServer({ pages: roomPages });
  t.after(() => own.kill());
  const page = await openRooms(browser, own.url);
  const [alice, bob] = await meet(page, page);
  await own.stop();
  for (const room of [alice, bob]) {
    const lost = await room.next('ServerLost');
    assert.equal(lost.reason, 'server_shutdown');
    assert.equal(lost.message, 'The server is being stopped. Try again in a minute.');
  }
  await alice.send('all', 0, 10, 7);
  assert.equal((await bob.next('Message')).mark, 7);
  await page.close();
});

/// A server that passes no messages on: what WebRTC cannot do is then not done.
async function withoutRelay(t) {
  const own = await startServer({ pages: roomPages, args: ['--no-relay'] });
  t.after(() => own.stop());
  return own;
}

test('a browser without WebRTC is no_webrtc, and the server is not asked', async () => {
  const page = await openRooms(browser, server.url, { init: () => { delete globalThis.RTCPeerConnection; } });
  await assertEnds(await page.room({ name: 'Alice' }), 'no_webrtc', /^This browser has no WebRTC, or it is switched off\. /);
  assert.deepEqual(page.page.requested.filter((url) => url.startsWith('ws')), []);
  await page.close();
});

test('a connection that the browser does not make is link_failed with what it said, and the member stays', async (t) => {
  const server = await withoutRelay(t);
  const init = () => {
    globalThis.RTCPeerConnection = class {
      constructor() {
        throw new Error('Connections are switched off here.');
      }
    };
  };
  const page = await openRooms(browser, server.url);
  const alice = await page.room({ name: 'Alice' });
  const { code, me } = await alice.next('Joined');
  const broken = await openRooms(browser, server.url, { init });
  const bob = await broken.room({ name: 'Bob', code });
  const failed = await bob.next('LinkFailed');
  assert.deepEqual(failed, {
    type: 'LinkFailed', peer: me, reason: 'link_failed', message: 'No way to this member was found. (Connections are switched off here.)',
  });
  assert.equal((await broken.call('stats', bob.handle, me)).path, 'none');
  assert.deepEqual(broken.errors(), []);
  await bob.close();
  await page.close();
  await broken.close();
});

for (const [who, failures] of [['who offers', { Alice: 0, Bob: 2 }], ['who waits for the offer', { Alice: 1, Bob: 0 }]]) {
  test(`a connection that the browser of ${who} does not make at first is made later`, async (t) => {
    const server = await withoutRelay(t);
    const init = (times) => `globalThis.RTCPeerConnection = class extends RTCPeerConnection {
      static left = ${times};
      constructor(configuration) {
        if (new.target.left-- > 0) throw new Error('Not yet.');
        super(configuration);
      }
      setRemoteDescription(description) {
        if (this.signalingState === 'have-local-offer' && description.type === 'offer') throw new Error('An offer was taken back.');
        return super.setRemoteDescription(description);
      }
    };`;
    const [first, second] = [await openRooms(browser, server.url, { init: { content: init(failures.Alice) } }),
      await openRooms(browser, server.url, { init: { content: init(failures.Bob) } })];
    const [alice, bob] = await meet(first, second);
    await alice.send('all', 0, 10, 7);
    assert.equal((await bob.next('Message')).mark, 7);
    const failed = failures.Alice ? alice : bob;
    assert.match((await failed.next('LinkFailed')).message, /Not yet\./);
    await first.close();
    await second.close();
  });
}

test('two who find no way to each other hear link_failed and stay members', async (t) => {
  const server = await withoutRelay(t);
  // Without a TURN server there is then no candidate at all.
  const init = () => {
    globalThis.RTCPeerConnection = class extends RTCPeerConnection {
      constructor(configuration) {
        super({ ...configuration, iceTransportPolicy: 'relay' });
      }
    };
  };
  const page = await openRooms(browser, server.url, { init });
  const alice = await page.room({ name: 'Alice' });
  const { code, me } = await alice.next('Joined');
  const bob = await page.room({ name: 'Bob', code });
  const { me: bobId } = await bob.next('Joined');
  for (const [room, peer] of [[alice, bobId], [bob, me]]) {
    const failed = await room.next('LinkFailed', { timeout: 60_000 });
    assert.equal(failed.peer, peer);
    assert.equal(failed.reason, 'link_failed');
    assert.match(failed.message, /^No way to this member was found/);
    assert.equal((await page.call('stats', room.handle, peer)).path, 'none');
  }
  await page.close();
});
