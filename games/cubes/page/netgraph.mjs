// Draws the net graph on a 2D canvas: a strip with the ways of the last minute, and below it a graph for each row, all on one
// time line. Numbers and names stand beside it as text (network_panel.mjs); here are only the scales.

import { kWindowMs, pathSpans } from './history.mjs';
import { pathWord } from './paths.mjs';

const kStripHeight = 22;
const kAxisHeight = 16;
const kGapMs = 2500;  // a longer time without samples is a hole, not a line
const kFont = 'px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';
const kInk = 'rgb(246 242 255)';
const kSoft = 'rgb(190 182 217 / 85%)';
const kFaint = 'rgb(255 255 255 / 9%)';
const kBack = 'rgb(255 255 255 / 4%)';

/// Each way has a colour, a pattern, and a word (paths.mjs).
const kLooks = {
  direct: { colour: '#5fe0b0', pattern: 'solid' },
  turn: { colour: '#8fc7ff', pattern: 'stripes' },
  relay: { colour: '#ffd76a', pattern: 'dots' },
  none: { colour: '#ff7d8f', pattern: 'empty' },
};

/// The next of …, 0.5, 1, 2, 5, 10, … that holds `value`, which is above 0.
export function niceScale(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((scale) => scale >= value * 0.999);
}

export class NetGraph {
  #canvas;
  #rows;
  #patterns = new Map();
  #font = '';

  /// Each row: { series: [{ field, colour, style, band }], least, unit }. `least` is the smallest full scale, `unit(value)` its text,
  /// `style` line, dashed, bars or stems; `band` a field that spreads to both sides of the line.
  constructor(canvas, rows) {
    this.#canvas = canvas;
    this.#rows = rows;
  }

  /// `member` as History has it, or nothing. `tops`: where each row begins, from the canvas's top, and `height`, CSS pixels.
  draw(member, now, tops, height) {
    const pen = this.#begin();
    if (!pen) return;
    const area = { left: 0, width: this.#canvas.clientWidth, now };
    area.x = (at) => area.width * (1 - (now - at) / kWindowMs);
    this.#drawStrip(pen, area, member);
    for (const [i, row] of this.#rows.entries()) this.#drawRow(pen, { ...area, top: tops[i], height }, row, member?.samples ?? []);
    this.#drawChanges(pen, area, member?.changes ?? []);
    this.#drawAxis(pen, area);
  }

  /// Where the rows may begin, and where they have to end.
  static get top() { return kStripHeight + 6; }
  static get bottom() { return kAxisHeight; }

  #begin() {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    if (width === 0 || height === 0) return null;
    const ratio = Math.min(devicePixelRatio || 1, 3);
    const [columns, lines] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.#canvas.width !== columns || this.#canvas.height !== lines) {
      Object.assign(this.#canvas, { width: columns, height: lines });
      this.#patterns.clear();
    }
    const pen = this.#canvas.getContext('2d');
    pen.setTransform(columns / width, 0, 0, lines / height, 0, 0);
    pen.clearRect(0, 0, width, height);
    this.#font = `${width > 300 ? 12 : 10}${kFont}`;
    pen.font = this.#font;
    return pen;
  }

  #pattern(pen, path) {
    if (!this.#patterns.has(path)) this.#patterns.set(path, makePattern(pen, kLooks[path]));
    return this.#patterns.get(path);
  }

  #drawStrip(pen, area, member) {
    const spans = member ? pathSpans(member, area.now) : [];
    pen.fillStyle = kBack;
    rounded(pen, 0, 0, area.width, kStripHeight, 5);
    pen.fill();
    for (const { from, until, path } of spans) {
      const left = Math.max(area.x(from), 0);
      const width = Math.max(area.x(until) - left, 2);
      pen.save();
      rounded(pen, 0, 0, area.width, kStripHeight, 5);
      pen.clip();
      pen.fillStyle = this.#pattern(pen, path);
      pen.fillRect(left, 0, width, kStripHeight);
      pen.restore();
      const word = pathWord(path);
      const room = pen.measureText(word).width + 12;
      if (width < room) continue;
      // On a plate of its own: patterns are no ground for letters.
      const at = left + Math.min((width - room) / 2 + 6, width - room + 4);
      pen.fillStyle = path === 'none' ? 'transparent' : kLooks[path].colour;
      pen.fillRect(at - 4, 3, room - 4, kStripHeight - 6);
      pen.fillStyle = path === 'none' ? kInk : '#14102b';
      pen.font = `600 ${this.#font}`;
      pen.textBaseline = 'middle';
      pen.textAlign = 'left';
      pen.fillText(word, at, kStripHeight / 2 + 0.5);
      pen.font = this.#font;
    }
  }

  #drawChanges(pen, area, changes) {
    const bottom = this.#canvas.clientHeight - kAxisHeight;
    for (const { at, to } of changes) {
      const x = Math.round(area.x(at)) + 0.5;
      if (x < 0) continue;
      pen.strokeStyle = kLooks[to].colour;
      pen.globalAlpha = 0.75;
      pen.lineWidth = 1;
      pen.setLineDash([2, 3]);
      line(pen, [[x, kStripHeight], [x, bottom]]);
      pen.setLineDash([]);
      pen.globalAlpha = 1;
      pen.fillStyle = kLooks[to].colour;
      polygon(pen, [[x - 4.5, kStripHeight + 6], [x + 4.5, kStripHeight + 6], [x, kStripHeight]]);
    }
  }

  #drawAxis(pen, area) {
    const y = this.#canvas.clientHeight - 4;
    pen.fillStyle = kSoft;
    pen.textBaseline = 'alphabetic';
    for (const [text, part, align] of [['60 s ago', 0, 'left'], ['30 s', 0.5, 'center'], ['now', 1, 'right']]) {
      pen.textAlign = align;
      pen.fillText(text, area.width * part, y);
    }
  }

  #drawRow(pen, area, row, samples) {
    const values = row.series.flatMap(({ field, band }) => samples.map((sample) => (sample[field] ?? 0) + (band ? sample[band] ?? 0 : 0)));
    const most = Math.max(0, ...values);
    const scale = Math.max(most > 0 ? niceScale(most) : 0, row.least);
    const y = (value) => area.top + area.height - 1 - Math.min(value / scale, 1) * (area.height - 4);
    pen.save();
    rounded(pen, 0, area.top, area.width, area.height, 5);
    pen.clip();
    pen.fillStyle = kBack;
    pen.fillRect(0, area.top, area.width, area.height);
    pen.strokeStyle = kFaint;
    pen.lineWidth = 1;
    for (let seconds = 10; seconds < kWindowMs / 1000; seconds += 10) {
      const x = Math.round(area.x(area.now - seconds * 1000)) + 0.5;
      line(pen, [[x, area.top], [x, area.top + area.height]]);
    }
    for (const series of row.series) drawSeries(pen, area, series, samples, y);
    pen.restore();
    scaleText(pen, area, row.unit(scale), 'top');
    if (area.height >= 40) scaleText(pen, area, '0', 'bottom');
  }
}

function scaleText(pen, area, text, where) {
  pen.textAlign = 'left';
  pen.textBaseline = where;
  pen.lineWidth = 3;
  pen.lineJoin = 'round';
  pen.strokeStyle = 'rgb(20 16 43 / 70%)';
  const y = where === 'top' ? area.top + 3 : area.top + area.height - 2;
  pen.strokeText(text, 4, y);
  pen.fillStyle = kSoft;
  pen.fillText(text, 4, y);
}

/// The samples that have the field, cut where there was nothing for long.
function pieces(samples, field) {
  const made = [];
  let last = null;
  for (const sample of samples) {
    if (typeof sample[field] !== 'number') continue;
    if (!last || sample.at - last.at > kGapMs) made.push([]);
    made.at(-1).push(sample);
    last = sample;
  }
  return made;
}

function drawSeries(pen, area, { field, colour, style, band }, samples, y) {
  const bottom = area.top + area.height;
  pen.strokeStyle = colour;
  pen.fillStyle = colour;
  if (style === 'bars' || style === 'stems') {
    const width = Math.max(area.width * 250 / kWindowMs, 1.5);
    for (const sample of samples) {
      if (!(sample[field] > 0)) continue;
      const [x, top] = [area.x(sample.at), Math.min(y(sample[field]), bottom - 3)];
      pen.globalAlpha = style === 'bars' ? 0.55 : 1;
      pen.fillRect(x - width, top, style === 'bars' ? width + 0.3 : 1.5, bottom - top);
      if (style === 'stems') dot(pen, x - width + 0.75, top, 2);
    }
    pen.globalAlpha = 1;
    return;
  }
  for (const piece of pieces(samples, field)) {
    const points = piece.map((sample) => [area.x(sample.at), y(sample[field])]);
    if (band) {
      const spread = (sign) => piece.map((sample) => [area.x(sample.at), y(Math.max(0, sample[field] + sign * (sample[band] ?? 0)))]);
      pen.globalAlpha = 0.28;
      polygon(pen, [...spread(1), ...spread(-1).reverse()]);
    } else if (style === 'line') {
      pen.globalAlpha = 0.13;
      polygon(pen, [[points[0][0], bottom], ...points, [points.at(-1)[0], bottom]]);
    }
    pen.globalAlpha = 1;
    pen.lineWidth = 1.6;
    pen.lineJoin = 'round';
    pen.setLineDash(style === 'dashed' ? [4, 3] : []);
    line(pen, points);
    pen.setLineDash([]);
    if (piece.at(-1) === samples.at(-1)) dot(pen, Math.min(points.at(-1)[0], area.width - 3), points.at(-1)[1], 2.4);
  }
}

function line(pen, points) {
  pen.beginPath();
  for (const [x, y] of points) pen.lineTo(x, y);
  pen.stroke();
}

function polygon(pen, points) {
  pen.beginPath();
  for (const [x, y] of points) pen.lineTo(x, y);
  pen.closePath();
  pen.fill();
}

function dot(pen, x, y, radius) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fill();
}

function rounded(pen, x, y, width, height, radius) {
  pen.beginPath();
  pen.roundRect(x, y, width, height, Math.min(radius, width / 2));
}

/// A tile of eight pixels that is drawn over and over.
function makePattern(pen, { colour, pattern }) {
  if (pattern === 'solid') return colour;
  const tile = new OffscreenCanvas(8, 8);
  const ink = tile.getContext('2d');
  ink.globalAlpha = pattern === 'empty' ? 0.18 : 0.45;
  ink.fillStyle = colour;
  ink.fillRect(0, 0, 8, 8);
  ink.globalAlpha = 1;
  ink.strokeStyle = colour;
  ink.lineWidth = 2;
  if (pattern === 'dots') {
    dot(ink, 2, 2, 1.3);
    dot(ink, 6, 6, 1.3);
  } else {
    for (const shift of [-8, 0, 8]) line(ink, pattern === 'stripes' ? [[shift, 8], [shift + 8, 0]] : [[shift, 0], [shift + 8, 8]]);
  }
  return pen.createPattern(tile, 'repeat');
}
