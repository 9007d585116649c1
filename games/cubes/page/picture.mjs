// How the picture fits the window and what the player's system says: its size, where in it the cube stands, whether anybody sees
// it, and whether it may move for the fun of it.

import { element } from './dom.mjs';

const kContextMs = 6000;  // for so long the graphics card may take to come back

/// The cube stands where nothing covers it: beside the menu, or above it on a narrow screen.
export function placeCube(engine) {
  const narrow = innerWidth <= 600;
  const covered = ['start', 'entering', 'message'].includes(document.body.dataset.view);
  const card = element('start').getBoundingClientRect();
  if (!covered) engine.shift(0, narrow ? 0 : -0.06);
  else if (narrow) engine.shift(0, Math.min(card.height / innerHeight, 0.72));
  else engine.shift(Math.min((card.right || 400) / innerWidth, 0.55), -0.05);
}

export function fitPicture(engine, quality) {
  engine.resize(innerWidth, innerHeight, quality.ratio());
  placeCube(engine);
}

/// Follows all of that from now on. `lost(reason)` is called when the graphics card was reset and does not come back by itself, or
/// comes back and refuses the game.
export function followWindow(engine, quality, lost) {
  addEventListener('resize', () => fitPicture(engine, quality));
  fitPicture(engine, quality);
  const away = () => engine.away(document.visibilityState === 'hidden');
  document.addEventListener('visibilitychange', away);
  away();
  const calm = matchMedia('(prefers-reduced-motion: reduce)');
  calm.addEventListener('change', () => engine.calm(calm.matches));
  engine.calm(calm.matches);
  // The game makes its picture anew when the context comes back; a person only hears of it when it does not.
  let waiting = 0;
  element('scene').addEventListener('webglcontextlost', () => {
    waiting = setTimeout(() => lost('context_lost'), kContextMs);
  });
  element('scene').addEventListener('webglcontextrestored', () => {
    clearTimeout(waiting);
    // The game hears of it by a listener of its own.
    setTimeout(() => engine.failure() && lost(engine.failure()));
  });
}
