// Measured values as people read them. Nothing measured is a dash.

const kDash = '–';
const known = (value) => typeof value === 'number' && Number.isFinite(value);
const rounded = (value, digits) => String(Number(value.toFixed(digits)));
/// Two digits that count, no more than the value has.
const short = (value) => rounded(value, value < 10 ? 1 : 0);

export function milliseconds(value) {
  if (!known(value)) return kDash;
  if (value > 0 && value < 1) return '<1 ms';
  return value < 1000 ? `${Math.round(value)} ms` : `${short(value / 1000)} s`;
}

export function share(value) {
  if (!known(value)) return kDash;
  const percent = value * 100;
  if (percent > 0 && percent < 0.1) return '<0.1 %';
  return `${percent < 10 ? rounded(percent, 1) : Math.round(percent)} %`;
}

export function bytes(value) {
  if (!known(value)) return kDash;
  if (value < 1000) return `${Math.round(value)} B`;
  return value < 1e6 ? `${short(value / 1000)} kB` : `${short(value / 1e6)} MB`;
}

export const bytesPerSecond = (value) => (known(value) ? `${bytes(value)}/s` : kDash);
export const few = (value) => (known(value) ? short(value) : kDash);

/// Of a rate in bytes a second, as access links are named.
export function bitsPerSecond(rate) {
  const kilobits = rate * 8 / 1000;
  return kilobits < 1000 ? `${rounded(kilobits, 0)} kbit/s` : `${rounded(kilobits / 1000, 1)} Mbit/s`;
}

export function metres(value) {
  if (!known(value)) return kDash;
  if (value < 0.0995) return `${short(value * 1000)} mm`;
  return value < 1 ? `${Math.round(value * 100)} cm` : `${rounded(value, 1)} m`;
}
