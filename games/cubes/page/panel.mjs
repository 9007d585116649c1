// Panels that open over the scene by a button of the room bar, one at a time. The focus goes in, and comes back to the button
// with Escape or the panel's own button, or goes to the scene where a pointer opened or closed it: Space is to jump then, not to
// press the button again. A press outside closes it, too.

import { byPointer, focusScene } from './dom.mjs';

let shown = null;  // the panel that is open

export class Panel {
  #button;
  #panel;
  #opened;
  #byPointer = false;  // is how it was opened

  /// `opened` runs before it is shown; it may give the element that takes the focus.
  constructor({ button, panel, opened = () => undefined }) {
    this.#button = button;
    this.#panel = panel;
    this.#opened = opened;
    button.addEventListener('click', (event) => {
      if (!this.isOpen) this.open();
      else this.close({ pointer: byPointer(event) });
      this.#byPointer = byPointer(event);
    });
    panel.querySelector('.close')?.addEventListener('click', (event) => this.close({ pointer: byPointer(event) }));
  }

  get isOpen() {
    return shown === this;
  }

  open() {
    shown?.close({ refocus: false });
    shown = this;
    const first = this.#opened();
    this.#panel.hidden = false;
    this.#button.setAttribute('aria-expanded', 'true');
    (first ?? this.#panel).focus({ preventScroll: true });
  }

  /// `refocus`: the focus goes back to where it belongs; `pointer`: a pointer closes it.
  close({ refocus = true, pointer = false } = {}) {
    if (!this.isOpen) return;
    shown = null;
    this.#panel.hidden = true;
    this.#button.setAttribute('aria-expanded', 'false');
    if (!refocus) return;
    if (pointer || this.#byPointer) focusScene();
    else this.#button.focus({ preventScroll: true });
  }

  holds(node) {
    return this.#panel.contains(node) || this.#button.contains(node);
  }
}

/// Closes what is open, as when the room is left.
export const closePanels = () => shown?.close({ refocus: false });

export function listenToPanels() {
  addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !shown) return;
    event.preventDefault();
    shown.close();
  });
  addEventListener('pointerdown', (event) => {
    if (shown && !shown.holds(event.target)) shown.close({ refocus: false });
  }, { capture: true });
}
