// The catalogue: its sources, the tables of one of them, or a single table; and the search over all of it.

import { call, get } from '/web/api.js';
import { diagram } from '/web/diagram.js';
import { h, kept } from '/web/dom.js';
import { kpiCard } from '/web/kpis.js';
import { linked, named } from '/web/names.js';
import { chip, paced } from '/web/outcome.js';
import { searching } from '/web/search.js';
import { noSource, sourceCard } from '/web/sources.js';
import { enabled, tableViews } from '/web/table.js';
import { about, language, number, t } from '/web/words.js';

const PATHS = ['/sources', '/catalog?columns=false&profile=false', '/kpis', '/suggested-questions'];
const CHANGES = ['catalog.changed', 'kpis.changed', 'run.created', 'run.completed'];
const HEADS = ['Table', 'Role', 'Rows', 'Columns', 'Description', 'Enrich'];

export function cataloguePage(app, query) {
  let place = Object.fromEntries(query);
  let arrived;
  let known; // what the paths have answered
  let table; // null where there is none of that name
  let filter = '';
  const search = searching(app);
  const tableView = tableViews(app, toggle);

  const read = paced(async () => {
    known = Object.assign({}, ...(await Promise.all(PATHS.map((path) => get(path)))));
    app.draw();
  }, 0);

  const readTable = paced(async () => {
    const asked = place;
    if (asked.table === undefined) return;
    const { catalog } = await get('/catalog', asked).catch((problem) => {
      if (problem.status !== 404) throw problem;
      return { catalog: [] };
    });
    if (asked !== place) return;
    table = catalog[0]?.tables.find(({ name }) => name === asked.table) ?? null;
    await app.draw();
    if (arrived !== place) arrive();
  }, 0);

  /** Show the column that was asked for. */
  function arrive() {
    arrived = place;
    const column = table?.columns.find(({ name }) => name === place.column);
    const shown = column && document.getElementById(`c${column.id}`);
    shown?.scrollIntoView({ block: 'center' });
    shown?.focus({ preventScroll: true });
  }

  const load = () => Promise.all([read(), readTable()]);

  async function toggle(one) {
    one.is_enabled = !one.is_enabled;
    app.draw();
    if (await app.attempt(() => call('PATCH', `/catalog/tables/${one.id}/toggle`))) return;
    one.is_enabled = !one.is_enabled;
    app.ask(load);
  }

  const rowView = (source, one) =>
    kept('tr', one.id, [one, one.is_enabled, language], () => [
      h('td', h('span.mono', linked(one.name, source, one.name)), one.is_view && h('small', ' ', t('view'))),
      h('td', one.role && chip('', t(one.role))),
      h('td.number', one.row_count != null && about(one.row_count_is_estimate, number(one.row_count))),
      h('td.number', number(one.column_count)),
      h('td', h('span.clip', { lang: one.is_described_by_person ? null : 'en' }, one.description)),
      h('td', enabled(one, toggle)),
    ]);

  function tablesView(source, tables) {
    const words = ({ name, role, description, synonyms }) => [name, role, t(role ?? ''), description, synonyms].join(' ').toLowerCase();
    const some = tables.filter((one) => words(one).includes(filter.toLowerCase()));
    return h('section.card',
      h('div.row', h('h2', t('Tables')), h('span.faint', { role: 'status' }, `${some.length} / ${tables.length}`),
        h('input.end', { type: 'search', 'aria-label': t('Filter the tables'), placeholder: t('Filter'), value: filter,
          oninput: ({ target }) => app.draw((filter = target.value)) })),
      h('div.scroll', h('table.tables',
        h('thead', h('tr', HEADS.map((name) => h('th', { scope: 'col' }, t(name))))),
        h('tbody', some.map((one) => rowView(source, one))))));
  }

  const questionView = ({ question, source, tables }) =>
    h('li', h('span', { lang: 'en' }, question), ' ', h('small', tables.map((name) => [linked(name, source, name), ' '])));

  function overview() {
    const { sources } = known;
    const chosen = place.source ?? (sources.length === 1 ? sources[0].name : undefined);
    const [kpis, questions] = [known.kpis, known.questions].map((all) => all.filter(({ source }) => source === (chosen ?? source)));
    const tablesOf = (source) => known.catalog.find(({ name }) => name === source)?.tables ?? [];
    const tables = tablesOf(chosen);
    return [
      h('ul.cards', sources.map((one) => sourceCard(one, tablesOf(one.name), one.name === chosen, app))),
      kpis.length > 0 && h('ul.cards.small', { 'aria-label': t('Key figures') }, kpis.map((kpi) => kpiCard(kpi, !chosen))),
      tables.length > 0 && [tablesView(chosen, tables), diagram(chosen, tables)],
      questions.length > 0 && h('section.card.stack', h('h2', t('Questions that the data can answer')), h('ul.stack', questions.map(questionView))),
    ];
  }

  function view() {
    const top = (...parts) => h('div.row', parts, search());
    if (place.table === undefined) return [top(h('h1', t('Catalogue'))), known && (known.sources.length ? overview() : noSource())];
    return [
      top(h('span', h('a', { href: '/' }, t('Catalogue')), ' › ', linked(place.source, place.source))),
      table ? tableView(place, table) : [h('h1.name', named(place.table)), table === null && h('p', t('There is no such table, or no longer.'))],
    ];
  }

  return {
    title: () => place.table ?? place.source ?? t('Catalogue'),
    load,
    view,
    event: ({ type }) => CHANGES.includes(type) && load(),
    turn(asked) {
      const before = place;
      place = Object.fromEntries(asked);
      if (place.table !== before.table || place.source !== before.source) table = undefined;
      return app.ask(() => Promise.all([known ?? read(), readTable()]));
    },
  };
}
