// What the host can do with a member: a small menu by the button in the member's row. Arrow keys, Home, End, Escape; the focus
// goes back to the button.

import { element, makeButton } from './dom.mjs';

const kGap = 4;
// A press would take the focus out of the open menu, which closes it before the click is heard.
const keepFocus = (event) => event.preventDefault();

export class MemberMenu {
  #menu = element('member-menu');
  #button = null;  // whose menu is open
  #actions;

  /// `actions`: { makeHost, kick, ban }, each with the member's number.
  constructor(actions) {
    this.#actions = actions;
    this.#menu.addEventListener('keydown', (event) => this.#key(event));
    this.#menu.addEventListener('pointerdown', keepFocus);
    this.#menu.addEventListener('focusout', (event) => {
      if (!this.#menu.contains(event.relatedTarget)) this.close({ refocus: false });
    });
    addEventListener('resize', () => this.close({ refocus: false }));
  }

  /// The button for a row; `member` gives { id, name, away } as it is when it is pressed.
  button(member) {
    const button = makeButton('', () => (this.#button === button ? this.close() : this.#open(button, member())), 'icon member-actions');
    button.dataset.testid = 'member-actions';
    button.setAttribute('aria-haspopup', 'menu');
    button.setAttribute('aria-expanded', 'false');
    button.addEventListener('pointerdown', keepFocus);
    return button;
  }

  close({ refocus = true } = {}) {
    if (!this.#button) return;
    const button = this.#button;
    this.#button = null;
    this.#menu.hidden = true;
    button.setAttribute('aria-expanded', 'false');
    if (refocus) button.focus({ preventScroll: true });
  }

  /// A member that is gone has no menu.
  closeOf(button) {
    if (this.#button === button) this.close({ refocus: false });
  }

  #open(button, { id, name, away }) {
    this.close({ refocus: false });
    const does = (action) => () => {
      this.close();
      action(id);
    };
    const items = [
      // The server makes nobody host who is not there.
      ...(away ? [] : [this.#item('Make host', does(this.#actions.makeHost))]),
      this.#item('Remove', does(this.#actions.kick)),
      this.#asksTwice('Ban', `Ban ${name} for good?`, does(this.#actions.ban)),
    ];
    this.#menu.setAttribute('aria-label', name);
    this.#menu.replaceChildren(...items);
    this.#menu.hidden = false;
    this.#button = button;
    button.setAttribute('aria-expanded', 'true');
    this.#place(button);
    items[0].focus({ preventScroll: true });
  }

  #item(text, action) {
    const item = makeButton(text, action);
    item.setAttribute('role', 'menuitem');
    item.tabIndex = -1;
    return item;
  }

  /// What cannot be taken back is asked for once more.
  #asksTwice(text, question, action) {
    const item = this.#item(text, () => {
      if (item.dataset.sure) action();
      item.dataset.sure = 'yes';
      item.textContent = question;
      this.#place(this.#button ?? item);
    });
    item.classList.add('danger');
    return item;
  }

  /// Below the button, or above it where there is no room.
  #place(button) {
    const zoom = this.#menu.currentCSSZoom ?? 1;
    const at = button.getBoundingClientRect();
    const own = this.#menu.getBoundingClientRect();
    const below = at.bottom + kGap + own.height <= innerHeight;
    const top = below ? at.bottom + kGap : Math.max(kGap, at.top - kGap - own.height);
    const left = Math.max(kGap, Math.min(at.right - own.width, innerWidth - own.width - kGap));
    this.#menu.style.top = `${top / zoom}px`;
    this.#menu.style.left = `${left / zoom}px`;
  }

  #key(event) {
    const items = [...this.#menu.children];
    const at = items.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined) items[(to + items.length) % items.length].focus();
    else if (event.key === 'Escape') this.close();
    else if (event.key === 'Tab') this.close();
    else return;
    // Neither the game's nor the panels' key.
    event.stopPropagation();
    if (event.key !== 'Tab') event.preventDefault();
  }
}
