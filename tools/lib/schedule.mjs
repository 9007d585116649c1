// Runs steps that need each other's products, in two lanes side by side: `build`, for what uses every
// core by itself, and `test`, for what waits for a good part of its time.

/**
 * @typedef {{id: string, title: string, lane?: 'build' | 'test', needs?: string[],
 *            run: (tools: {progress: (text: string) => void}) => Promise<object>}} Step
 *   run() resolves to counts (lib/results.mjs), with `note` for the table; it does not reject.
 */

/** The steps that `wanted` names (all where it is empty), and what they need. Unknown names are returned apart. */
export function select(steps, wanted) {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const unknown = wanted.filter((id) => !byId.has(id));
  const chosen = new Set();
  const choose = (id) => {
    if (chosen.has(id) || !byId.has(id)) return;
    chosen.add(id);
    for (const need of byId.get(id).needs ?? []) choose(need);
  };
  for (const id of wanted.length > 0 ? wanted : byId.keys()) choose(id);
  return { chosen: steps.filter((step) => chosen.has(step.id)), unknown };
}

/**
 * Runs the steps in their order, as far as lanes and needs allow.
 * @param {Step[]} steps
 * @param {{begin: (step: Step) => object, end: (step: Step, handle: object, result: object) => void}} watch
 * @returns {Promise<Map<string, object>>} results by id; a step whose needs failed has `notRun: <the need's title>`
 */
export async function schedule(steps, watch) {
  const results = new Map();
  const waiting = [...steps];
  const running = new Map(); // lane -> promise
  const ids = new Set(steps.map((step) => step.id));

  const needsOf = (step) => (step.needs ?? []).filter((need) => ids.has(need));
  const laneOf = (step) => step.lane ?? 'test';
  const brokenNeed = (step) => needsOf(step).find((need) => results.has(need) && isBroken(results.get(need)));
  const ready = (step) => needsOf(step).every((need) => results.has(need));
  const free = (step) => !running.has(laneOf(step));

  const start = (step) => {
    const lane = laneOf(step);
    const handle = watch.begin(step);
    const work = step.run({ progress: handle.progress }).then((result) => {
      running.delete(lane);
      results.set(step.id, result);
      watch.end(step, handle, result);
    });
    running.set(lane, work);
  };

  while (waiting.length > 0 || running.size > 0) {
    for (const step of [...waiting]) {
      const broken = brokenNeed(step);
      if (broken) {
        waiting.splice(waiting.indexOf(step), 1);
        results.set(step.id, { passed: 0, failed: 0, skipped: 0, failures: [], notRun: broken });
      }
    }
    for (const step of [...waiting]) {
      if (ready(step) && free(step)) {
        waiting.splice(waiting.indexOf(step), 1);
        start(step);
      }
    }
    if (running.size > 0) await Promise.race(running.values());
    else if (waiting.length > 0 && !waiting.some((step) => ready(step) || brokenNeed(step))) {
      throw new Error(`steps that wait for each other: ${waiting.map((step) => step.id).join(', ')}`);
    }
  }
  return results;
}

/** A step that did not do what others build on. */
export function isBroken(result) {
  return Boolean(result.notRun) || Boolean(result.broken);
}
