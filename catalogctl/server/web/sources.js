// Sources: what is known of each, what runs on it, and the buttons that start something.

import { h } from '/web/dom.js';
import { linked } from '/web/names.js';
import { chip, titled } from '/web/outcome.js';
import { about, ago, count, t } from '/web/words.js';

const STARTS = { extraction: 'Extract', enrichment: 'Enrich', refresh: 'Refresh' };

function runView({ number, kind, jobs }) {
  const step = jobs.find(({ status }) => status === 'running')?.steps.find(({ status }) => status === 'running');
  const progress = jobs.reduce((sum, job) => sum + job.progress, 0) / jobs.length;
  return h('div.row',
    number ? h('a.chip.running', { href: `/runs/${number}` }, `${t(kind)} #${number}`) : chip('running', t('starting')),
    h('small', step && `${titled(step)} ${step.done}/${step.total}`),
    h('progress.bar', { max: 100, value: progress || 0, 'aria-label': t(kind) }));
}

export function sourceCard({ name, type, location, extracted_at: extracted }, tables, isChosen, app) {
  const run = app.live.of(name);
  const sum = (key) => tables.reduce((all, table) => all + (table[key] ?? 0), 0);
  const [columns, rows] = [sum('column_count'), sum('row_count')];
  const counts = [
    count(tables.length, 'table', 'tables'),
    count(columns, 'column', 'columns'),
    about(tables.some((table) => table.row_count_is_estimate), count(rows, 'row', 'rows')),
  ];
  const start = ([kind, verb]) => h('button', { class: kind === 'refresh' ? 'main' : '', onclick: () => app.start(kind, name),
    disabled: Boolean(run) || (kind === 'enrichment' && !tables.length) }, t(verb));
  return h('li', { key: name, class: 'card stack', 'aria-current': isChosen && 'true' },
    h('div.row', h('h2', linked(name, name)), chip('', type), extracted && h('small.end', t('extracted'), ' ', ago(extracted))),
    h('p.mono.clip', location),
    h('p', extracted ? counts.map((one, index) => [index > 0 && ' · ', one]) : t('Nothing is known of it yet. Refresh reads it and finds out what it means.')),
    h('div.row', { role: 'group', 'aria-label': name }, Object.entries(STARTS).map(start)),
    run && runView(run));
}

export const noSource = () =>
  h('div.card.empty.stack',
    h('h2', t('Nothing is catalogued yet')), h('p', t('Begin on the command line:')),
    ['demo', 'serve shop.db', 'sources add sales postgresql://ann@db.example/sales'].map((words) => h('p', h('code', `catalogctl ${words}`))));
