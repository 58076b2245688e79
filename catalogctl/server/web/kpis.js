// Key figures and their course.

import { h, s } from '/web/dom.js';
import { linked } from '/web/names.js';
import { number, t } from '/web/words.js';

function trendView({ value, direction, invert, label }) {
  const gain = { up: 1, down: -1 }[direction] * (invert ? -1 : 1);
  const [look, word] = gain > 0 ? ['good', 'better'] : gain < 0 ? ['bad', 'worse'] : ['', 'unchanged'];
  const glyph = { up: '▲', down: '▼' }[direction] ?? '▬';
  const change = number(value / 100, { style: 'percent', maximumFractionDigits: 1, signDisplay: 'exceptZero' });
  return [h('p', { class: look }, `${glyph} ${change} ${t(word)}`), h('small', label)];
}

function sparkline(data) {
  const [low, high] = [Math.min(...data), Math.max(...data)];
  const points = data.map((value, index) => [index, 26 - (24 * (value - low)) / (high - low || 1)]);
  return s('svg.spark', { viewBox: `0 0 ${data.length - 1} 28`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    s('polyline', { points: points.join(' ') }));
}

export const kpiCard = ({ id, title, value, trend, sparkline: course, footer, source }, isOneOfMany) =>
  h('li', { key: id, class: 'card stack' },
    h('h3', title), h('p.figure', value), trend && trendView(trend),
    course?.data.length > 1 && sparkline(course.data), h('small.row', footer, isOneOfMany && h('span.end', linked(source, source))));
