// The QR codes of the share panel, read by a decoder that is not ours.
// Mostly waits: runs beside another such file.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import jsQR from 'jsqr';
import { penalty, qrCode } from '../../games/cubes/page/qr.mjs';

// Bytes that fit into each version at level M, ISO/IEC 18004, table 7.
const kRoom = [14, 26, 42, 62, 84, 106, 122, 152, 180, 213];

/// What the decoder reads in rows of modules, or null.
function read(rows, scale = 4) {
  const side = (rows.length + 8) * scale;
  const pixels = new Uint8ClampedArray(4 * side * side).fill(255);
  for (let y = 0; y < side; ++y) {
    for (let x = 0; x < side; ++x) {
      if (rows[Math.floor(y / scale) - 4]?.[Math.floor(x / scale) - 4]) pixels.fill(0, 4 * (y * side + x), 4 * (y * side + x) + 3);
    }
  }
  return jsQR(pixels, side, side);
}
const textOf = (length) => Array.from({ length }, (_, i) => String.fromCharCode(33 + ((i * 7 + length) % 90))).join('');

for (const [i, most] of kRoom.entries()) {
  test(`version ${i + 1} holds ${most} bytes, reads as written, and one byte more takes the next version`, () => {
    const full = qrCode(textOf(most));
    assert.equal(full.length, 17 + 4 * (i + 1));
    const decoded = read(full);
    assert.equal(decoded?.data, textOf(most));
    assert.equal(decoded.version, i + 1);
    const beyond = qrCode(textOf(most + 1));
    if (i === kRoom.length - 1) assert.equal(beyond, null);
    else assert.equal(beyond.length, full.length + 4);
  });
}

test('each of the eight masks reads as written', () => {
  for (const length of [10, 60, 150]) {
    for (let mask = 0; mask < 8; ++mask) assert.equal(read(qrCode(textOf(length), { mask }))?.data, textOf(length), `mask ${mask}`);
  }
});

test('the mask with the least penalty is taken', () => {
  for (const length of [5, 33, 100]) {
    const all = [0, 1, 2, 3, 4, 5, 6, 7].map((mask) => penalty(qrCode(textOf(length), { mask })));
    assert.equal(penalty(qrCode(textOf(length))), Math.min(...all));
    assert.ok(new Set(all).size > 1, 'the masks differ');
  }
});

test('a picture of one colour, and patterns like those of the corners, are hard to read', () => {
  const plain = Array.from({ length: 21 }, () => Array(21).fill(false));
  // 42 lines of 21, 400 squares, and ten steps of five percent from the middle.
  assert.equal(penalty(plain), 42 * 19 + 400 * 3 + 10 * 10);
  const checked = plain.map((row, y) => row.map((_, x) => (x + y) % 2 === 0));
  assert.equal(penalty(checked), 0);
  const finder = checked.map((row) => [...row]);
  [1, 0, 1, 1, 1, 0, 1, 0, 0, 0, 0].forEach((dark, x) => { finder[0][x] = dark === 1; });
  assert.ok(penalty(finder) >= 40);
});

test('a code with a spoilt corner of its data still reads', () => {
  const rows = qrCode('https://play.example.com/?room=kamo-ridun');
  for (let y = 12; y < 16; ++y) for (let x = 12; x < 16; ++x) rows[y][x] = !rows[y][x];
  assert.equal(read(rows)?.data, 'https://play.example.com/?room=kamo-ridun');
});

test('letters beyond ASCII are written in UTF-8', () => {
  assert.equal(read(qrCode('http://spiel.example/münze?room=x'))?.data, 'http://spiel.example/münze?room=x');
});
