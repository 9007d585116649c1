// QR codes (ISO/IEC 18004): text in byte mode, versions 1 to 10, error correction level M, the best of the eight masks.

// For each version: codewords of error correction in a block, blocks, codewords in all.
const kVersions = [
  [10, 1, 26], [16, 1, 44], [26, 1, 70], [18, 2, 100], [24, 2, 134], [16, 4, 172], [18, 4, 196], [22, 4, 242], [22, 5, 292], [26, 5, 346],
];
const kAlignments = [[], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50]];
const kLevelM = 0b00;

const kMasks = [
  (x, y) => (x + y) % 2 === 0,
  (x, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/// The code for `text` as rows of true (dark) and false, without the quiet zone; null when it is too long. `mask`: this one
/// instead of the best.
export function qrCode(text, { mask } = {}) {
  const bytes = new TextEncoder().encode(text);
  const version = 1 + kVersions.findIndex(([check, blocks, all], i) => 4 + countBits(i + 1) + 8 * bytes.length <= 8 * (all - check * blocks));
  if (version === 0) return null;
  const stream = interleaved(codewords(bytes, version), version);
  const blank = new Grid(version);
  const candidates = (mask === undefined ? [0, 1, 2, 3, 4, 5, 6, 7] : [mask]).map((one) => blank.filled(stream, one));
  return candidates.reduce((best, other) => (penalty(other) < penalty(best) ? other : best));
}

const countBits = (version) => (version < 10 ? 8 : 16);

// ---- bits and error correction

/// The data with mode, length and padding.
function codewords(bytes, version) {
  const [check, blocks, all] = kVersions[version - 1];
  const room = all - check * blocks;
  const bits = [];
  const put = (value, count) => {
    for (let i = count - 1; i >= 0; --i) bits.push((value >> i) & 1);
  };
  put(0b0100, 4);
  put(bytes.length, countBits(version));
  for (const byte of bytes) put(byte, 8);
  put(0, Math.min(4, 8 * room - bits.length));
  put(0, (8 - (bits.length % 8)) % 8);
  for (let pad = 0xec; bits.length < 8 * room; pad ^= 0xec ^ 0x11) put(pad, 8);
  return Array.from({ length: room }, (_, i) => bits.slice(8 * i, 8 * i + 8).reduce((value, bit) => 2 * value + bit, 0));
}

/// The blocks, each with its error correction, one codeword of each in turn.
function interleaved(data, version) {
  const [check, count] = kVersions[version - 1];
  const short = Math.floor(data.length / count);
  const long = data.length % count;  // so many blocks at the end have one more
  const generator = generatorOf(check);
  let taken = 0;
  const blocks = Array.from({ length: count }, (_, i) => {
    const block = data.slice(taken, taken += short + (i >= count - long ? 1 : 0));
    return { block, checks: remainder(block, generator) };
  });
  const out = [];
  for (let i = 0; i <= short; ++i) for (const { block } of blocks) if (i < block.length) out.push(block[i]);
  for (let i = 0; i < check; ++i) for (const { checks } of blocks) out.push(checks[i]);
  return out;
}

/// In the field of 256 elements with x^8 + x^4 + x^3 + x^2 + 1.
function product(a, b) {
  let result = 0;
  for (let i = 7; i >= 0; --i) {
    result = (result << 1) ^ ((result >> 7) * 0x11d);
    if ((b >> i) & 1) result ^= a;
  }
  return result;
}

/// (x - 1)(x - 2)(x - 4)… without its first coefficient, which is 1.
function generatorOf(degree) {
  const result = [...Array(degree - 1).fill(0), 1];
  for (let i = 0, root = 1; i < degree; ++i, root = product(root, 2)) {
    for (let j = 0; j < degree; ++j) result[j] = product(result[j], root) ^ (result[j + 1] ?? 0);
  }
  return result;
}

function remainder(data, generator) {
  const result = Array(generator.length).fill(0);
  for (const byte of data) {
    const factor = byte ^ result.shift();
    result.push(0);
    generator.forEach((coefficient, i) => { result[i] ^= product(coefficient, factor); });
  }
  return result;
}

/// `value` with the remainder of a BCH code behind it.
function withBch(value, generator, degree) {
  let rest = value;
  for (let i = 0; i < degree; ++i) rest = (rest << 1) ^ ((rest >> (degree - 1)) * generator);
  return (value << degree) | rest;
}

// ---- the picture

class Grid {
  constructor(version) {
    this.size = 17 + 4 * version;
    this.dark = Array.from({ length: this.size }, () => Array(this.size).fill(false));
    this.fixed = Array.from({ length: this.size }, () => Array(this.size).fill(false));
    for (let i = 0; i < this.size; ++i) {
      this.#set(6, i, i % 2 === 0);
      this.#set(i, 6, i % 2 === 0);
    }
    for (const [x, y] of [[3, 3], [this.size - 4, 3], [3, this.size - 4]]) this.#square(x, y, 4, (ring) => ring !== 2 && ring !== 4);
    const places = kAlignments[version - 1];
    const last = places.length - 1;
    places.forEach((x, i) => places.forEach((y, j) => {
      const corner = (i === 0 && j === 0) || (i === 0 && j === last) || (i === last && j === 0);
      if (!corner) this.#square(x, y, 2, (ring) => ring !== 1);
    }));
    this.#format(0);
    if (version >= 7) this.#version(version);
  }

  #set(x, y, dark) {
    if (x < 0 || y < 0 || x >= this.size || y >= this.size) return;
    this.dark[y][x] = dark;
    this.fixed[y][x] = true;
  }

  #square(x, y, reach, darkRing) {
    for (let dy = -reach; dy <= reach; ++dy) {
      for (let dx = -reach; dx <= reach; ++dx) this.#set(x + dx, y + dy, darkRing(Math.max(Math.abs(dx), Math.abs(dy))));
    }
  }

  #format(mask) {
    const bits = withBch((kLevelM << 3) | mask, 0x537, 10) ^ 0x5412;
    const bit = (i) => ((bits >> i) & 1) === 1;
    const end = this.size;
    for (let i = 0; i <= 5; ++i) this.#set(8, i, bit(i));
    this.#set(8, 7, bit(6));
    this.#set(8, 8, bit(7));
    this.#set(7, 8, bit(8));
    for (let i = 9; i < 15; ++i) this.#set(14 - i, 8, bit(i));
    for (let i = 0; i < 8; ++i) this.#set(end - 1 - i, 8, bit(i));
    for (let i = 8; i < 15; ++i) this.#set(8, end - 15 + i, bit(i));
    this.#set(8, end - 8, true);
  }

  #version(version) {
    const bits = withBch(version, 0x1f25, 12);
    for (let i = 0; i < 18; ++i) {
      const [far, near] = [this.size - 11 + (i % 3), Math.floor(i / 3)];
      this.#set(far, near, ((bits >> i) & 1) === 1);
      this.#set(near, far, ((bits >> i) & 1) === 1);
    }
  }

  /// The rows with the stream in them, two columns at a time from the right, upwards and downwards in turn.
  filled(stream, mask) {
    this.#format(mask);
    const rows = this.dark.map((row) => [...row]);
    let at = 0;
    for (let right = this.size - 1, up = true; right > 0; right -= 2, up = !up) {
      if (right === 6) right = 5;
      for (let step = 0; step < this.size; ++step) {
        const y = up ? this.size - 1 - step : step;
        for (const x of [right, right - 1]) {
          if (this.fixed[y][x]) continue;
          const bit = at < 8 * stream.length && ((stream[at >> 3] >> (7 - (at & 7))) & 1) === 1;
          ++at;
          rows[y][x] = bit !== kMasks[mask](x, y);
        }
      }
    }
    return rows;
  }
}

/// How hard a picture is to read: the four rules of the standard.
export function penalty(rows) {
  const size = rows.length;
  const columns = rows.map((_, x) => rows.map((row) => row[x]));
  let sum = 0;
  for (const line of [...rows, ...columns]) {
    const text = line.map((dark) => (dark ? '1' : '0')).join('');
    for (const run of text.match(/0{5,}|1{5,}/g) ?? []) sum += run.length - 2;
    // A dark-light pattern as in the corners, with four light ones beside it; they may lie outside.
    sum += 40 * [...`0000${text}0000`.matchAll(/(?=00001011101|10111010000)/g)].length;
  }
  for (let y = 1; y < size; ++y) {
    for (let x = 1; x < size; ++x) {
      const same = rows[y][x] === rows[y - 1][x] && rows[y][x] === rows[y][x - 1] && rows[y][x] === rows[y - 1][x - 1];
      if (same) sum += 3;
    }
  }
  const dark = rows.flat().filter(Boolean).length;
  return sum + 10 * Math.floor(Math.abs(20 * dark - 10 * size * size) / (size * size));
}

/// Draws the code with its quiet zone of four modules on a canvas, `scale` pixels for each module.
export function drawQr(canvas, rows, scale = 8) {
  const side = (rows.length + 8) * scale;
  canvas.width = canvas.height = side;
  const context = canvas.getContext('2d');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, side, side);
  context.fillStyle = '#14102b';
  rows.forEach((row, y) => row.forEach((dark, x) => {
    if (dark) context.fillRect((x + 4) * scale, (y + 4) * scale, scale, scale);
  }));
}
