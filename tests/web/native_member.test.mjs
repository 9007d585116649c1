// A native program and a browser in one room: the same Room on both sides, connected directly: a WebRTC stack of our own and Chromium's.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { kReliable, kUnreliable, startMember } from '../lib/native_member.mjs';
import { openRooms, withRoomPages } from '../lib/room_page.mjs';

let server;
let browser;
let member;

withRoomPages((...started) => { [server, browser] = started; });
before(() => { member = startMember(); });
after(async () => { await member?.close(); });

const address = () => `ws://${server.host}`;

async function exchange(native, page, ids) {
  for (const room of [native, page]) await room.next((event) => event.type === 'PathChanged' && event.to === 'direct');
  assert.equal((await native.send(ids.page, kReliable, 50_000, 7, 10)).taken, 10);
  for (let i = 0; i < 10; ++i) {
    const message = await page.next('Message');
    assert.deepEqual([message.from, message.length, message.mark, message.whole], [ids.native, 50_000, 7 + i, 'yes']);
  }
  assert.equal(await page.send(ids.native, kReliable, 50_000, 30), 'queued');
  assert.equal((await native.next('Message')).whole, 'yes');
  assert.equal(await page.send('all', kUnreliable, 500, 60), 'queued');
  const { mark, channel } = await native.next('Message');
  assert.deepEqual([mark, channel], [60, kUnreliable]);
}

test('a browser joins a native room, and messages go both ways', async () => {
  const native = member.room('create', address(), 'Nora');
  const { me, code } = await native.next('Joined');
  const page = await openRooms(browser, server.url);
  const ada = await page.room({ name: 'Ada', code });
  const { me: adaId } = await ada.next('Joined');
  assert.equal((await ada.next('PeerJoined')).name, 'Nora');
  assert.equal((await native.next('PeerJoined')).name, 'Ada');
  await exchange(native, ada, { native: me, page: adaId });
  native.leave();
  assert.equal((await ada.next('PeerLeft')).reason, 'peer_left');
  assert.deepEqual(page.errors(), []);
  await page.close();
});

test('a native program joins the room of a browser, which then closes its page', async () => {
  const page = await openRooms(browser, server.url);
  const ada = await page.room({ name: 'Ada' });
  const { me: adaId, code } = await ada.next('Joined');
  const native = member.room('join', address(), 'Nora', code);
  const { me } = await native.next('Joined');
  await exchange(native, ada, { native: me, page: adaId });
  await ada.leave();
  assert.equal((await native.next('PeerLeft')).reason, 'peer_left');
  assert.equal((await native.next('HostChanged')).host, me);
  assert.deepEqual(page.errors(), []);
  await page.close();
});
