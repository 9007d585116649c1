// Makes the network worse on purpose, while one plays: presets, a slider for each figure, and a mark as long as it is on.

import { element, focusScene, make, makeButton } from './dom.mjs';
import { bitsPerSecond, milliseconds, share } from './units.mjs';

/// As parlor::conditions_by_name has them; stalls are the game's own (Session::set_conditioner).
const kPresets = [
  ['wifi', 'Wi-Fi'], ['wifi_stalls', 'Wi-Fi, stalls'], ['mobile', 'Mobile'], ['mobile_bad', 'Bad mobile'], ['satellite', 'Satellite'], ['awful', 'Awful'],
];
/// Nothing that makes it worse. The queue is parlor::Conditions' own.
const kNothing = { delay_ms: 0, jitter_ms: 0, loss: 0, burst: 1, duplicate: 0, rate: 0, queue: 256 * 1024, stalls: false };

const kNoLimit = 'no limit';
/// kbit/s, up to none.
const kRates = [32, 64, 128, 256, 512, 1000, 1500, 2000, 3000, 5000, 10_000, 20_000, 50_000, 100_000];
const rateAt = (place) => (kRates[place] ?? 0) * 125;
const placeOf = (rate) => {
  const place = kRates.findIndex((kilobits) => kilobits * 125 >= rate);
  return rate === 0 || place < 0 ? kRates.length : place;
};

const inBursts = ({ burst }) => (burst > 1 ? `, ${Number(burst.toFixed(1))} in a row` : '');
/// What a slider moves, how far, and what stands beside it. `least` and `most` are places of the slider.
const kSliders = [
  { field: 'delay_ms', label: 'Delay', hint: 'each way', most: 500, step: 1, text: ({ delay_ms: value }) => milliseconds(value) },
  { field: 'jitter_ms', label: 'Jitter', hint: 'up to this much more', most: 500, step: 1, text: ({ jitter_ms: value }) => milliseconds(value) },
  { field: 'loss', label: 'Loss', hint: 'of the packets', most: 0.3, step: 0.001, text: (all) => share(all.loss) + (all.loss > 0 ? inBursts(all) : '') },
  { field: 'duplicate', label: 'Duplicates', hint: 'packets that arrive twice', most: 0.3, step: 0.001, text: ({ duplicate: value }) => share(value) },
  { field: 'rate', label: 'Rate', hint: 'of all links together', most: kRates.length, step: 1, to: placeOf, from: rateAt,
    text: ({ rate }) => (rate === 0 ? kNoLimit : bitsPerSecond(rate)) },
];

const isWorse = (conditions) => ['delay_ms', 'jitter_ms', 'loss', 'duplicate', 'rate'].some((field) => conditions[field] > 0) || conditions.stalls;

/// "200 ms delay, 30 ms jitter, 2 % loss": what is on, in words.
export function inWords(conditions) {
  const parts = [
    [conditions.delay_ms, `${milliseconds(conditions.delay_ms)} delay`],
    [conditions.jitter_ms, `${milliseconds(conditions.jitter_ms)} jitter`],
    [conditions.loss, `${share(conditions.loss)} loss`],
    [conditions.duplicate, `${share(conditions.duplicate)} duplicates`],
    [conditions.rate, bitsPerSecond(conditions.rate)],
    [conditions.stalls, 'stalls'],
  ];
  return parts.filter(([value]) => Number(value) > 0).map(([, words]) => words).join(', ');
}

export class Conditioner {
  #engine;
  #now = kNothing;
  #preset = 'off';
  #sliders = [];
  #buttons = new Map();

  constructor(engine) {
    this.#engine = engine;
    for (const [name, label] of [['off', 'Off'], ...kPresets]) this.#addPreset(name, label);
    for (const slider of kSliders) this.#addSlider(slider);
    element('condition-mark-off').addEventListener('click', () => this.#use(kNothing, 'off'));
    this.#show();
  }

  #addPreset(name, label) {
    const button = makeButton(label, () => this.#use(this.#conditionsOf(name), name));
    button.dataset.testid = `preset-${name}`;
    this.#buttons.set(name, button);
    element('conditioner-presets').append(button);
  }

  #conditionsOf(name) {
    if (name === 'off') return kNothing;
    const stalls = name === 'wifi_stalls';
    return { ...this.#engine.conditions(stalls ? 'wifi' : name), stalls };
  }

  #addSlider(slider) {
    const { field, label, hint, most, step, from = Number } = slider;
    const row = make('label');
    const input = make('input');
    Object.assign(input, { type: 'range', min: 0, max: most, step, title: `${label}: ${hint}` });
    input.dataset.testid = `slider-${field}`;
    input.setAttribute('aria-label', `${label}, ${hint}`);
    const output = make('output');
    input.addEventListener('input', () => this.#use({ ...this.#now, [field]: from(Number(input.value)) }, ''));
    row.append(make('span', '', label), input, output);
    element('conditioner-sliders').append(row);
    this.#sliders.push({ ...slider, input, output });
  }

  #use(conditions, preset) {
    const on = isWorse(conditions);
    // What the room refuses, nothing of which a slider can make, leaves everything as it is.
    if (this.#engine.condition(on ? conditions : null) === 'taken') {
      this.#now = on ? conditions : kNothing;
      this.#preset = on ? preset : 'off';
    }
    this.#show();
  }

  #show() {
    for (const [name, button] of this.#buttons) button.setAttribute('aria-pressed', String(name === this.#preset));
    for (const { field, most, to = Number, text, input, output } of this.#sliders) {
      const place = to(this.#now[field]);
      if (Number(input.value) !== place) input.value = place;
      input.style.setProperty('--part', Math.min(place / most, 1));
      const words = text(this.#now);
      output.textContent = words;
      input.setAttribute('aria-valuetext', words);
    }
    const on = isWorse(this.#now);
    const focused = element('condition-mark').contains(document.activeElement);
    element('condition-mark').hidden = !on;
    document.body.classList.toggle('worse-network', on);
    element('condition-mark-text').textContent = inWords(this.#now);
    // A button that goes takes the focus with it; keys are the game's then.
    if (!on && focused) focusScene();
  }
}
