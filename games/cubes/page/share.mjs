// The panel that brings others into the room: the link to copy or to send, and the same as a QR code for a phone.

import { shareLink } from './address.mjs';
import { element, setText } from './dom.mjs';
import { Panel } from './panel.mjs';
import { drawQr, qrCode } from './qr.mjs';
import { toast } from './toasts.mjs';

const kSaidMs = 1800;

export class SharePanel {
  #code = '';
  #drawn = '';
  #said = 0;

  constructor() {
    new Panel({ button: element('share'), panel: element('share-panel'), opened: () => this.#draw() });
    element('copy').addEventListener('click', () => this.#copy());
    element('send').addEventListener('click', () => this.#send());
    element('send').hidden = !navigator.share;
    element('share-link').addEventListener('focus', () => element('share-link').select());
  }

  /// `model` is the game's.
  show({ code, locked, password }) {
    this.#code = code;
    setText(element('share-note'), locked ? 'The room is locked: nobody new can join until it is unlocked.'
      : password ? 'The room has a password. Tell them that, too: it is not part of the link.'
        : 'Anyone with the link can join.');
    if (!element('share-panel').hidden) this.#draw();
  }

  #draw() {
    const link = shareLink(this.#code);
    if (link !== this.#drawn) {
      this.#drawn = link;
      element('share-link').value = link;
      const rows = qrCode(link);
      element('qr').hidden = rows === null;
      if (rows) drawQr(element('qr'), rows);
    }
    return element('copy');
  }

  async #copy() {
    try {
      await copy(this.#drawn);
      clearTimeout(this.#said);
      setText(element('copy'), 'Copied');
      this.#said = setTimeout(() => setText(element('copy'), 'Copy'), kSaidMs);
      toast('Link copied');
    } catch {
      element('share-link').focus();
      toast('The browser did not allow copying. The link is selected: press Ctrl+C.', { trouble: true });
    }
  }

  async #send() {
    try {
      await navigator.share({ title: 'Cubes', text: `Join me in room ${this.#code}`, url: this.#drawn });
    } catch (error) {
      // Who closes the system's panel has changed their mind.
      if (error.name !== 'AbortError') toast('Sending failed. Copy the link instead.', { trouble: true });
    }
  }
}

// Pages that are not served by https have no clipboard: then the old way, by a selection.
async function copy(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const field = element('share-link');
  const before = document.activeElement;
  field.select();
  const copied = document.execCommand('copy');
  before?.focus();
  if (!copied) throw new Error('not copied');
}
