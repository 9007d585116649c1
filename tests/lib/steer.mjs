// Plays by the keyboard as a person does: looks where the cube goes when a key is held, and holds the keys that lead to the goal.

import { snapshot } from './browser.mjs';

// Counter-clockwise from ahead, in eighths of a turn.
const kKeys = [['KeyW'], ['KeyW', 'KeyA'], ['KeyA'], ['KeyA', 'KeyS'], ['KeyS'], ['KeyS', 'KeyD'], ['KeyD'], ['KeyD', 'KeyW']];
const kEighth = Math.PI / 4;
const kLookMs = 60;
const kStuck = 12;  // looks at the same place
const kSeenMs = 350;  // by then what a key does has been drawn, twice

const angle = (from, to) => Math.atan2(-(to.z - from.z), to.x - from.x);
const wrap = (radians) => radians - 2 * Math.PI * Math.round(radians / (2 * Math.PI));

/** Runs after `goal(shot)`, a place, until `done(shot)`; or fails with what the page says of itself. */
export async function runAfter(page, what, goal, done, { timeout = 40_000 } = {}) {
  const deadline = Date.now() + timeout;
  let held = [];
  let heldSince = 0;
  let ahead = Math.PI / 2; // where W leads, until that is seen
  const hold = async (keys) => {
    for (const key of held.filter((one) => !keys.includes(one))) await page.keyboard.up(key);
    for (const key of keys.filter((one) => !held.includes(one))) await page.keyboard.down(key);
    if (keys.join() !== held.join()) heldSince = Date.now();
    held = keys;
  };
  try {
    let last = (await snapshot(page)).self;
    let direction = 0;
    let still = 0;
    for (;;) {
      const shot = await snapshot(page);
      if (done(shot)) return shot;
      if (Date.now() > deadline) throw new Error(`not within ${timeout} ms: ${what}\n${JSON.stringify(shot)}`);
      const moved = Math.hypot(shot.self.x - last.x, shot.self.z - last.z);
      still = held.length > 0 && moved < 0.01 ? still + 1 : 0;
      // A window that loses the focus lets all keys go: as a person would, press again, and others where that is no use, as at the edge.
      if (still % kStuck === kStuck - 1) {
        await hold([]);
        ahead = wrap(ahead + 3 * kEighth);
      }
      if (held.length > 0 && moved > 0.15 && Date.now() - heldSince > kSeenMs) ahead = wrap(angle(last, shot.self) - direction * kEighth);
      last = shot.self;
      const place = goal(shot);
      direction = (Math.round(wrap(angle(shot.self, place) - ahead) / kEighth) + 8) % 8;
      await hold(kKeys[direction]);
      await page.waitForTimeout(kLookMs);
    }
  } finally {
    await hold([]);
  }
}
