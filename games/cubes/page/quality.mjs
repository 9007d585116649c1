// Keeps the game moving where drawing is slow (no graphics card, a large screen): fewer pixels, no blur behind the cards.
// Steps down only, so that it never swings to and fro.

const kFrames = 24;         // looked at before a step
const kSlowMs = 42;         // between two frames, more often than not
const kRatios = [1, 0.75, 0.55];
const kLeastRatio = 0.5;    // pixels per CSS pixel

export class Quality {
  #fixed;
  #step = 0;
  #last = 0;
  #intervals = [];

  /// `fixed`: so many pixels per CSS pixel, whatever it costs.
  constructor(fixed) {
    this.#fixed = fixed;
  }

  /// Screen pixels per CSS pixel to draw with.
  ratio() {
    if (this.#fixed) return this.#fixed;
    return Math.max(Math.min(devicePixelRatio || 1, 2) * kRatios[this.#step], kLeastRatio);
  }

  /// Call it with each frame; true when ratio() has changed.
  frame(now) {
    const interval = now - this.#last;
    this.#last = now;
    // A page that was hidden, or only now got going, says nothing.
    if (this.#fixed || interval > 1000 || this.#step === kRatios.length - 1) return false;
    this.#intervals.push(interval);
    if (this.#intervals.length < kFrames) return false;
    const typical = this.#intervals.sort((a, b) => a - b)[kFrames / 2];
    this.#intervals = [];
    if (typical < kSlowMs) return false;
    this.#step += 1;
    document.body.classList.add('plain');
    return true;
  }
}
