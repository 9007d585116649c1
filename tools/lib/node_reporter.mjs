// A reporter for node:test that writes one JSON line per test that has no tests inside it, the same under Node.js 18 and
// later. A test or suite with children counts only when it failed by itself, with all its children well.

/** Turns node:test's events into {name, outcome: 'passed'|'failed'|'skipped', ms, message}. */
export class Leaves {
  constructor() {
    this.children_ = []; // by depth: what was seen below the node that is still open there
  }

  /** @returns the leaf that the event ends, or undefined */
  take(type, data) {
    if (type !== 'test:pass' && type !== 'test:fail') return undefined;
    const depth = data.nesting;
    const below = this.children_[depth + 1] ?? { count: 0, failed: 0 };
    this.children_.length = depth + 1;
    const here = (this.children_[depth] ??= { count: 0, failed: 0 });
    const failed = type === 'test:fail' && !data.todo;
    ++here.count;
    if (failed || below.failed > 0) ++here.failed;

    const isSuite = data.details?.type === 'suite';
    if (below.count > 0 && !(failed && below.failed === 0)) return undefined;
    if (isSuite && below.count === 0 && !failed) return undefined; // an empty describe() is no test
    const skipped = (data.skip !== undefined && data.skip !== false) || (data.todo !== undefined && data.todo !== false);
    return {
      name: data.name,
      outcome: failed ? 'failed' : skipped ? 'skipped' : 'passed',
      ms: data.details?.duration_ms ?? 0,
      message: failed ? messageOf(data.details?.error) : undefined,
    };
  }
}

function messageOf(error) {
  const cause = error?.cause ?? error;
  return String(cause?.stack ?? cause?.message ?? cause ?? 'failed');
}

export default async function* reporter(source) {
  const leaves = new Leaves();
  for await (const { type, data } of source) {
    const leaf = leaves.take(type, data);
    if (leaf) yield `${JSON.stringify(leaf)}\n`;
  }
}
