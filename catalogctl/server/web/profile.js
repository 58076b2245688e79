// What the data of a column looks like, as small pictures with their figures.

import { h, s } from '/web/dom.js';
import { named } from '/web/names.js';
import { about, count, number, percent, t } from '/web/words.js';

const bar = (share, name) => s('svg', { class: `share ${name}`, 'aria-hidden': 'true' }, s('rect', { width: `${share * 100}%`, height: '100%' }));

const tops = (values) => h('ul', values.map(({ value, share }) =>
  h('li.top', named(String(value)), bar(share), h('small', percent(share)))));

/** From the least to the greatest; for numbers with the median where it lies between them. */
function range({ min, median, max }) {
  if (median == null || min === max) return min != null && h('small.mono.clip', `${min} – ${max}`);
  const middle = 1 + (98 * (median - min)) / (max - min);
  return h('small.range',
    s('svg', { viewBox: '0 0 100 8', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      s('path', { d: 'M1 4H99M1 1V7M99 1V7' }), s('path.middle', { d: `M${middle} 0V8` })),
    [number(min), `${t('median')} ${number(median)}`, number(max)].map((text) => h('span', text)));
}

/** How much is missing, and what says most: its values where few of them make up most of it, or else its range. */
export function profileView(profile) {
  const isEstimate = profile.is_exact === false;
  const most = profile.top_values.slice(0, 3);
  const isFew = most.reduce((sum, { share }) => sum + share, 0) > 0.4 * (1 - profile.null_rate);
  return h('div.stack',
    bar(profile.null_rate, 'missing'),
    h('small.row', h('span', about(isEstimate, percent(profile.null_rate)), ' ', t('missing')),
      h('span.end', about(isEstimate, count(profile.distinct_count, 'value', 'values')))),
    isEstimate && h('small', t(profile.basis === 'statistics' ? 'estimated' : 'of a sample')),
    profile.stale && h('small.warning', '⚠ ', t('from a former run')),
    isFew ? tops(most) : range(profile));
}

export function detailsView({ profile, full_context: context, default: initial, comment }) {
  const { pattern, top_values: most, samples } = profile ?? {};
  const facts = {
    'Frequent': most?.length > 0 && tops(most), 'Range': profile && range(profile),
    'Format': pattern && `${t(pattern.name.replaceAll('_', ' '))} ${percent(pattern.share)}`,
    'Examples': samples?.map((value) => [h('bdi.chip.mono', h('span.clip', String(value))), ' ']),
    'Default': initial, 'Comment': comment, 'Summary': context && h('span', { lang: 'en' }, context),
  };
  return h('dl', Object.entries(facts).map(([name, fact]) => fact && [h('dt', t(name)), h('dd', fact)]));
}
