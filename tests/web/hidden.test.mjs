// A page that is in a tab behind another: its rooms go on, without a frame and without an update.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { kReliable, kUnreliable, openRooms, roomPages } from '../lib/room_page.mjs';
import { startServer, suspend } from '../lib/server.mjs';
import { startTabs } from '../lib/tabs.mjs';

const kShownMs = 10_000;

let server;
let tabs;

before(async () => {
  server = await startServer({ pages: roomPages });
  tabs = await startTabs();
});

after(async () => {
  await tabs?.close();
  await server?.stop();
});

const openTab = (url, init) => openRooms(undefined, url, { context: tabs.context, init });

async function until(tab, visibility) {
  const deadline = Date.now() + kShownMs;
  while (await tab.page.evaluate(() => document.visibilityState) !== visibility) {
    assert.ok(Date.now() < deadline, `the tab is not ${visibility} after ${kShownMs} ms`);
    await tab.page.waitForTimeout(20);
  }
}

test('a hidden page enters a room, connects, and receives', async () => {
  const bobTab = await openTab(server.url);
  const aliceTab = await openTab(server.url);
  await aliceTab.page.bringToFront();
  await until(bobTab, 'hidden');

  const alice = await aliceTab.room({ name: 'Alice' });
  const { code, me: aliceId } = await alice.next('Joined');
  const bob = await bobTab.room({ name: 'Bob', code });
  const { me: bobId } = await bob.next('Joined', { update: false });
  const isOpen = ({ type, to }) => type === 'PathChanged' && to === 'direct';
  await bob.next(isOpen, { update: false });
  await alice.next(isOpen);

  for (const channel of [kReliable, kUnreliable]) {
    assert.equal(await alice.send(bobId, channel, 900, channel), 'queued');
    const { from, mark } = await bob.next('Message', { update: false });
    assert.deepEqual([from, mark], [aliceId, channel]);
    assert.equal(await bob.send(aliceId, channel, 900, channel), 'queued');
    assert.equal((await alice.next('Message')).mark, channel);
  }
  await until(bobTab, 'hidden');
  await bob.close();
  assert.equal((await alice.next('PeerLeft')).reason, 'peer_left');
  await alice.close();
  for (const tab of [aliceTab, bobTab]) await tab.page.close();
});

test('a page whose timers did not ring while it was hidden catches up when it is shown', async (t) => {
  const init = () => {
    const now = performance.now.bind(performance);
    globalThis.later = 0;
    performance.now = () => now() + globalThis.later;
    globalThis.setTimeout = () => 0;
  };
  const own = await startServer({ pages: roomPages });
  t.after(() => own.kill());
  const tab = await openTab(own.url, init);
  const other = await openTab(own.url);
  await other.page.bringToFront();
  await until(tab, 'hidden');
  await tab.instantiate();
  await suspend(own.pid);
  const room = await tab.room({ name: 'Alice' });
  await tab.page.evaluate(() => { globalThis.later = 11_000; });
  await room.frame({ update: false });
  assert.deepEqual(room.events, [], 'nothing has told it that the time is up');

  await tab.page.bringToFront();
  await until(tab, 'visible');
  const { reason, message } = await room.next('Ended', { update: false });
  assert.equal(reason, 'no_server');
  assert.match(message, /^The server did not answer within 10 seconds\. /);
  for (const one of [tab, other]) await one.page.close();
});
