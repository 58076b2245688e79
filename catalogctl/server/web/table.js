// One table: its keys and its columns, and what their data looks like, as small pictures with their figures.

import { describing } from '/web/describing.js';
import { h, s } from '/web/dom.js';
import { linked, named } from '/web/names.js';
import { chip } from '/web/outcome.js';
import { about, count, number, percent, t } from '/web/words.js';

/** A button: a box that somebody has clicked keeps what is theirs, and follows no others. */
export const enabled = (table, toggle) =>
  h('button.switch', { role: 'switch', 'aria-checked': String(table.is_enabled), 'aria-label': t('Enrich {0}', table.name),
    onclick: () => toggle(table) });

function keysOf(source, table, name) {
  const key = (glyph, to, column, said) => chip('', [glyph, linked(`${to}.${column ?? ''}`, source, to, column), said]);
  return [
    table.foreign_keys.filter(({ columns }) => columns.includes(name))
      .map((one) => key('→ ', one.referred_table, one.referred_columns[one.columns.indexOf(name)])),
    table.inferred_keys.filter(({ column }) => column === name)
      .map((one) => key('⇢ ', one.referred_table, one.referred_column, ` ${t('inferred')} ${percent(one.share)}`)),
  ];
}

const also = ({ synonyms }) => synonyms.length > 0 && h('p.faint', t('Also called'), ' ', h('span', { lang: 'en' }, synonyms.join(', ')));

const bar = (share, name) => s('svg', { class: `share ${name}`, 'aria-hidden': 'true' }, s('rect', { width: `${share * 100}%`, height: '100%' }));

const tops = (values) => h('ul', values.map(({ value, share }) =>
  h('li.top', named(String(value)), bar(share), h('small', percent(share)))));

/** To three digits or places, whichever tells more. */
const figure = (value) =>
  number(value, { notation: /e/.test(value) ? 'scientific' : 'standard', maximumSignificantDigits: 3, maximumFractionDigits: 3, roundingPriority: 'morePrecision' });

/** From the least to the greatest; for numbers with the median where it lies between them. */
function range({ min, median, max }) {
  if (median == null || min === max) return min != null && h('small.mono.clip', min === max ? min : `${min} – ${max}`);
  const middle = 1 + (98 * (median - min)) / (max - min);
  return h('small.range',
    s('svg', { viewBox: '0 0 100 8', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      s('path', { d: 'M1 4H99M1 1V7M99 1V7' }), s('path.middle', { d: `M${middle} 0V8` })),
    [figure(min), `${t('median')} ${figure(median)}`, figure(max)].map((text) => h('span', text)));
}

/** How much is missing, and what says most: its values where few of them make up most of it, or else its range. */
function profileView(profile) {
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

function detailsView({ profile, full_context: context, default: initial, comment }) {
  const { pattern, top_values: most, samples } = profile ?? {};
  const facts = {
    'Frequent': most?.length > 0 && tops(most), 'Range': profile && range(profile),
    'Format': pattern && `${t(pattern.name.replaceAll('_', ' '))} ${percent(pattern.share)}`,
    'Examples': samples?.map((value) => [h('bdi.chip.mono', h('span.clip', String(value))), ' ']),
    'Default': initial, 'Comment': comment, 'Summary': context && h('span', { lang: 'en' }, context),
  };
  return h('dl', Object.entries(facts).map(([name, fact]) => fact && [h('dt', t(name)), h('dd', fact)]));
}

export function tableViews(app, toggle) {
  const describe = describing(app);
  const opened = new Set();

  function open(id) {
    opened.delete(id) || opened.add(id);
    app.draw();
  }

  function columnView({ source, column: wanted }, table, column) {
    const { id, name, profile } = column;
    const isOpen = opened.has(id);
    const details = h('button.quiet', { 'aria-expanded': String(isOpen), 'aria-label': t('Details of {0}', name), onclick: () => open(id) },
      isOpen ? '▾ ' : '▸ ', t('Details'));
    return h('li', { key: id, id: `c${id}`, class: 'column', tabindex: -1, 'aria-current': name === wanted && 'true' },
      h('div.stack',
        h('h3.mono.name', named(name)),
        h('small.mono', column.data_type, !column.is_nullable && ` ${t('not null')}`),
        h('div.row', column.is_primary_key && chip('', `◆ ${t('primary key')}`), keysOf(source, table, name),
          column.semantic_type && chip('', t(column.semantic_type.replaceAll('_', ' '))), column.is_personal && chip('warning', `⚠ ${t('personal data')}`))),
      h('div.stack', describe('columns', column, details), also(column)),
      profile && profileView(profile),
      isOpen && detailsView(column));
  }

  return (place, table) =>
    h('article', { key: table.id, class: 'stack' },
      h('h1.name', named(table.name)),
      h('div.row', table.role && chip('', t(table.role)), table.is_view && chip('', t('view')),
        table.row_count != null && h('span', about(table.row_count_is_estimate, count(table.row_count, 'row', 'rows'))), h('span.row.end', t('Enrich'), enabled(table, toggle))),
      describe('tables', table), also(table),
      h('h2', count(table.column_count, 'column', 'columns')),
      h('ul.card', table.columns.toSorted((a, b) => a.position - b.position).map((column) => columnView(place, table, column))));
}
