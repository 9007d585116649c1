// The card on the way into a room: what is waited for, and of a quick match how long and with whom.

import { element, setText } from './dom.mjs';

const kPatienceMs = 5000;  // kMatchPatience of the game: then one waits in a room of one's own

function words({ match, code, title }) {
  if (code) return `Joining ${title || code}…`;
  if (match) return 'Looking for others…';
  return 'Creating a room…';
}

const clock = (ms) => `${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, '0')}`;

export class Entering {
  #match = false;
  #waited = 0;
  #at = 0;  // when that was told

  /// `attempt`: see main.mjs.
  begin(attempt) {
    this.#match = Boolean(attempt.match) && !attempt.code;
    this.#waited = 0;
    this.#at = performance.now();
    setText(element('entering-text'), words(attempt));
    setText(element('entering-more'), this.#match ? 'If nobody turns up, you get a room of your own, and others can join you there.' : '');
    element('entering').classList.toggle('match', this.#match);
    this.update({});
  }

  /// A few times per second, with the game's model.
  update({ waited = 0, others = 0 }) {
    if (!this.#match) {
      setText(element('entering-time'), '');
      return;
    }
    const now = performance.now();
    // The game tells once per second; between that the page counts on.
    if (waited > this.#waited) [this.#waited, this.#at] = [waited, now];
    const ms = this.#waited + now - this.#at;
    const also = others === 0 ? 'nobody else yet' : others === 1 ? 'one other is looking, too' : `${others} others are looking, too`;
    setText(element('entering-time'), `${clock(ms)} · ${also}`);
    element('entering-bar').style.setProperty('--done', String(Math.min(ms / kPatienceMs, 1)));
  }
}
