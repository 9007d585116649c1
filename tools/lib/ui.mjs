// How the commands speak: one line per step with its seconds, a progress line for what takes longer, nothing else while all
// is well, the end of the log when it is not. tools/ui.sh is the same for the time before Node.js is there.

import { readFileSync } from 'node:fs';

const kTitleWidth = 46;
const kLiveMs = 300;
const kPlainMs = 10_000;
const kQuietMs = 2_000;
const kTailLines = 40;
const kWidest = 300;

export function seconds(ms) {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** The last lines of a log, for a step that failed. */
export function tail(path, lines = kTailLines) {
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return [];
  }
  return text.replace(/\n$/, '').split('\n').slice(-lines).map((line) => line.replace(/^.*\r(?=.)/, '').slice(0, kWidest));
}

/** A row of the table of steps, without a line end. */
export function stepLine(title, state, ms, note = '') {
  return `${title.padEnd(kTitleWidth)} ${state.padEnd(7)} ${seconds(ms).padStart(9)}${note ? `   ${note}` : ''}`;
}

/** The screen of one command. Several steps may be on their way at once. */
export class Screen {
  constructor({ out = process.stdout, env = process.env, now = Date.now } = {}) {
    this.out_ = out;
    this.now_ = now;
    this.live_ = Boolean(out.isTTY) && (env.TERM ?? 'dumb') !== 'dumb' && !env.CI;
    this.running_ = new Set();
    this.drawn_ = false;
    this.timer_ = undefined;
  }

  /** Says a line of its own, above the progress line. */
  say(text = '') {
    this.erase_();
    this.out_.write(`${text}\n`);
    this.draw_();
  }

  /** Begins a step. `progress(text)` says how far it is; `end(state, note)` writes its line and ends it. */
  begin(title) {
    const step = { title, start: this.now_(), text: '', said: 0 };
    this.running_.add(step);
    this.timer_ ??= setInterval(() => this.tick_(), this.live_ ? kLiveMs : 500);
    this.timer_.unref?.();
    return {
      progress: (text) => {
        step.text = text;
      },
      elapsed: () => this.now_() - step.start,
      end: (state, note = '') => {
        this.running_.delete(step);
        if (this.running_.size === 0) {
          clearInterval(this.timer_);
          this.timer_ = undefined;
        }
        this.say(stepLine(title, state, this.now_() - step.start, note));
      },
    };
  }

  tick_() {
    if (this.live_) {
      this.erase_();
      this.draw_();
      return;
    }
    for (const step of this.running_) {
      const elapsed = this.now_() - step.start;
      if (elapsed < kQuietMs || this.now_() - step.said < kPlainMs) continue;
      step.said = this.now_();
      this.out_.write(`${stepLine(step.title, '...', elapsed, step.text)}\n`);
    }
  }

  draw_() {
    if (!this.live_ || this.running_.size === 0) return;
    const parts = [];
    for (const step of this.running_) {
      const elapsed = this.now_() - step.start;
      if (elapsed >= kQuietMs / 4) parts.push(`${step.title} ${Math.round(elapsed / 1000)} s ${step.text}`.trimEnd());
    }
    if (parts.length === 0) return;
    const width = (this.out_.columns || 100) - 1;
    this.out_.write(parts.join('  |  ').slice(0, width));
    this.drawn_ = true;
  }

  erase_() {
    if (this.drawn_) this.out_.write('\r\x1b[K');
    this.drawn_ = false;
  }
}

/** The end of a failed step's log, indented, and where the rest is. */
export function failureText(log) {
  return [...tail(log).map((line) => `    | ${line}`), `    the whole log: ${log}`].join('\n');
}
