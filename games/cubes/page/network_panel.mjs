// The network panel: the net graph of one member with its figures as text beside it, the story of its way, and the conditioner.
// The last minute is kept all the time; nothing is drawn while the panel is closed.

import { Conditioner } from './conditioner.mjs';
import { byPointer, element, focusScene, make, setText } from './dom.mjs';
import { History, summary } from './history.mjs';
import { NetGraph } from './netgraph.mjs';
import { kPaths, pathWord } from './paths.mjs';
import { bytes, bytesPerSecond, few, metres, milliseconds, share } from './units.mjs';

const kEveryMs = 250;
const kWorst = 'worst';

const percent = (value) => Math.round(value * 100);
const range = (found, unit) => (found ? `${unit(found.least)} to ${unit(found.most)}` : 'not measured yet');

/// Each graph, from the top: what is drawn (netgraph.mjs), and what stands beside it as { value, more } of the newest sample and all.
const kRows = [
  {
    id: 'round-trip', title: 'Round trip', least: 50, unit: milliseconds,
    series: [{ field: 'roundTrip', colour: '#ff9470', style: 'line', band: 'jitter' }],
    text: (now, all) => ({ value: milliseconds(now.roundTrip), more: [`jitter ${milliseconds(now.jitter)}`, range(summary(all, 'roundTrip'), milliseconds)] }),
  },
  {
    id: 'loss', title: 'Loss', least: 0.05, unit: share,
    series: [{ field: 'loss', colour: '#ff7d8f', style: 'line' }],
    text: (now, all) => ({ value: share(now.loss), more: [now.loss === undefined ? 'not measured yet' : `at most ${share(summary(all, 'loss').most)}`] }),
  },
  {
    id: 'traffic', title: 'Traffic', least: 500, unit: bytesPerSecond,
    series: [{ field: 'received', colour: '#8fc7ff', style: 'line' }, { field: 'sent', colour: '#ffd76a', style: 'dashed' }],
    text: (now) => ({ value: `↓ ${bytesPerSecond(now.received)}`, value2: `↑ ${bytesPerSecond(now.sent)}`,
      more: [`messages/s ↓ ${few(now.receivedMessages)} ↑ ${few(now.sentMessages)}`] }),
  },
  {
    id: 'queue', title: 'Queue', least: 1000, unit: bytes,
    series: [{ field: 'queued', colour: '#c3b5ff', style: 'line' }],
    text: (now, all) => ({ value: bytes(now.queued), more: [`at most ${bytes(summary(all, 'queued')?.most)}`] }),
  },
  {
    id: 'delay', title: 'Shown with a delay of', least: 100, unit: milliseconds,
    series: [{ field: 'delay', colour: '#5fe0b0', style: 'line' }, { field: 'lateness', colour: '#ffd76a', style: 'dashed' }],
    text: (now, all) => ({ value: milliseconds(now.delay),
      more: [`states late by ${milliseconds(now.lateness)}`, `guessed ${percent(summary(all, 'ahead').mean)}, stood ${percent(summary(all, 'stood').mean)} %`] }),
  },
  {
    id: 'corrections', title: 'Corrections', least: 0.05, unit: metres,
    series: [{ field: 'correction', colour: '#ff9ad5', style: 'stems' }],
    text: (now, all) => {
      const sizes = summary(all, 'correction');
      return { value: `${summary(all, 'corrections').sum} in 60 s`,
        more: [sizes ? `${metres(sizes.least)} to ${metres(sizes.most)}` : 'none visible',
          `${summary(all, 'late').sum} late · ${summary(all, 'dropped').sum} dropped`] };
    },
  },
];

/// Only what differs is changed: a screen reader stays where it is.
function setList(list, texts, testid) {
  while (list.children.length > texts.length) list.lastElementChild.remove();
  for (const [i, text] of texts.entries()) {
    if (!list.children[i]) list.append(make('li', testid));
    list.children[i].dataset.testid = testid;
    setText(list.children[i], text);
  }
}

export class NetworkPanel {
  #engine;
  #history = new History();
  #graph = new NetGraph(element('netgraph'), kRows);
  #figures = new Map();
  #sampledAt = -Infinity;
  #chosen = kWorst;

  /// `typing(event)`: a key is meant for a field.
  constructor(engine, typing) {
    this.#engine = engine;
    new Conditioner(engine);
    for (const row of kRows) this.#addRow(row);
    element('network-toggle').addEventListener('click', () => this.#setOpen(!this.open));
    element('network-close').addEventListener('click', () => this.#setOpen(false));
    element('network-member').addEventListener('change', ({ target }) => {
      this.#chosen = target.value === kWorst ? kWorst : Number(target.value);
      this.#show();
    });
    // Who clicks goes on to play: Space is to jump, not to press the button again. By keyboard the focus stays.
    document.addEventListener('click', (event) => {
      if (byPointer(event) && event.target.closest('#tools button, #network button, #condition-mark button')) focusScene();
    });
    addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || typing(event)) return;
      if (document.body.dataset.view !== 'playing' || !element('message').hidden) return;
      if (event.code === 'KeyN') this.#setOpen(!this.open);
      if (event.code === 'Escape' && element('network').contains(event.target)) this.#setOpen(false);
    });
  }

  get open() {
    return !element('network').hidden;
  }

  /// With each step of the game; `playing` in a room.
  update(now, playing) {
    if (now - this.#sampledAt < kEveryMs) return;
    this.#sampledAt = now;
    if (!playing) {
      this.#history.clear();
      return;
    }
    const explained = this.open && element('network-story').open ? this.#member()?.id ?? 0 : 0;
    const report = this.#engine.network(explained);
    this.#history.add(report);
    if (this.open) this.#show(report);
  }

  #setOpen(open) {
    const panel = element('network');
    const focused = panel.contains(document.activeElement);
    panel.hidden = !open;
    document.body.classList.toggle('network-open', open);
    element('network-toggle').setAttribute('aria-expanded', String(open));
    // Keys are the game's again; a click on the button leaves the focus there.
    if (!open && focused) focusScene();
    this.#sampledAt = -Infinity;
  }

  #addRow({ id, title, series }) {
    const value = make('strong');
    const value2 = make('strong');
    const more = [make('small'), make('small')];
    const figures = make('dd');
    figures.append(value, value2, ...more);
    figures.dataset.testid = `figure-${id}`;
    value.style.color = series[0].colour;
    value2.style.color = series[1]?.colour;
    const row = make('div', 'figure');
    row.append(make('dt', '', title), figures);
    row.dataset.row = id;
    element('network-figures').append(row);
    this.#figures.set(id, { row, value, value2, more });
  }

  #member() {
    return (this.#chosen === kWorst ? undefined : this.#history.member(this.#chosen)) ?? this.#history.worst();
  }

  #show(report) {
    const member = this.#member();
    element('network-body').hidden = !member;
    element('network-nobody').hidden = Boolean(member);
    this.#showChoice(member);
    if (!member) return;
    const now = member.samples.at(-1);
    const at = report?.now_ms ?? now.at;
    element('network-path').dataset.path = now.path;
    setText(element('network-path'), member.away ? 'Away: their page is closed or has lost the server' : kPaths[now.path].line);
    for (const { id, text } of kRows) this.#fill(this.#figures.get(id), text(now, member.samples));
    setList(element('network-changes'), member.changes.map((change) =>
      `${Math.round((at - change.at) / 1000)} s ago: from ${pathWord(change.from)} to ${pathWord(change.to)}`).reverse(), 'path-change');
    if (report && element('network-story').open) setList(element('network-story-lines'), report.story.map(({ line }) => line), 'story-line');
    this.#draw(member, at);
  }

  #fill({ value, value2, more }, text) {
    setText(value, text.value);
    setText(value2, text.value2 ?? '');
    for (const [i, node] of more.entries()) setText(node, text.more[i] ?? '');
  }

  #draw(member, at) {
    const canvas = element('netgraph');
    const { top } = canvas.getBoundingClientRect();
    const boxes = kRows.map(({ id }) => this.#figures.get(id).row.getBoundingClientRect());
    this.#graph.draw(member, at, boxes.map((box) => box.top - top), boxes[0].height);
  }

  /// Whom to show: the worst, or one of those who are here.
  #showChoice(shown) {
    const select = element('network-member');
    const wanted = [[kWorst, this.#chosen === kWorst && shown ? `Worst: ${shown.name}` : 'Worst'],
      ...this.#history.members.map(({ id, name }) => [String(id), name])];
    while (select.options.length > wanted.length) select.lastElementChild.remove();
    for (const [i, [value, text]] of wanted.entries()) {
      if (!select.options[i]) select.add(new Option());
      if (select.options[i].value !== value) select.options[i].value = value;
      setText(select.options[i], text);
    }
    if (this.#chosen !== kWorst && !this.#history.member(this.#chosen)) this.#chosen = kWorst;
    const value = String(this.#chosen);
    if (select.value !== value) select.value = value;
  }
}
