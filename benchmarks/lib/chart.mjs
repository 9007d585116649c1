// The benchmarks as a picture: for every work one group of horizontal bars, ours in colour, with the marks of the targets.
// One SVG by hand, readable on light and on dark ground.

import { figure, groups, share, targetText, valueText } from './report.mjs';

const kWidth = 860;
const kMargin = 24;
const kNames = 190; // the column of the subjects
const kValues = 160; // the columns of the values and of their ratios to ours, to the right of the longest bar
const kValueEdge = kWidth - kMargin - 60;
const kBar = 18;
const kGap = 7;
const kBars = kWidth - 2 * kMargin - kNames - kValues;

const style = `
  text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; fill: #1f2328; }
  .paper { fill: #ffffff; } .title { font-size: 17px; font-weight: 600; } .work { font-size: 14px; font-weight: 600; }
  .quiet { fill: #59636e; font-size: 12px; } .ours { fill: #0969da; } .other { fill: #9aa4af; }
  .axis { stroke: #d1d9e0; } .mark { stroke: #bc4c00; stroke-width: 2; stroke-dasharray: 4 3; } .limit { fill: #bc4c00; font-size: 12px; }
  .good { fill: #1a7f37; font-weight: 600; } .bad { fill: #d1242f; font-weight: 600; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; } .paper { fill: #0d1117; } .quiet { fill: #9198a1; } .ours { fill: #4493f8; } .other { fill: #59636e; }
    .axis { stroke: #3d444d; } .mark { stroke: #f0883e; } .limit { fill: #f0883e; } .good { fill: #3fb950; } .bad { fill: #f85149; }
  }`;

function escape(text) {
  return String(text).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}

function text(x, y, content, attributes = '') {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${escape(content)}</text>`;
}

/** What a group says below its title: each target and whether it is reached. */
function targetLine(x, y, group) {
  const parts = group.targets.map((target) => {
    const state = target.reached === undefined ? '<tspan class="quiet"> not measured</tspan>'
      : target.reached ? '<tspan class="good"> reached</tspan>' : '<tspan class="bad"> missed</tspan>';
    return `<tspan class="quiet">target ${escape(targetText(target, group.unit))}</tspan>${state}`;
  });
  return parts.length > 0 ? `<text x="${x}" y="${y}">${parts.join('<tspan class="quiet">  ·  </tspan>')}</text>` : '';
}

function bar(row, group, y, scale) {
  const left = kMargin + kNames;
  const length = Math.max(2, row.value * scale);
  const isOurs = group.own.includes(row);
  const times = share(row, group);
  return [
    text(left - 10, y + kBar - 5, row.subject, `text-anchor="end"${isOurs ? ' font-weight="600"' : ''}`),
    `<rect x="${left}" y="${y}" width="${length.toFixed(1)}" height="${kBar}" rx="3" class="${isOurs ? 'ours' : 'other'}"/>`,
    text(kValueEdge, y + kBar - 5, valueText(row), `text-anchor="end"${isOurs ? ' font-weight="600"' : ''}`),
    times === undefined ? '' : text(kWidth - kMargin, y + kBar - 5, `${figure(times)} ×`, 'class="quiet" text-anchor="end"'),
  ].join('');
}

function drawGroup(group, top) {
  const parts = [];
  let y = top;
  parts.push(text(kMargin, y, group.work, 'class="work"'));
  parts.push(text(kWidth - kMargin, y, `${group.metric}, ${group.better} is better`, 'class="quiet" text-anchor="end"'));
  if (group.targets.length > 0) parts.push(targetLine(kMargin, (y += 19), group));
  y += 12;
  const limits = group.targets.filter((target) => Number.isFinite(target.limit));
  const most = Math.max(...group.rows.map((row) => row.value), ...limits.map((target) => target.limit), Number.MIN_VALUE);
  const scale = kBars / most;
  const begin = y;
  for (const row of group.rows) {
    parts.push(bar(row, group, y, scale));
    y += kBar + kGap;
  }
  const left = kMargin + kNames;
  parts.push(`<line x1="${left}" x2="${left}" y1="${begin - 3}" y2="${y - kGap + 3}" class="axis"/>`);
  for (const target of limits) {
    const row = group.rows.findIndex((one) => one.subject === target.subject);
    const x = left + target.limit * scale;
    const from = row < 0 ? begin : begin + row * (kBar + kGap);
    parts.push(`<line x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="${from - 3}" y2="${from + kBar + 3}" class="mark"/>`);
  }
  return { svg: parts.join('\n'), bottom: y + 24 };
}

/** The picture as SVG text. `subtitle` says where and when it was measured. */
export function chart(rows, judged, subtitle) {
  const parts = [text(kMargin, 34, 'Parlor, measured against others', 'class="title"'), text(kMargin, 55, subtitle, 'class="quiet"')];
  let y = 92;
  for (const group of groups(rows, judged).filter((one) => one.rows.length > 0)) {
    const drawn = drawGroup(group, y);
    parts.push(drawn.svg);
    y = drawn.bottom;
  }
  parts.push(text(kMargin, y, 'Dashed: the target of that bar. Last column: how many times ours. One run on one machine: ratios hold better than values.', 'class="quiet"'));
  const height = y + kMargin;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${kWidth}" height="${height}" viewBox="0 0 ${kWidth} ${height}" role="img" aria-label="Benchmarks of Parlor">
<style>${style}
</style>
<rect class="paper" width="${kWidth}" height="${height}" rx="8"/>
${parts.join('\n')}
</svg>
`;
}
