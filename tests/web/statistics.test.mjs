// What a room says of a link: counted by itself, and measured by the browser.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kReliable, meet, openRooms, withRoomPages } from '../lib/room_page.mjs';

let server;
let browser;

withRoomPages((...started) => { [server, browser] = started; });

const kMessages = 50;
const kLength = 1000;

/// In a page: what getStats() gives is changed by `globalThis.changeReport`, a Map in, a Map out.
const changeReports = () => {
  const { getStats } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.getStats = async function () {
    const report = new Map(await getStats.call(this));
    return globalThis.changeReport ? globalThis.changeReport(report) : report;
  };
};

test('path, round trip and bytes of a link are measured', async () => {
  const page = await openRooms(browser, server.url);
  const [alice, bob] = await meet(page, page);
  for (let i = 0; i < kMessages; ++i) await alice.send(bob.me, kReliable, kLength, i);
  const sent = await alice.statsOf(bob.me, (stats) => stats.round_trip !== undefined && stats.wire_bytes_sent > kMessages * kLength);
  const received = await bob.statsOf(alice.me, (stats) => stats.round_trip !== undefined && stats.wire_bytes_received > kMessages * kLength);
  for (const stats of [sent, received]) {
    assert.equal(stats.path, 'direct');
    // Browsers measure in milliseconds: on one machine it may be none.
    assert.ok(stats.round_trip >= 0 && stats.round_trip < 5e6, `${stats.round_trip} microseconds`);
  }
  assert.deepEqual([sent.messages_sent, sent.bytes_sent], [kMessages, kMessages * kLength]);
  assert.deepEqual([received.messages_received, received.bytes_received], [kMessages, kMessages * kLength]);
  assert.ok(sent.wire_bytes_sent < 3 * kMessages * kLength, `${sent.wire_bytes_sent} bytes went out`);
  await page.close();
});

test('bytes that went by another pair than the one in use are counted', async () => {
  const init = () => {
    globalThis.changeReport = (report) => new Map([...report].map(([id, entry]) =>
      [id, entry.type === 'candidate-pair' ? { ...entry, bytesSent: 7, bytesReceived: 7 } : entry]));
  };
  const page = await openRooms(browser, server.url, { init: `(${changeReports})(); (${init})();` });
  const [alice, bob] = await meet(page, page);
  for (let i = 0; i < kMessages; ++i) await alice.send(bob.me, kReliable, kLength, i);
  await alice.statsOf(bob.me, (stats) => stats.wire_bytes_sent > kMessages * kLength);
  await bob.statsOf(alice.me, (stats) => stats.wire_bytes_received > kMessages * kLength);
  await page.close();
});

test('a path with a relayed end is turn', async () => {
  const page = await openRooms(browser, server.url, { init: changeReports });
  const [alice, bob] = await meet(page, page);
  await page.page.evaluate(() => {
    globalThis.changeReport = (report) => new Map([...report].map(([id, entry]) =>
      [id, entry.type === 'remote-candidate' ? { ...entry, candidateType: 'relay' } : entry]));
  });
  const change = await alice.next('PathChanged');
  assert.deepEqual([change.peer, change.from, change.to], [bob.me, 'direct', 'turn']);
  await alice.statsOf(bob.me, (stats) => stats.path === 'turn');
  await page.close();
});

test('a browser that marks the pair in use by itself, as Firefox does, is measured too', async () => {
  const init = () => {
    const earlier = { type: 'candidate-pair', nominated: true, state: 'succeeded', bytesSent: 1000, bytesReceived: 2000 };
    globalThis.changeReport = (report) => {
      const used = [...report.values()].find(({ type }) => type === 'transport')?.selectedCandidatePairId;
      const pairs = [...report].filter(([, { type }]) => type === 'candidate-pair').map(([id, entry]) =>
        [id, { ...entry, nominated: false, selected: id === used, currentRoundTripTime: 0.125, bytesSent: 10, bytesReceived: 20 }]);
      return new Map([...report, ...pairs, ['earlier', earlier]].filter(([, { type }]) => type !== 'transport'));
    };
  };
  const page = await openRooms(browser, server.url, { init: `(${changeReports})(); (${init})();` });
  const [alice, bob] = await meet(page, page);
  const stats = await alice.statsOf(bob.me, ({ carrier_round_trip, wire_bytes_sent }) => carrier_round_trip === 125_000 && wire_bytes_sent > 1000);
  assert.equal(stats.path, 'direct');
  assert.ok(stats.wire_bytes_received > 2000 && stats.wire_bytes_received < 3000, `${stats.wire_bytes_received} bytes, those of the earlier pair among them`);
  await page.close();
});

test('a browser that refuses to measure is a link with its own measures alone, and no error', async () => {
  const init = () => {
    RTCPeerConnection.prototype.getStats = () => Promise.reject(new Error('not today'));
  };
  const page = await openRooms(browser, server.url, { init });
  const [alice, bob] = await meet(page, page);
  await alice.send(bob.me, kReliable, kLength, 1);
  assert.equal((await bob.next('Message')).mark, 1);
  const stats = await alice.statsOf(bob.me, ({ round_trip }) => round_trip > 0);
  assert.deepEqual([stats.path, stats.carrier_round_trip, stats.wire_bytes_sent], ['direct', undefined, 0]);
  assert.ok(page.page.said.some((line) => line.includes('parlor: no statistics: Error: not today')), page.page.said.join('\n'));
  assert.deepEqual(page.errors(), []);
  await page.close();
});
