// What the host can do with a member: a small menu by the button in the member's row. Arrow keys, Home, End, Escape; the focus
// goes back to the button, or to the scene where a pointer opened the menu.

import { byPointer, element, focusScene, makeButton } from './dom.mjs';

const kGap = 4;
// A press would take the focus out of the open menu, which closes it before the click is heard.
const keepFocus = (event) => event.preventDefault();

export class MemberMenu {
  #menu = element('member-menu');
  #button = null;  // whose menu is open
  #byPointer = false;
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
    const button = makeButton('', (event) => {
      if (this.#button === button) this.close();
      else this.#open(button, member());
      this.#byPointer = byPointer(event);
    }, 'icon member-actions');
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
    if (!refocus) return;
    if (this.#byPointer) focusScene();
    else button.focus({ preventScroll: true });
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
      ...(away ? [] : [this.#item('Make host', `Make ${name} the host?`, does(this.#actions.makeHost))]),
      this.#item('Remove', `Remove ${name}?`, does(this.#actions.kick)),
      this.#item('Ban', `Ban ${name} for good?`, does(this.#actions.ban)),
    ];
    items.at(-1).classList.add('danger');
    this.#menu.setAttribute('aria-label', name);
    this.#menu.replaceChildren(...items);
    this.#menu.hidden = false;
    this.#button = button;
    button.setAttribute('aria-expanded', 'true');
    this.#place(button);
    items[0].focus({ preventScroll: true });
  }

  /// None of it can be taken back with one press more, so each is asked for once more. Who goes on to another has not meant it.
  #item(text, question, action) {
    const item = makeButton(text, () => {
      if (item.dataset.sure) {
        action();
        return;
      }
      item.dataset.sure = 'yes';
      item.textContent = question;
      this.#place(this.#button ?? item);
    });
    item.setAttribute('role', 'menuitem');
    item.tabIndex = -1;
    item.addEventListener('blur', () => {
      delete item.dataset.sure;
      item.textContent = text;
    });
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
    // A key that is held presses once.
    else if (!event.repeat || !['Enter', ' '].includes(event.key)) return;
    // Neither the game's nor the panels' key.
    event.stopPropagation();
    if (event.key !== 'Tab') event.preventDefault();
  }
}
