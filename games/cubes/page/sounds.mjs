// What is heard, made by Web Audio from a few tones and noise. Off until the player wants it; then remembered.

import { rememberSound, rememberedSound } from './storage.mjs';

const kVolume = 0.5;
const kMostVoices = 24;  // at once; what comes then is not heard

let on = rememberedSound();
let context = null;  // made by a key or a click: browsers let no page sound before
let out = null;
let hiss = null;
let voices = 0;

/// How each kind sounds, `s` being its strength from 0 to 1: tones that glide from one pitch in hertz to another, and noise below
/// one.
const kKinds = {
  jump: (s) => [{ wave: 'triangle', from: 280, to: 620, seconds: 0.16, volume: 0.20 * s }],
  landing: (s) => [{ from: 150, to: 52, seconds: 0.14 + 0.08 * s, volume: 0.55 * s }, { below: 500 + 900 * s, seconds: 0.10, volume: 0.30 * s }],
  bump: (s) => [{ wave: 'triangle', from: 240, to: 95, seconds: 0.11, volume: 0.38 * s }, { below: 1800, seconds: 0.06, volume: 0.22 * s }],
  join: (s) => [{ wave: 'triangle', from: 523, seconds: 0.22, volume: 0.16 * s }, { wave: 'triangle', from: 784, seconds: 0.34, volume: 0.16 * s, after: 0.11 }],
  leave: (s) => [{ wave: 'triangle', from: 587, seconds: 0.22, volume: 0.14 * s }, { wave: 'triangle', from: 392, seconds: 0.36, volume: 0.14 * s, after: 0.11 }],
  tag: (s) => [0, 1, 2].map((i) => ({ wave: 'square', from: 440 * 1.26 ** i, seconds: 0.12, volume: 0.07 * s, after: 0.07 * i })),
};
export const kSounds = Object.keys(kKinds);

/// Makes a sound of kSounds, `strength` from 0 to 1. Does nothing while sound is off, or before the first key or click.
export function play(kind, strength = 1) {
  if (!on || context?.state !== 'running' || strength <= 0) return;
  for (const part of kKinds[kind]?.(Math.min(strength, 1)) ?? []) {
    if (voices < kMostVoices) (part.below ? noise : tone)(part);
  }
}

function begin(source, gain, { seconds, volume, after = 0 }) {
  const at = context.currentTime + after;
  // From nothing and to nothing, so that it does not click.
  gain.gain.setValueAtTime(0.0001, at);
  gain.gain.exponentialRampToValueAtTime(Math.max(volume, 0.0002), at + 0.008);
  gain.gain.exponentialRampToValueAtTime(0.0001, at + seconds);
  gain.connect(out);
  ++voices;
  source.addEventListener('ended', () => {
    --voices;
    gain.disconnect();
  });
  source.start(at);
  source.stop(at + seconds + 0.02);
}

function tone(how) {
  const { wave = 'sine', from, to = from, seconds, after = 0 } = how;
  const oscillator = context.createOscillator();
  const gain = context.createGain();
  const at = context.currentTime + after;
  const pitch = 1 + (Math.random() - 0.5) * 0.05;  // the same sound over and over tires
  oscillator.type = wave;
  oscillator.frequency.setValueAtTime(from * pitch, at);
  if (to !== from) oscillator.frequency.exponentialRampToValueAtTime(to * pitch, at + seconds);
  oscillator.connect(gain);
  begin(oscillator, gain, how);
}

function noise(how) {
  const source = context.createBufferSource();
  const filter = context.createBiquadFilter();
  const gain = context.createGain();
  source.buffer = hiss;
  filter.type = 'lowpass';
  filter.frequency.value = how.below;
  source.connect(filter).connect(gain);
  begin(source, gain, how);
}

async function open() {
  if (!globalThis.AudioContext) return;
  if (!context) {
    context = new AudioContext({ latencyHint: 'interactive' });
    const compressor = context.createDynamicsCompressor();
    out = context.createGain();
    out.gain.value = kVolume;
    out.connect(compressor).connect(context.destination);
    hiss = context.createBuffer(1, context.sampleRate / 4, context.sampleRate);
    const samples = hiss.getChannelData(0);
    for (let i = 0; i < samples.length; ++i) samples[i] = Math.random() * 2 - 1;
  }
  await context.resume();
}

/// Switches sound on or off, by a key or a click, and remembers it.
export async function setSound(wanted) {
  on = wanted;
  rememberSound(on);
  if (on) await open();
  else await context?.suspend();
}

/// The button and the key M. `typing(event)`: the key is meant for a field.
export function listenForSound(button, typing) {
  const show = () => {
    button.setAttribute('aria-pressed', String(on));
    button.title = on ? 'Sound is on (M)' : 'Sound is off (M)';
  };
  const toggle = () => {
    setSound(!on).then(() => play('join', 0.7));
    show();
  };
  button.addEventListener('click', toggle);
  addEventListener('keydown', (event) => {
    if (event.code === 'KeyM' && !event.repeat && !typing(event)) toggle();
  });
  // It was on the last time: the first key or click lets it begin.
  for (const type of ['keydown', 'pointerup']) addEventListener(type, () => on && context?.state !== 'running' && open(), { capture: true });
  show();
}
