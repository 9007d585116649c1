// The examples of docs/link.md against a reader and a writer that were written from the page alone. Another test holds the
// code against the same lines: so the page, the code and what others make of the page agree.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

import { channelsDigest, decodeControl, decodeFrame, encodeControl, encodeFrame, fnv1a, maxControl, maxPayload } from './decoder.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const page = readFileSync(join(here, '..', '..', 'docs', 'link.md'), 'utf8');

/** `-` stands for no bytes, and is no digit. */
const fromHex = (text) => {
  const digits = text.replace(/[\s-]/g, '');
  assert.match(digits, /^([0-9a-f]{2})*$/, text);
  return Uint8Array.from(digits.match(/../g) ?? [], (two) => parseInt(two, 16));
};

/** The lines of the page's fences of a name: the bytes, the text behind `|`, and whether a `!` says that the channel is the host's. */
function vectors(fence) {
  const found = [];
  for (const [, body] of page.matchAll(new RegExp(`^\`\`\`${fence}\\n([^]*?)^\`\`\`$`, 'gm'))) {
    for (const line of body.trimEnd().split('\n')) {
      const [, hex, text] = /^([^|]*[^| ]) *\| (.+)$/.exec(line) ?? assert.fail(`not an example: ${line}`);
      found.push({ hex, text, bytes: fromHex(hex.replace('!', '')), ofHost: hex.includes('!') });
    }
  }
  return found;
}

/** The frame that a text like "latest from 1 to 1 number 2 key 300 payload 7f" is of. */
function readFrame(text) {
  const [kind, ...words] = text.split(' ');
  const frame = { kind };
  while (words.length > 0) {
    const name = words.shift();
    if (name === 'ack') frame.ack = { channel: Number(words.shift()), number: Number(words.shift()) };
    else if (name === 'payload') frame.payload = fromHex(words.shift());
    else if (['from', 'to', 'number', 'stamp', 'copy', 'key', 'term'].includes(name)) frame[name] = Number(words.shift());
    else assert.fail(`${name} in: ${text}`);
  }
  return frame;
}

/** The section that a text like "ping 7 1000 10 doubts 300" is of; one on a line. */
function readSection(text) {
  const [type, ...words] = text.split(' ');
  const doubts = words.includes('doubts');
  const numbers = words.filter((word) => word !== 'doubts').map(Number);
  const [a, b, c, d] = numbers;
  const parts = words.map((word) => word.split(':').map(Number));
  switch (type) {
    case 'hello': return { type, version: a, channels: b };
    case 'ping': return { type, id: a, time: b, promise: c, doubts, sent: d };
    case 'pong': return { type, id: a, time: b };
    case 'acks': return { type, acks: parts.map(([channel, number]) => ({ channel, number })) };
    case 'latest_acks': return { type, acks: parts.map(([channel, key, number]) => ({ channel, number, key })) };
    case 'bye': return { type, why: words[0] };
    default: assert.fail(`${type} in: ${text}`);
  }
}

/** Where the sections of a control frame begin, and its end, found by their lengths alone. */
function boundaries(bytes) {
  const found = [0];
  while (found.at(-1) + 1 < bytes.length) found.push(found.at(-1) + 2 + bytes[found.at(-1) + 1]);
  return found;
}

const frames = vectors('frames');
const controls = vectors('control');

test('the page has examples of every kind of a game\'s frames and of every section', () => {
  const kinds = new Set(frames.map(({ text }) => text.split(' ')[0]));
  for (const kind of ['ordered', 'ordered_more', 'unreliable', 'unreliable_copy', 'latest']) assert.ok(kinds.has(kind), kind);
  const types = new Set(controls.map(({ text }) => text.split(' ')[0]));
  for (const type of ['hello', 'ping', 'pong', 'acks', 'latest_acks', 'bye']) assert.ok(types.has(type), type);
});

for (const { hex, text, bytes, ofHost } of frames) {
  test(`the frame ${hex} is: ${text}`, () => {
    const frame = readFrame(text);
    assert.deepEqual(decodeFrame(bytes, { ofHost }), frame);
    assert.deepEqual(encodeFrame(frame), bytes);
  });
}

for (const { hex, text, bytes } of controls) {
  test(`the control ${hex} is: ${text}`, () => {
    const control = { sections: [readSection(text)] };
    assert.deepEqual(decodeControl(bytes), control);
    // Unknown sections are skipped, so nobody can write them again.
    const starts = boundaries(bytes);
    assert.equal(starts.at(-1), bytes.length, 'the lengths of the sections add up');
    const known = starts.slice(0, -1).map((start, i) => bytes.subarray(start, starts[i + 1])).filter(([type]) => type <= 5);
    assert.deepEqual(encodeControl(control), Uint8Array.from(known.flatMap((section) => [...section])));
  });
}

test('a frame that is cut within its header is ignored, and one that is cut behind it is a shorter message', () => {
  for (const { hex, text, bytes, ofHost } of frames) {
    const frame = readFrame(text);
    const header = bytes.length - frame.payload.length;
    for (let length = 0; length < bytes.length; length++) {
      const payload = frame.payload.subarray(0, Math.max(0, length - header));
      const expected = length < header ? null : { ...frame, payload };
      assert.deepEqual(decodeFrame(bytes.subarray(0, length), { ofHost }), expected, `${length} bytes of ${hex}`);
    }
  }
});

test('a control frame that is cut within a section is ignored as a whole', () => {
  for (const { hex, bytes } of controls) {
    for (let length = 1; length < bytes.length; length++) {
      if (boundaries(bytes).includes(length)) continue;
      assert.equal(decodeControl(bytes.subarray(0, length)), null, `${length} bytes of ${hex}`);
    }
  }
});

test('a section that is too short for its content makes the frame ignored', () => {
  const short = ['00 04 01040302', '01 09 0700e80300000a012c', '02 05 0700d00700', '03 03 050003', '04 03 020900', '05 00'];
  for (const hex of short) {
    assert.equal(decodeControl(fromHex(hex)), null, hex);
    assert.equal(decodeControl(fromHex(`05 01 01 ${hex}`)), null, `behind another: ${hex}`);
  }
});

test('the header of a host\'s frame is longer by the term, in every kind, and the acknowledgement is behind it', () => {
  for (const { bytes, text } of frames.filter(({ text, ofHost }) => !ofHost && !text.startsWith('control '))) {
    const frame = { ...readFrame(text), term: 200, ack: { channel: 7, number: 8191 }, payload: fromHex('0102') };
    const encoded = encodeFrame(frame);
    assert.deepEqual(encoded.subarray(-5), fromHex('c8 ffff 0102'), text);
    assert.equal(encoded[0], bytes[0] | 0x10);
    assert.deepEqual(decodeFrame(encoded, { ofHost: true }), frame);
  }
});

test('a payload of any kind may be empty and has at most 16,384 bytes, one of control 256', () => {
  const headers = { ordered: '05 0000', ordered_more: '25 0000', unreliable: '45 0000', unreliable_copy: '65 0000 0000',
    latest: '85 0000 00', control: 'a5' };
  for (const [kind, hex] of Object.entries(headers)) {
    const header = fromHex(hex);
    const most = kind === 'control' ? 256 : 16384;
    for (const length of [0, 1, most]) {
      const frame = decodeFrame(Uint8Array.from([...header, ...Array(length).fill(7)]));
      assert.equal(frame.kind, kind);
      assert.deepEqual(frame.payload, new Uint8Array(length).fill(7));
      assert.equal(encodeFrame(frame).length, header.length + length);
    }
    assert.equal(decodeFrame(Uint8Array.from([...header, ...Array(most + 1).fill(7)])), null, kind);
  }
  assert.equal(maxPayload, 16384);
  assert.equal(maxControl, 256);
});

test('a control frame is its first byte and sections, is of no channel of the host, and passes over an acknowledgement in its header', () => {
  const frame = decodeFrame(fromHex('ae 05 01 01'));
  assert.deepEqual(frame, { kind: 'control', from: 3, to: 2, payload: fromHex('05 01 01') });
  assert.deepEqual(encodeFrame(frame), fromHex('ae 05 01 01'));
  assert.deepEqual(decodeControl(frame.payload), { sections: [{ type: 'bye', why: 'left' }] });
  assert.equal(decodeFrame(fromHex('ae 05 01 01'), { ofHost: true }), null);
  assert.deepEqual(decodeFrame(fromHex('be 0320 05 01 01')), frame);
  assert.equal(decodeFrame(fromHex('be 03')), null, 'cut short');
});

test('the kinds 6 and 7 are ignored', () => {
  for (let first = 0xc0; first <= 0xff; first++) {
    for (const ofHost of [false, true]) assert.equal(decodeFrame(Uint8Array.from([first, ...Array(20).fill(0)]), { ofHost }), null);
  }
});

const goodVarints = [['00', 0], ['7f', 127], ['8001', 128], ['ff7f', 16383], ['808001', 16384], ['8080808001', 2 ** 28],
  ['8080808008', 2 ** 31], ['ffffffff0f', 2 ** 32 - 1]];
const badVarints = ['8000', '808000', '80808000', '8080808000', 'ff00', 'ffffffff00', // longer than needed
  '8080808010', 'ffffffff1f', 'ffffffff7f', // more than 32 bits
  '808080808001', '8080808080', 'ffffffffff0f', 'ffffffffffffffffff01']; // more than five bytes

test('a varint has as few bytes as its number needs', () => {
  for (const [hex, key] of goodVarints) {
    const frame = { kind: 'latest', from: 1, to: 1, number: 2, key, payload: fromHex('aa') };
    assert.deepEqual(decodeFrame(fromHex(`85 0200 ${hex} aa`)), frame, hex);
    assert.deepEqual(encodeFrame(frame), fromHex(`85 0200 ${hex} aa`));
    const control = Uint8Array.from([4, 3 + hex.length / 2, ...fromHex(`02 0900 ${hex}`)]);
    assert.deepEqual(decodeControl(control), { sections: [{ type: 'latest_acks', acks: [{ channel: 2, number: 9, key }] }] }, hex);
  }
});

test('a varint that is longer than needed or too large makes the frame ignored', () => {
  for (const hex of badVarints) {
    assert.equal(decodeFrame(fromHex(`85 0200 ${hex} aa`)), null, hex);
    assert.equal(decodeControl(Uint8Array.from([4, 3 + hex.length / 2, ...fromHex(`02 0900 ${hex}`)])), null, hex);
  }
});

test('unknown sections are skipped wherever they stand, and so is what is behind the known content', () => {
  const sections = [{ type: 'pong', id: 7, time: 2000 }, { type: 'bye', why: 'given_up' }];
  const good = ['02 06 0700d0070000 05 01 00', '06 00 02 06 0700d0070000 ff 02 0501 05 01 00', '02 06 0700d0070000 05 01 00 80 01 05',
    '02 08 0700d0070000 0501 05 04 00 ffffff'];
  for (const hex of good) assert.deepEqual(decodeControl(fromHex(hex)), { sections }, hex);
  assert.deepEqual(decodeControl(fromHex('7f 03 010203')), { sections: [] });
  assert.equal(decodeControl(fromHex('05 01 00 7f 03 0102')), null, 'cut short');
});

test('the flag 1 of a ping is its lowest bit, and the others say nothing yet', () => {
  for (const [flags, doubts] of [['00', false], ['01', true], ['fe', false], ['ff', true]]) {
    const { sections: [ping] } = decodeControl(fromHex(`01 0a 0700 e8030000 0a ${flags} 2c01`));
    assert.deepEqual(ping, { type: 'ping', id: 7, time: 1000, promise: 10, doubts, sent: 300 });
  }
});

test('a control frame has at most 8 acknowledgements, 24 of latest values, and 256 bytes', () => {
  const acks = (count) => Uint8Array.from([3, 2 * count, ...Array(count).fill([5, 0]).flat()]);
  assert.equal(decodeControl(acks(8)).sections[0].acks.length, 8);
  assert.equal(decodeControl(acks(9)), null);
  const latest = (count) => Uint8Array.from([4, 8 * count, ...Array(count).fill([...fromHex('02 0900 ffffffff0f')]).flat()]);
  assert.equal(decodeControl(latest(24)).sections[0].acks.length, 24);
  assert.equal(decodeControl(latest(25)), null);
  const unknown = (length) => Uint8Array.from([0x7f, 251, ...Array(length - 2).fill(0)]);
  assert.deepEqual(decodeControl(Uint8Array.from([...unknown(253), 5, 1, 1])), { sections: [{ type: 'bye', why: 'left' }] });
  assert.equal(decodeControl(Uint8Array.from([...unknown(253), 5, 2, 1, 0])), null);
});

test('what does not fit is not written', () => {
  const frame = { kind: 'latest', from: 1, to: 1, number: 2, key: 300, payload: fromHex('7f') };
  const bad = [{ from: 4 }, { to: -1 }, { number: 65536 }, { key: 2 ** 32 }, { term: 256 }, { ack: { channel: 8, number: 0 } },
    { ack: { channel: 0, number: 8192 } }, { payload: new Uint8Array(16385) }, { kind: 'reserved' }, { kind: 'control', term: 1 }];
  for (const change of bad) assert.throws(() => encodeFrame({ ...frame, ...change }), RangeError, JSON.stringify(change));
  assert.throws(() => encodeControl({ sections: [{ type: 'acks', acks: Array(9).fill({ channel: 0, number: 0 }) }] }), RangeError);
  assert.throws(() => encodeControl({ sections: Array(33).fill({ type: 'pong', id: 0, time: 0 }) }), RangeError);
});

test('the digest of the channels is FNV-1a over a byte for each', () => {
  // The algorithm's own published values.
  for (const [text, hash] of [['', 0x811c9dc5], ['a', 0xe40c292c], ['foobar', 0xbf9cf968]]) assert.equal(fnv1a(Buffer.from(text)), hash);

  const [reliable, unreliable, latest, bulk] = ['reliable', 'unreliable', 'latest', 'bulk'].map((kind) => ({ kind }));
  const ofHost = (channel) => ({ ...channel, ofHost: true });
  const lists = [
    [[], 0x811c9dc5],
    [[reliable], 0x050c5d1f],
    [[ofHost(reliable)], 0x850b939f],
    [[reliable, unreliable, latest, bulk], 0xc3aa51b1],
    [[bulk, latest, unreliable, reliable], 0x43f747f9],
    [[reliable, unreliable, ofHost(latest), ofHost(bulk)], 0x44e6bcb1],
  ];
  for (const [channels, digest] of lists) assert.equal(channelsDigest(channels), digest, JSON.stringify(channels));
});
