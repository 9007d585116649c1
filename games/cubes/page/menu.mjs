// The start screen: the name, and the four ways into a room: create one, a quick match, the list, a code.

import { element, fitsPassword, setText, showValue } from './dom.mjs';
import { RoomList } from './room_list.mjs';
import { rememberName } from './storage.mjs';

export class Menu {
  #rooms;
  #actions;

  /// `actions`: create(name, room), search(name), join(name, code), joinListed(name, room), and changed(), when it takes
  /// another place on the screen.
  constructor(engine, actions) {
    this.#actions = actions;
    this.#rooms = new RoomList(engine, { join: (room) => this.#joinListed(room), create: () => this.#createListed(), quick: () => this.#search() });
    this.#listen();
  }

  /// `focus`: the id of what takes the focus, else what is to be done next. `invited`: who comes by a link to the room is
  /// offered that first.
  show({ code, focus, invited = false } = {}) {
    if (code !== undefined) element('join-code').value = code;
    element('start').classList.toggle('invited', invited);
    setText(element('invited').querySelector('strong'), invited ? code : '');
    this.#markButtons();
    this.#show('home', focus ?? (element('name').value ? (invited ? 'join-invited' : code ? 'join' : 'create') : 'name'));
  }

  /// With the options of a new room unfolded.
  showOptions() {
    this.show();
    this.#unfold(true);
    element('new-title').focus();
  }

  showRooms() {
    this.#show('rooms', 'rooms-filter');
    this.#rooms.open();
  }

  /// It is not on the screen any more.
  leave() {
    this.#rooms.close();
  }

  /// A few times per second.
  update() {
    this.#rooms.update();
  }

  #show(part, focus) {
    element('start').dataset.part = part;
    this.#clearNote();
    if (part === 'home') this.#rooms.close();
    this.#actions.changed();
    // A keyboard that jumps up on a phone would hide the scene.
    if (matchMedia('(pointer: fine)').matches) element(focus).focus();
  }

  #inRooms() {
    return element('start').dataset.part === 'rooms';
  }

  /// Says what is wrong with a field right below it, where one looks; '' that nothing is.
  #note(text, field) {
    this.#clearNote();
    if (!text) return true;
    const note = element('start-note');
    field.closest('.field').append(note);
    note.textContent = text;
    field.setAttribute('aria-invalid', 'true');
    field.setAttribute('aria-describedby', note.id);
    field.focus();
    field.scrollIntoView?.({ block: 'nearest' });
    return false;
  }

  #clearNote() {
    element('start-note').textContent = '';
    for (const field of element('start').querySelectorAll('[aria-invalid]')) {
      field.removeAttribute('aria-invalid');
      field.removeAttribute('aria-describedby');
    }
  }

  /// The name that was typed, or '' after saying that there is none.
  #name() {
    const name = element('name').value.trim().replace(/\s+/g, ' ');
    if (!this.#note(name ? '' : 'Enter a name for the others to see.', element('name'))) return '';
    rememberName(name);
    return name;
  }

  #create() {
    const name = this.#name();
    const password = element('new-password').value;
    if (!name || !this.#note(fitsPassword(password) ? '' : 'That password is too long.', element('new-password'))) return;
    const folded = element('create-options').hidden;
    this.#actions.create(name, folded ? null : {
      title: element('new-title').value.trim(), size: Number(element('new-size').value), password, listed: element('new-listed').checked,
    });
  }

  #createListed() {
    this.show({ focus: 'new-title' });
    this.#unfold(true);
    element('new-listed').checked = true;
    element('new-title').focus();
  }

  #search() {
    const name = this.#name();
    if (name) this.#actions.search(name);
  }

  #join() {
    const code = element('join-code').value.trim();
    const name = this.#name();
    if (name && this.#note(code ? '' : 'Enter the code of the room.', element('join-code'))) this.#actions.join(name, code);
  }

  #joinListed(room) {
    const name = this.#name();
    if (name) this.#actions.joinListed(name, room);
  }

  #unfold(open) {
    element('create-options').hidden = !open;
    element('create-more').setAttribute('aria-expanded', String(open));
    this.#actions.changed();
  }

  /// The button to press is the one to join with as soon as there is a code.
  #markButtons() {
    const joining = element('join-code').value.trim() !== '';
    element('join').classList.toggle('primary', joining);
    element('create').classList.toggle('primary', !joining);
  }

  #listen() {
    const on = (id, event, action) => element(id).addEventListener(event, action);
    showValue(element('new-size'), element('new-size-shown'));
    on('create-form', 'submit', (event) => {
      event.preventDefault();
      const inName = document.activeElement === element('name');
      // Enter in the field of the name, with a code below it, means to join.
      if (this.#inRooms()) this.#rooms.focusFirst();
      else if (element('start').classList.contains('invited') || (inName && element('join-code').value.trim())) this.#join();
      else this.#create();
    });
    on('join-form', 'submit', (event) => {
      event.preventDefault();
      this.#join();
    });
    on('join-code', 'input', () => this.#markButtons());
    on('start', 'input', ({ target }) => target.matches('[aria-invalid]') && this.#clearNote());
    on('create-more', 'click', () => {
      this.#unfold(element('create-options').hidden);
      if (!element('create-options').hidden && matchMedia('(pointer: fine)').matches) element('new-title').focus();
    });
    on('otherwise', 'click', () => this.show({ focus: 'create' }));
    on('quick', 'click', () => this.#search());
    on('find', 'click', () => this.showRooms());
    on('rooms-back', 'click', () => this.show({ focus: 'find' }));
    on('start', 'keydown', (event) => {
      // In a filter with words in it, Escape takes these away.
      if (event.key !== 'Escape' || (event.target.type === 'search' && event.target.value)) return;
      if (this.#inRooms()) this.show({ focus: 'find' });
      else if (!element('create-options').hidden) {
        this.#unfold(false);
        element('create-more').focus();
      }
    });
  }
}
