// The arithmetic of the benchmarks: which target is reached by how much, and the table that says it.
//
// A row is {work, subject, metric, value, unit, better: 'lower' | 'higher', range?, detail?}: one subject's figure for one metric of
// one work, and the least and the most of the rounds that it is of. A target is {work, metric, subject, …} and one of
//   {max}                     the subject's value is at most this
//   {min}                     … at least this
//   {against, max_ratio}      the subject's value is at most so many times the other's
//   {against, min_ratio}      … at least

/** What is wrong with a suite's answer, as sentences. */
export function problems({ rows, targets }) {
  const wrong = [];
  if (!Array.isArray(rows) || !Array.isArray(targets)) return ['a suite resolves to {rows: […], targets: […]}'];
  for (const row of rows) {
    for (const key of ['work', 'subject', 'metric', 'unit']) {
      if (typeof row[key] !== 'string' || row[key] === '') wrong.push(`a row without ${key}: ${JSON.stringify(row)}`);
    }
    if (!Number.isFinite(row.value) || row.value < 0) wrong.push(`a row whose value is no figure: ${JSON.stringify(row)}`);
    if (row.range !== undefined && !(row.range[0] <= row.value && row.value <= row.range[1])) wrong.push(`a row whose value is not in its range: ${JSON.stringify(row)}`);
    if (row.better !== 'lower' && row.better !== 'higher') wrong.push(`a row that does not say what is better: ${JSON.stringify(row)}`);
  }
  for (const target of targets) {
    const kinds = ['max', 'min', 'max_ratio', 'min_ratio'].filter((kind) => Number.isFinite(target[kind]));
    if (kinds.length !== 1) wrong.push(`a target needs one of max, min, max_ratio, min_ratio: ${JSON.stringify(target)}`);
    if (kinds[0]?.endsWith('_ratio') && typeof target.against !== 'string') wrong.push(`a ratio against nobody: ${JSON.stringify(target)}`);
  }
  return wrong;
}

function find(rows, work, metric, subject) {
  return rows.find((row) => row.work === work && row.metric === metric && row.subject === subject);
}

/**
 * A target held against the rows.
 * @returns the target with `limit` (in the metric's unit), `actual` (value or ratio), `reached` (undefined where a row is missing)
 */
export function judge(target, rows) {
  const own = find(rows, target.work, target.metric, target.subject);
  const other = target.against === undefined ? undefined : find(rows, target.work, target.metric, target.against);
  const isRatio = target.max_ratio !== undefined || target.min_ratio !== undefined;
  const factor = target.max_ratio ?? target.min_ratio;
  const limit = isRatio ? (other ? factor * other.value : undefined) : target.max ?? target.min;
  if (!own || limit === undefined) return { ...target, limit, actual: undefined, reached: undefined };
  const actual = isRatio ? ratio(own.value, other.value) : own.value;
  const isUpper = target.max !== undefined || target.max_ratio !== undefined;
  const reached = isUpper ? own.value <= limit : own.value >= limit;
  return { ...target, limit, actual, reached };
}

/** a / b, where nothing by nothing is one. */
export function ratio(a, b) {
  if (b === 0) return a === 0 ? 1 : Infinity;
  return a / b;
}

/** Three significant digits, thousands grouped: 1,234 · 12.3 · 0.0123 */
export function figure(value) {
  if (!Number.isFinite(value)) return '∞';
  if (value === 0) return '0';
  const size = Math.floor(Math.log10(Math.abs(value)));
  if (size >= 2) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(Math.min(6, 2 - size));
}

export function valueText(row) {
  return row.unit === '%' ? `${figure(row.value)} %` : `${figure(row.value)} ${row.unit}`;
}

/** … with its range, where it has one: "34.0 µs (31.2–40.1)" */
function valueAndRange(row) {
  return row.range ? `${valueText(row)} (${row.range.map(figure).join('–')})` : valueText(row);
}

/** "≤ 1.25 × echo", "≤ 8 KB" */
export function targetText(target, unit) {
  const sign = target.max !== undefined || target.max_ratio !== undefined ? '≤' : '≥';
  if (target.against !== undefined) return `${sign} ${Number((target.max_ratio ?? target.min_ratio).toPrecision(3))} × ${target.against}`;
  return `${sign} ${(target.max ?? target.min).toLocaleString('en-US')} ${unit}`;
}

/**
 * The rows by work and metric, in the order in which they came, each with the rows that are ours (those that targets are about,
 * or called parlor), the first of them apart, and with the targets that belong to it.
 * @returns {{work: string, metric: string, unit: string, better: string, own: object[], ours?: object, rows: object[], targets: object[]}[]}
 */
export function groups(rows, judged) {
  const list = [];
  const groupOf = (work, metric) => {
    let group = list.find((one) => one.work === work && one.metric === metric);
    if (!group) list.push((group = { work, metric, unit: '', better: 'lower', own: [], ours: undefined, rows: [], targets: [] }));
    return group;
  };
  for (const row of rows) {
    const group = groupOf(row.work, row.metric);
    group.unit ||= row.unit;
    group.better = row.better;
    group.rows.push(row);
  }
  for (const target of judged) groupOf(target.work, target.metric).targets.push(target);
  for (const group of list) {
    const subjects = group.targets.map((target) => target.subject);
    group.own = group.rows.filter((row) => subjects.includes(row.subject) || row.subject.startsWith('parlor'));
    group.ours = group.own[0];
  }
  return list;
}

/** A row's value by ours, for the rows of others; undefined where that says nothing. */
export function share(row, group) {
  if (!group.ours || group.own.includes(row)) return undefined;
  return ratio(row.value, group.ours.value);
}

function reachedText(target) {
  if (target.reached === undefined) return 'not measured';
  const actual = target.against === undefined ? '' : ` (${figure(target.actual)} ×)`;
  return `${target.reached ? 'yes' : 'NO'}${actual}`;
}

/** The table's lines. Each target stands in a line of its own under the group's rows' columns. */
export function table(rows, judged, skipped = []) {
  const header = ['work', 'subject', 'value', '÷ ours', 'target', 'reached'];
  const lines = [];
  for (const group of groups(rows, judged)) {
    let label = `${group.work}: ${group.metric}`;
    const open = [...group.targets];
    for (const row of group.rows) {
      const own = open.filter((target) => target.subject === row.subject);
      const first = own.shift();
      if (first) open.splice(open.indexOf(first), 1);
      const times = share(row, group);
      lines.push([label, row.subject, valueAndRange(row), times === undefined ? '' : `${figure(times)} ×`, first ? targetText(first, group.unit) : '', first ? reachedText(first) : '']);
      label = '';
      for (const target of own) {
        lines.push(['', '', '', '', targetText(target, group.unit), reachedText(target)]);
        open.splice(open.indexOf(target), 1);
      }
    }
    for (const target of open) {
      lines.push([label, target.subject, '–', '', targetText(target, group.unit), reachedText(target)]);
      label = '';
    }
  }
  for (const { work, subject, reason } of skipped) lines.push([work ?? '', subject, '–', '', '', `skipped: ${reason}`]);
  return columns([header, ...lines]);
}

function columns(lines) {
  const widths = lines[0].map((_, i) => Math.max(...lines.map((line) => (i === lines[0].length - 1 ? 0 : line[i].length))));
  const right = new Set([2, 3]);
  const text = lines.map((line) =>
    line.map((cell, i) => (right.has(i) ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join('  ').trimEnd());
  text.splice(1, 0, '─'.repeat(Math.max(...text.map((line) => line.length))));
  return text;
}

/** "7 of 8 targets reached, 1 missed" */
export function verdict(judged) {
  const reached = judged.filter((target) => target.reached === true).length;
  const missed = judged.filter((target) => target.reached === false).length;
  const open = judged.length - reached - missed;
  return `${reached} of ${judged.length} targets reached${missed ? `, ${missed} missed` : ''}${open ? `, ${open} not measured` : ''}`;
}
