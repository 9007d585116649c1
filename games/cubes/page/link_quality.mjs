// How good the way to a member is, from what is measured of it: 0 to 4 bars, and words for those who do not see them.

import { kPaths } from './paths.mjs';

const kSteps = [
  { bars: 4, word: 'very good', roundTrip: 80, loss: 0.02 },
  { bars: 3, word: 'good', roundTrip: 160, loss: 0.05 },
  { bars: 2, word: 'fair', roundTrip: 300, loss: 0.12 },
];
const kBad = { bars: 1, word: 'bad' };
export const kMostBars = 4;

/// { bars, words } of { path, rtt, loss, away }: milliseconds, 0 to 1; either may be unknown yet.
export function linkQuality({ path, rtt, loss = 0, away }) {
  if (away) return { bars: 0, words: 'Away: their page is closed or has lost the server' };
  if (path === 'none') return { bars: 0, words: 'Not connected: looking for a way' };
  const way = kPaths[path]?.how ?? path;
  if (rtt === undefined) return { bars: path === 'direct' ? 3 : 2, words: `Connected ${way}; not measured yet` };
  const step = kSteps.find((one) => rtt < one.roundTrip && loss < one.loss) ?? kBad;
  // Through a server it may be quick, but hangs on one more machine, and what is late holds up what is behind it.
  const { bars, word } = step.bars === kMostBars && path !== 'direct' ? kSteps[1] : step;
  const lost = loss >= 0.005 ? `, ${Math.round(loss * 100)} % lost` : '';
  return { bars, words: `Connection ${word}: round trip ${rtt < 1 ? 'below 1' : Math.round(rtt)} ms${lost}, ${way}` };
}
