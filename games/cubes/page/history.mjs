// The last minute of every member's link, as the net graph draws it: taken from the game's reports (docs/cubes.md), whose counters
// only grow.

export const kWindowMs = 60_000;
const kMostSamples = 400;  // of a member; at four a second there are 240
const kMostChanges = 64;

const grown = (now, before) => Math.max(0, (now ?? 0) - (before ?? 0));

/// A report's member as a point of the graphs. `before` is the report's member before it, `passed` the milliseconds since.
function sampleOf(member, at, before, passed) {
  const corrections = grown(member.corrections, before?.corrections);
  return {
    at,
    path: member.path ?? 'none',
    roundTrip: member.round_trip_ms,
    jitter: member.jitter_ms,
    loss: member.loss,
    received: member.receive_bytes_per_second,
    sent: member.send_bytes_per_second,
    receivedMessages: member.receive_messages_per_second,
    sentMessages: member.send_messages_per_second,
    queued: member.queued_bytes,
    delay: member.delay_ms,
    lateness: member.lateness_ms,
    ahead: passed > 0 ? Math.min(grown(member.ahead_ms, before?.ahead_ms) / passed, 1) : 0,
    stood: passed > 0 ? Math.min(grown(member.stood_ms, before?.stood_ms) / passed, 1) : 0,
    corrections,
    correction: corrections > 0 ? grown(member.corrected_m, before?.corrected_m) / corrections : undefined,
    late: grown(member.late, before?.late),
    dropped: grown(member.dropped, before?.dropped),
  };
}

export class History {
  #members = new Map();  // by id: { name, samples, changes, last }

  /// What Game::network() says.
  add(report) {
    const now = report.now_ms;
    for (const id of this.#members.keys()) {
      if (!report.members.some((member) => member.id === id)) this.#members.delete(id);
    }
    for (const member of report.members) {
      const kept = this.#members.get(member.id) ?? { samples: [], changes: [], last: null };
      const passed = kept.last ? now - kept.samples.at(-1).at : 0;
      // The first report of a member says what was before it was looked at: no difference can be taken.
      kept.samples.push(sampleOf(member, now, kept.last ?? member, passed));
      Object.assign(kept, { name: member.name, away: Boolean(member.away), last: member });
      this.#members.set(member.id, kept);
    }
    for (const { at_ms: at, id, from, to } of report.path_changes) this.#members.get(id)?.changes.push({ at, from, to });
    for (const kept of this.#members.values()) {
      const from = now - kWindowMs;
      while (kept.samples.length > kMostSamples || kept.samples[1]?.at < from) kept.samples.shift();
      while (kept.changes.length > kMostChanges || kept.changes[0]?.at < from) kept.changes.shift();
    }
  }

  clear() {
    this.#members.clear();
  }

  /// { id, name, away, samples, changes } of who is there, the oldest samples and changes first.
  get members() {
    return [...this.#members].map(([id, { name, away, samples, changes }]) => ({ id, name, away, samples, changes }));
  }

  member(id) {
    return this.members.find((member) => member.id === id);
  }

  /// The member whose way is the worst now; nothing when there is nobody.
  worst() {
    const trouble = ({ away, samples }) => {
      const { path, roundTrip = 0, loss = 0, lateness = 0 } = samples.at(-1);
      return (away ? -1e6 : 0) + (path === 'none' ? 1e5 : 0) + roundTrip + lateness + loss * 2000;
    };
    return this.members.reduce((worst, member) => (!worst || trouble(member) > trouble(worst) ? member : worst), undefined);
  }
}

/// The ways of the last minute as spans { from, until, path }, the oldest first.
export function pathSpans({ samples, changes }, now) {
  const began = Math.max(samples[0]?.at ?? now, now - kWindowMs);
  const spans = [];
  let from = began;
  let path = changes[0]?.from ?? samples.at(-1)?.path ?? 'none';
  for (const change of changes) {
    const at = Math.max(change.at, began);
    if (at > from) spans.push({ from, until: at, path });
    [from, path] = [at, change.to];
  }
  spans.push({ from, until: now, path });
  return spans;
}

/// { least, most, sum, mean } of a field over the samples that have it; nothing when none has.
export function summary(samples, field) {
  const values = samples.map((sample) => sample[field]).filter((value) => typeof value === 'number');
  if (values.length === 0) return undefined;
  const sum = values.reduce((a, b) => a + b, 0);
  return { least: Math.min(...values), most: Math.max(...values), sum, mean: sum / values.length };
}
