// Our connection with other people's stacks, as who offers and as who answers: every kind of channel, sizes up to the largest, closing
// from each side, restarts, and a minute of steady traffic. All pairs at once: they mostly wait.
// Mostly waits

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { startBrowser, startPair } from './ends.mjs';

const kMinute = Number(process.env.PARLOR_INTEROP_SECONDS ?? 60) * 1000;

/// What is known of each: the largest message it says it takes, whether it can restart ICE, and what it gets wrong.
const kStacks = {
  chromium: { largest: 262_144, restarts: true },
  // Its W3C layer says of every channel that the other side opened that it is ordered and reliable. It takes no restart of ICE
  // ("Invalid ICE settings from remote SDP") and makes none ("Not implemented").
  libdatachannel: { largest: 262_144, saysReliable: true },
  libwebrtc: { largest: 262_144, restarts: true },
  // It asks for order where it has to limit retransmissions, sends nothing where a message is empty, and closes without a word.
  werift: { largest: 65_536, restarts: true, opensOrdered: true, sendsNoEmpty: true, closesSilently: true },
};

const kKinds = [
  { name: 'reliable' },
  { name: 'reliable, unordered', ordered: false },
  { name: 'no retransmissions', ordered: false, limit: 'retransmits=0' },
  { name: 'three retransmissions', limit: 'retransmits=3' },
  { name: 'half a second', limit: 'lifetime=500' },
];

let browser;
let snapBrowser;
before(async () => {
  [browser, snapBrowser] = await Promise.all([
    startBrowser({ webgl: false }),
    startBrowser({ webgl: false, args: ['--enable-blink-features=WebRtcSctpSnap'] }),
  ]);
});
after(() => Promise.all([browser?.close(), snapBrowser?.close()]));

const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

/// Sends from one to the other and waits until exactly that has come.
async function send(from, to, message) {
  const before = to.all('message', ({ label }) => label === message.label).length;
  await from.do('send', message);
  const heard = await to.until('message', ({ label }) => label === message.label, { count: before + 1 }).catch((error) => { throw new Error(`${JSON.stringify(message)} did not come: ${error.message}`); });
  const { kind, size, digest } = heard[before];
  assert.deepEqual({ kind, size, digest }, { kind: message.kind, size: message.size, digest: digestOf(message) }, `${message.label} from ${from.name}`);
}

function digestOf({ size, seed }) {
  let hash = 2166136261;
  for (let i = 0; i < size; ++i) hash = Math.imul(hash ^ (97 + ((seed + i * 7) % 26)), 16777619) >>> 0;
  return hash;
}

/// A channel that both open by themselves: there once the connection is.
async function connect(pair, weOffer) {
  for (const end of [pair.ours, pair.theirs]) await end.do('open', { label: 'agreed', id: 100 });
  await (weOffer ? pair.ours : pair.theirs).do('offer');
  await Promise.all([pair.ours, pair.theirs].map((end) => end.until('opened', ({ label }) => label === 'agreed')));
}

async function openEach(pair, known) {
  for (const [opener, other] of [[pair.ours, pair.theirs], [pair.theirs, pair.ours]]) {
    for (const kind of kKinds) {
      const label = `${kind.name} of ${opener.name}`;
      await opener.do('open', { label, protocol: 'test', ...kind });
      const [opened] = await other.until('opened', (event) => event.label === label);
      assert.equal(opened.protocol, 'test');
      if (!(known.saysReliable && other === pair.theirs)) {
        const ordered = (kind.ordered ?? true) || Boolean(known.opensOrdered && opener === pair.theirs && kind.limit);
        assert.equal(opened.ordered, ordered, label);
        assert.equal(opened.limit, kind.limit ?? 'reliable', label);
      }
      await opener.until('opened', (event) => event.label === label);
    }
  }
}

async function sendEach(pair, known) {
  let seed = 0;
  for (const opener of [pair.ours, pair.theirs]) {
    for (const [from, to] of [[pair.ours, pair.theirs], [pair.theirs, pair.ours]]) {
      for (const kind of kKinds) {
        for (const size of [1, 100, 1200]) {
          for (const form of ['text', 'binary']) await send(from, to, { label: `${kind.name} of ${opener.name}`, kind: form, size, seed: ++seed });
        }
      }
    }
  }
  for (const [from, to] of [[pair.ours, pair.theirs], [pair.theirs, pair.ours]]) {
    const largest = to === pair.ours ? 262_144 : known.largest;
    for (const size of [0, 16_384, largest - 1, largest]) {
      if (size === 0 && from === pair.theirs && known.sendsNoEmpty) continue;
      for (const form of ['text', 'binary']) await send(from, to, { label: 'agreed', kind: form, size, seed: ++seed });
    }
  }
}

/// Ten messages a second each way, all of which arrive, in order.
async function steady(pair, ms) {
  const count = Math.round(ms / 100);
  const base = { ours: pair.ours.all('message', ({ label }) => label === 'agreed').length, theirs: pair.theirs.all('message', ({ label }) => label === 'agreed').length };
  for (let i = 0; i < count; ++i) {
    await Promise.all([
      pair.ours.do('send', { label: 'agreed', kind: 'binary', size: 100 + (i % 50), seed: i }),
      pair.theirs.do('send', { label: 'agreed', kind: 'binary', size: 100 + (i % 50), seed: i }),
    ]);
    await wait(100);
  }
  for (const end of ['ours', 'theirs']) {
    const heard = (await pair[end].until('message', ({ label }) => label === 'agreed', { count: base[end] + count })).slice(base[end]);
    heard.forEach(({ digest }, i) => assert.equal(digest, digestOf({ size: 100 + (i % 50), seed: i }), `${end}, message ${i}`));
  }
  for (const end of [pair.ours, pair.theirs]) {
    assert.deepEqual(end.all('state', ({ state }) => state === 'disconnected' || state === 'failed'), [], `${end.name} was connected all the time`);
  }
}

async function closeChannels(pair) {
  for (const [i, [closer, other]] of [[pair.ours, pair.theirs], [pair.theirs, pair.ours]].entries()) {
    const label = `${kKinds[i].name} of ours`;
    await closer.do('closeChannel', { label });
    await Promise.all([closer, other].map((end) => end.until('closed', (event) => event.label === label)));
  }
}

async function restart(pair, by) {
  const ufragOf = (end) => /^a=ice-ufrag:(\S+)/m.exec(end.all('description').at(-1).sdp)[1];
  const before = [pair.ours, pair.theirs].map((end) => ({ end, ufrag: ufragOf(end), count: end.all('description').length }));
  await by.do('restart');
  for (const { end, ufrag, count } of before) {
    await end.until('description', () => true, { count: count + 1 });
    assert.notEqual(ufragOf(end), ufrag, `${end.name} has restarted`);
  }
  // Longer than the former way would do without an answer to what asks whether it is still wanted.
  await wait(1500);
  await send(pair.ours, pair.theirs, { label: 'agreed', kind: 'text', size: 50, seed: 1 });
  await send(pair.theirs, pair.ours, { label: 'agreed', kind: 'text', size: 50, seed: 2 });
  assert.equal(pair.ours.all('state').at(-1).state, 'connected');
}

async function wholeLife(stack, weOffer, settings = {}) {
  const pair = await startPair(stack, { browser: settings.snap ? snapBrowser : browser, ...settings });
  try {
    const known = kStacks[stack];
    await connect(pair, weOffer);
    await openEach(pair, known);
    await sendEach(pair, known);
    await steady(pair, kMinute);
    await closeChannels(pair);
    if (known.restarts) {
      await restart(pair, pair.ours);
      await restart(pair, pair.theirs);
    }
    const errors = [...pair.ours.all('error'), ...pair.theirs.all('error')];
    assert.deepEqual(errors, []);
    return pair;
  } catch (error) {
    await pair.end().catch(() => {});
    throw error;
  }
}

describe('a whole life', { concurrency: true }, () => {
  for (const stack of Object.keys(kStacks)) {
    test(`with ${stack}, which answers, and is closed by us`, { timeout: kMinute + 90_000 }, async () => {
      const pair = await wholeLife(stack, true);
      await pair.ours.do('close');
      await pair.theirs.until('closed', ({ label }) => label === 'agreed');
      await pair.end();
    });

    test(`with ${stack}, which offers, and closes`, { timeout: kMinute + 90_000 }, async () => {
      const pair = await wholeLife(stack, false);
      await pair.theirs.do('close');
      const ending = kStacks[stack].closesSilently ? 'disconnected' : 'closed';
      await pair.ours.until('state', ({ state }) => state === ending);
      await pair.end();
    });
  }

  for (const weOffer of [true, false]) {
    test(`with chromium, without SCTP's handshake, ${weOffer ? 'we offer' : 'it offers'}`, { timeout: kMinute + 90_000 }, async () => {
      const pair = await wholeLife('chromium', weOffer, { snap: true });
      const answer = [...pair.ours.all('description'), ...pair.theirs.all('description')].find(({ type }) => type === 'answer');
      assert.match(answer.sdp, /^a=sctp-init:/m);
      await pair.end();
    });
  }

  test('with chromium, with AES-GCM and IPv4 alone', { timeout: 60_000 }, async () => {
    const pair = await startPair('chromium', { browser, flags: ['--aes'] });
    await connect(pair, true);
    await send(pair.ours, pair.theirs, { label: 'agreed', kind: 'binary', size: 100_000, seed: 3 });
    await pair.end();
  });

  test('with chromium, as a lite agent', { timeout: 60_000 }, async () => {
    for (const weOffer of [true, false]) {
      const pair = await startPair('chromium', { browser, flags: ['--lite'] });
      await connect(pair, weOffer);
      await send(pair.ours, pair.theirs, { label: 'agreed', kind: 'binary', size: 1000, seed: 4 });
      await send(pair.theirs, pair.ours, { label: 'agreed', kind: 'binary', size: 1000, seed: 5 });
      await pair.end();
    }
  });
});
