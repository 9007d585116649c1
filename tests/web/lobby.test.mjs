// Finding a room and keeping order in it, through the public Room and RoomList in real Chromium.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kReliable, openRooms, withRoomPages } from '../lib/room_page.mjs';

let server;
let browser;

withRoomPages((...started) => { [server, browser] = started; });

test('a list shows rooms, one takes its password, and its host renames it and removes a member', async () => {
  const page = await openRooms(browser, server.url);
  const alice = await page.room({ name: 'Alice', title: 'Garden', password: 'open sesame', mode: 'duel' }, 0, 'openListed');
  const { me: aliceId, code } = await alice.next('Joined');
  const other = await page.room({ name: 'Olga', title: 'Cellar', mode: 'team' }, 0, 'openListed');
  await other.next('Joined');

  const guests = await openRooms(browser, server.url);
  await guests.instantiate();
  let listed;
  do {  // what happens on another worker is known a little later
    listed = await guests.call('list', 0, { mode: 'duel' });
  } while (listed.total === 0);
  assert.deepEqual(listed, { type: 'RoomsListed', titles: 'Garden*,', code, total: 1 });
  assert.equal((await guests.call('list', 0, { mode: 'chess' })).total, 0, 'on the same connection');
  await guests.call('closeList', 0, 1);

  const eve = await guests.room({ name: 'Eve', code, password: 'open' }, 0, 'openWithPassword');
  assert.equal((await eve.next('Ended')).reason, 'no_such_room');
  const bob = await guests.room({ name: 'Bob', code, password: 'open sesame' }, 0, 'openWithPassword');
  const { me: bobId } = await bob.next('Joined');
  await alice.next('PeerJoined');
  assert.equal(await alice.send(bobId, kReliable, 10, 7), 'queued');
  assert.equal((await bob.next('Message')).mark, 7);

  assert.equal(await bob.rename('Mine'), 'not_host');
  assert.equal(await alice.rename('Orchard'), 'sent');
  assert.equal((await bob.next('SettingsChanged')).title, 'Orchard');
  assert.equal(await alice.ask('kick', bobId), 'sent');
  assert.equal((await bob.next('Ended')).reason, 'kicked');
  const left = await alice.next('PeerLeft');
  assert.deepEqual([left.peer, left.reason], [bobId, 'peer_kicked']);

  const again = await guests.room({ name: 'Bob', code, password: 'open sesame' }, 0, 'openWithPassword');
  const { me: newId, host } = await again.next('Joined');
  assert.notEqual(newId, bobId);
  assert.equal(host, aliceId);
  assert.equal(await alice.ask('make_host', newId), 'sent');
  assert.equal((await again.next('HostChanged')).host, newId);
  for (const one of [page, guests]) {
    assert.deepEqual(one.errors(), []);
    await one.close();
  }
});

test('two who look for a quick match meet and talk', async () => {
  const pages = [await openRooms(browser, server.url), await openRooms(browser, server.url)];
  const alice = await pages[0].room({ name: 'Alice', mode: 'duel' }, 0, 'match');
  await alice.next('Searching');
  const bob = await pages[1].room({ name: 'Bob', mode: 'duel' }, 0, 'match');
  const { me: bobId, code } = await bob.next('Joined');
  assert.equal((await alice.next('Joined')).code, code);
  await alice.next('PeerJoined');
  assert.equal(await alice.send(bobId, kReliable, 10, 9), 'queued');
  assert.equal((await bob.next('Message')).mark, 9);
  for (const one of pages) await one.close();
});

test('a list of a server that is not there says so', async () => {
  const page = await openRooms(browser, server.url);
  await page.instantiate();
  const failed = await page.call('list', 0, { server: 'ws://127.0.0.1:9' });
  assert.deepEqual([failed.type, failed.reason], ['ListFailed', 'no_server']);
  await page.close();
});
