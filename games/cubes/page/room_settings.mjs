// The panel with the room's settings: the host changes them, everybody else sees how they are.

import { element, fitsPassword, setText, showValue } from './dom.mjs';
import { Panel } from './panel.mjs';

const kMostPlayers = 16;  // that the page offers; an address may ask for more

export class RoomSettings {
  #panel;
  #model = null;
  #drop = false;  // the password is to go

  /// `change` asks the server: see engine.mjs.
  constructor({ change }) {
    this.#panel = new Panel({ button: element('settings'), panel: element('settings-panel'), opened: () => this.#fill() });
    showValue(element('set-size'), element('set-size-shown'));
    element('drop-password').addEventListener('click', () => this.#setDrop(!this.#drop));
    element('set-password').addEventListener('input', () => this.#setDrop(false));
    element('settings-panel').addEventListener('submit', (event) => {
      event.preventDefault();
      const wanted = this.#wanted();
      if (!wanted) return;
      change(wanted);
      this.#panel.close();
    });
  }

  /// `model` is the game's. What somebody types is left alone, unless the room's host has become another meanwhile.
  show(model) {
    const before = this.#model;
    this.#model = model;
    if (!this.#panel.isOpen) return;
    if (before && before.host !== model.host) this.#fill();
    else if (model.me !== model.host) this.#fill();
  }

  #fill() {
    const { title, size, listed, locked, password, me, host } = this.#model;
    const mine = me === host;
    const name = this.#model.peers.find((peer) => peer.id === host)?.name ?? 'The host';
    setText(element('settings-note'), mine ? 'You are the host. Everybody sees your changes.' : `Only the host, ${name}, can change this.`);
    element('settings-panel').querySelector('fieldset').disabled = !mine;
    element('save-settings').hidden = !mine;
    element('set-title').value = title;
    element('set-size').max = Math.max(kMostPlayers, size);
    element('set-size').min = Math.max(2, 1 + this.#model.peers.length);
    element('set-size').value = size;
    setText(element('set-size-shown'), String(size));
    element('set-password').value = '';
    element('set-listed').checked = Boolean(listed);
    element('set-locked').checked = Boolean(locked);
    element('drop-password').hidden = !password || !mine;
    setText(element('settings-trouble'), '');
    this.#setDrop(false);
    return mine ? element('set-title') : undefined;
  }

  #setDrop(drop) {
    this.#drop = drop;
    const field = element('set-password');
    element('drop-password').setAttribute('aria-pressed', String(drop));
    if (drop) field.value = '';
    field.placeholder = drop ? 'Removed when you save' : this.#model?.password ? 'Set. Type to change it' : 'None';
  }

  #wanted() {
    const typed = element('set-password').value;
    const fits = fitsPassword(typed);
    setText(element('settings-trouble'), fits ? '' : 'That password is too long.');
    if (!fits) {
      element('set-password').focus();
      return null;
    }
    return {
      title: element('set-title').value.trim(),
      size: Number(element('set-size').value),
      password: this.#drop ? '' : typed || null,
      listed: element('set-listed').checked,
      locked: element('set-locked').checked,
    };
  }
}
