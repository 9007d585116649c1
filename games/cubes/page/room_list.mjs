// The list of rooms that one can join: fresh by itself while it is shown, filtered by words, ordered by the server.

import { element, makeButton, setText } from './dom.mjs';

const kStep = 20;         // rooms more with each "Show more"
const kMostRooms = 200;   // RoomFinder::kMostRooms of the game

const kTroubles = {
  no_server: 'The server does not answer. Trying again…',
  timed_out: 'The server is slow to answer. Trying again…',
  rate_limited: 'Too many requests from this network. The list continues in a moment.',
  server_full: 'The server is full. Trying again…',
  server_shutdown: 'The server is shutting down. Trying again…',
  version_mismatch: 'This page and the server have different versions. Reload the page.',
};

/// Rooms whose title or code has all the words in it.
export function matching(rooms, filter) {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  return rooms.filter(({ title, code }) => words.every((word) => `${title} ${code} ${code.replace('-', '')}`.toLowerCase().includes(word)));
}

export class RoomList {
  #engine;
  #actions;
  #rows = new Map();  // by code: { item, room }
  #most = kStep;
  #open = false;
  #shown = '';
  #empty = '';        // what the place without rooms says

  /// `actions`: { join(room), create(), quick() }.
  constructor(engine, actions) {
    this.#engine = engine;
    this.#actions = actions;
    for (const id of ['rooms-filter', 'rooms-order', 'rooms-space', 'rooms-open']) element(id).addEventListener('input', () => this.#ask());
    element('rooms-more').addEventListener('click', () => {
      this.#most += kStep;
      this.#ask();
    });
    element('rooms').addEventListener('keydown', (event) => this.#key(event));
  }

  open() {
    this.#open = true;
    this.#most = kStep;
    this.#ask();
  }

  close() {
    if (!this.#open) return;
    this.#open = false;
    this.#engine.closeRooms();
  }

  /// A few times per second.
  update() {
    if (!this.#open) return;
    const found = this.#engine.rooms();
    const text = JSON.stringify(found) + element('rooms-filter').value + this.#most;
    if (text === this.#shown) return;
    this.#shown = text;
    this.#show(found);
  }

  focusFirst() {
    element('rooms-list').querySelector('button')?.focus();
  }

  #ask() {
    // Words are looked for here, so all that may have them must be here.
    const most = element('rooms-filter').value.trim() ? kMostRooms : this.#most;
    this.#engine.openRooms({
      byMembers: element('rooms-order').value === 'members', hasSpace: element('rooms-space').checked,
      withoutPassword: element('rooms-open').checked, most: Math.min(most, kMostRooms),
    });
    this.update();
  }

  #show({ answered, total, trouble, rooms }) {
    const filter = element('rooms-filter').value.trim();
    const shown = matching(rooms, filter);
    this.#fill(shown);
    element('rooms').classList.toggle('stale', Boolean(trouble));
    setText(element('rooms-trouble'), trouble && rooms.length > 0 ? kTroubles[trouble] ?? kTroubles.no_server : '');
    const narrowed = element('rooms-space').checked || element('rooms-open').checked;
    this.#showEmpty(shown.length > 0 ? '' : trouble ? 'trouble' : !answered ? 'asking' : filter || narrowed ? 'filtered' : 'none', trouble);
    const counted = filter ? `${shown.length} of ${total} ${total === 1 ? 'room' : 'rooms'}` : `${total} ${total === 1 ? 'room' : 'rooms'}`;
    setText(element('rooms-count'), answered && (total > 0 || filter) ? counted : '');
    element('rooms-more').hidden = filter !== '' || total <= rooms.length || rooms.length >= kMostRooms;
  }

  #fill(rooms) {
    const list = element('rooms-list');
    const focused = document.activeElement;
    for (const [code, row] of this.#rows) {
      if (rooms.some((room) => room.code === code)) continue;
      if (row.item.contains(focused)) (row.item.nextElementSibling ?? row.item.previousElementSibling)?.firstElementChild.focus();
      row.item.remove();
      this.#rows.delete(code);
    }
    rooms.forEach((room, index) => {
      const row = this.#rows.get(room.code) ?? this.#row(room);
      this.#fillRow(row, room);
      if (list.children[index] !== row.item) list.insertBefore(row.item, list.children[index] ?? null);
    });
    // A row that moves loses the focus.
    if (list.contains(focused) && document.activeElement !== focused) focused.focus({ preventScroll: true });
    list.hidden = rooms.length === 0;
  }

  #row(room) {
    const item = element('room-row').content.firstElementChild.cloneNode(true);
    const row = { item, room };
    item.firstElementChild.addEventListener('click', () => this.#actions.join(row.room));
    this.#rows.set(room.code, row);
    return row;
  }

  #fillRow(row, room) {
    row.room = room;
    const full = room.members >= room.size;
    const button = row.item.firstElementChild;
    setText(button.querySelector('strong'), room.title || room.code);
    setText(button.querySelector('small'), room.title ? room.code : '');
    setText(button.querySelector('.taken > span'), full ? 'full' : `${room.members} of ${room.size}`);
    button.querySelector('i').style.setProperty('--taken', String(room.members / room.size));
    button.querySelector('.key').classList.toggle('off', !room.password);
    row.item.classList.toggle('full', full);
    button.setAttribute('aria-label', `${room.title || room.code}, ${room.members} of ${room.size} players${full ? ', full' : ''}${room.password ? ', password required' : ''}`);
  }

  #showEmpty(kind, trouble) {
    const place = element('rooms-empty');
    place.hidden = kind === '';
    if (`${kind}${trouble}` === this.#empty) return;
    this.#empty = `${kind}${trouble}`;
    const create = makeButton('Create a room', () => this.#actions.create(), kind === 'none' ? 'primary' : '');
    const quick = makeButton('Quick match', () => this.#actions.quick());
    const clear = makeButton('Show all rooms', () => this.#clear(), 'primary');
    const [title, text, buttons] = {
      asking: ['Looking for rooms…', '', []],
      none: ['No room is open right now', 'Create a public one, or let a quick match find somebody for you.', [create, quick]],
      filtered: ['No room matches', 'Remove a filter to see more.', [clear, create]],
      trouble: ['The list is not available', kTroubles[trouble] ?? kTroubles.no_server, trouble === 'version_mismatch' ? [makeButton('Reload the page', () => location.reload(), 'primary')] : []],
      '': ['', '', []],
    }[kind];
    place.dataset.kind = kind;
    setText(place.querySelector('strong'), title);
    setText(place.querySelector('p'), text);
    place.querySelector('.row').replaceChildren(...buttons);
  }

  #clear() {
    element('rooms-filter').value = '';
    element('rooms-space').checked = element('rooms-open').checked = false;
    element('rooms-filter').focus();
    this.#ask();
  }

  /// The arrow keys go through the rooms; from the filter they go into the list.
  #key(event) {
    const buttons = [...element('rooms-list').querySelectorAll('button')];
    const at = buttons.indexOf(document.activeElement);
    const inFilter = document.activeElement === element('rooms-filter');
    if (at < 0 && !inFilter) return;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, ...(inFilter ? {} : { Home: 0, End: buttons.length - 1 }) }[event.key];
    if (event.key === 'Enter' && inFilter) buttons[0]?.focus();
    else if (to === undefined || buttons.length === 0) return;
    else if (to < 0) element('rooms-filter').focus();
    else buttons[Math.min(to, buttons.length - 1)].focus();
    event.preventDefault();
    event.stopPropagation();
  }
}
