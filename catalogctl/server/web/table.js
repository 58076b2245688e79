// One table: its keys and its columns.

import { describing } from '/web/describing.js';
import { h } from '/web/dom.js';
import { linked, named } from '/web/names.js';
import { chip } from '/web/outcome.js';
import { detailsView, profileView } from '/web/profile.js';
import { about, count, percent, t } from '/web/words.js';

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
