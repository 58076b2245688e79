// Key figures and their course. Their titles and formulas are text of the catalogue; values, periods and courses are told here.

import { h, s } from '/web/dom.js';
import { linked } from '/web/names.js';
import { number, period, t } from '/web/words.js';

const SINGULARS = { feet: 'foot', inches: 'inch', litres: 'liter' };

/** `1,234.50 EUR`, `77.07 %` or `3 days`, as the reader writes it; what is no such figure stays. */
function figure(value) {
  const [, whole, decimals = '', unit] = /^(-?[\d,]+)(?:\.(\d+))?(?: (.+))?$/.exec(value) ?? [];
  if (!whole) return value;
  const exact = { minimumFractionDigits: decimals.length, maximumFractionDigits: decimals.length };
  const amount = `${whole.replaceAll(',', '')}.${decimals}`;
  const knows = (kind, name) => Intl.supportedValuesOf(kind).includes(name);
  const name = SINGULARS[unit] ?? unit?.replace(/s$/, '');
  if (unit === '%') return number(amount / 100, { ...exact, style: 'percent' });
  if (knows('currency', unit)) return number(amount, { ...exact, style: 'currency', currency: unit, currencyDisplay: 'narrowSymbol' });
  if (knows('unit', name)) return number(amount, { ...exact, style: 'unit', unit: name, unitDisplay: 'long' });
  return [number(amount, exact), unit].filter(Boolean).join('\u00a0');
}

/** How the figure is made, as it is stored, and how its course is to be read. */
function footerView(text = '') {
  const [, formula, isNew = '', grain, last, of = ''] = /^(?:(.*); )?(new )?by (day|month|year)(?: up to ([\d-]+))?(, .*)?$/.exec(text) ?? [, text];
  const course = grain && [t(`${isNew}by ${grain}`), last && t('up to {0}', period(last))].filter(Boolean).join(' ');
  return [h('span', { lang: 'en' }, formula), formula && course && ' · ', course, of];
}

function trendView({ value, direction, invert, label }) {
  const gain = { up: 1, down: -1 }[direction] * (invert ? -1 : 1);
  const [look, word] = gain > 0 ? ['good', 'better'] : gain < 0 ? ['bad', 'worse'] : ['', 'unchanged'];
  const glyph = { up: '▲', down: '▼' }[direction] ?? '▬';
  const change = number(value / 100, { style: 'percent', maximumFractionDigits: 1, signDisplay: 'exceptZero' });
  const [now, before] = label?.split(' vs ') ?? [];
  const against = before ? t('{0} vs {1}', period(now), period(before)) : label;
  return [h('p', { class: look }, `${glyph} ${change} ${t(word)}`), h('small', against)];
}

function sparkline(data) {
  const [low, high] = [Math.min(...data), Math.max(...data)];
  const points = data.map((value, index) => [index, 26 - (24 * (value - low)) / (high - low || 1)]);
  return s('svg.spark', { viewBox: `0 0 ${data.length - 1} 28`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    s('polyline', { points: points.join(' ') }));
}

export const kpiCard = ({ id, title, value, trend, sparkline: course, footer, source }, isOneOfMany) =>
  h('li', { key: id, class: 'card stack' },
    h('h3', { lang: 'en' }, title), h('p.figure', figure(value)), trend && trendView(trend),
    course?.data.length > 1 && sparkline(course.data), h('small.row', h('span', footerView(footer)), isOneOfMany && h('span.end', linked(source, source))));
