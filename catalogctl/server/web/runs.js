// The history: runs, newest first. What is active moves, and the newest comes by itself.

import { get, path } from '/web/api.js';
import { h } from '/web/dom.js';
import { achieved, chip, titled } from '/web/outcome.js';
import { ago, duration, percent, t } from '/web/words.js';

const SIZE = 50;
const STATUSES = ['pending', 'running', 'completed', 'failed', 'cancelled'];
const KINDS = ['extraction', 'enrichment', 'refresh'];

/** Add a run to those of a list, or take it for the one that was known, if it is newer. */
const take = (run) => (runs) => runs.get(run.run_id)?.last_seq > run.last_seq || runs.set(run.run_id, run);

export function runsPage(app, query) {
  let known = new Map();
  let next = known;
  let filter = Object.fromEntries(query);
  let sources = [];
  let oldest; // the number of the last run of the page, 0 where it is the last of all

  async function load() {
    const mine = (next = new Map()); // what happens meanwhile is newer than the answer
    const [{ runs }, registered] = await Promise.all([
      get('/catalog/runs', { ...filter, group: 'run', limit: SIZE + 1 }), get('/sources'),
    ]);
    if (mine !== next) return;
    known = mine;
    runs.forEach((run) => take(run)(known));
    oldest = runs[SIZE] ? runs[SIZE - 1].number : 0;
    sources = registered.sources.map((source) => source.name);
  }

  const fits = (run) =>
    ['status', 'kind', 'source'].every((key) => !filter[key] || run[key] === filter[key]) &&
    run.number >= oldest && !(run.number >= filter.before);

  const choice = (key, options, word) =>
    h('label', t(key), ' ',
      h('select', { onchange: ({ target }) => app.go(path('/runs', { ...filter, before: '', [key]: target.value })) },
        [...new Set(['', ...options, filter[key] ?? ''])].map((one) =>
          h('option', { value: one, selected: one === filter[key] }, one ? word(one) : t('all')))));

  function view() {
    app.live.runs.forEach((run) => take(run)(known));
    const found = [...known.values()].filter(fits).sort((a, b) => b.number - a.number);
    const shown = found.slice(0, SIZE);
    const page = (before, name) => h('a.button', { href: path('/runs', { ...filter, before }) }, t(name));
    return [
      h('h1', t('Runs')),
      h('div.row', choice('status', STATUSES, t), choice('kind', KINDS, t), choice('source', sources, String)),
      shown[0] ? h('div.card', h('table.runs',
        h('thead', h('tr', ['run', 'kind', 'status', 'started', 'duration', 'outcome'].map((name) => h('th', t(name))))),
        h('tbody', shown.map(row)),
      )) : oldest >= 0 && h('p.card.empty', t(Object.keys(filter)[0] ? 'There is no such run' : 'Nothing has run yet')),
      h('div.row',
        filter.before && page('', 'Newest'),
        (oldest > 0 || found.length > SIZE) && page(shown.at(-1)?.number ?? oldest, 'Older'),
      ),
    ];
  }

  return {
    title: () => t('Runs'), load, view,
    event: ({ type, seq, data }) => type.startsWith('run.') && [known, next].forEach(take({ ...data, last_seq: seq })),
    turn(asked) {
      filter = Object.fromEntries(asked);
      return app.ask(load);
    },
  };
}

const row = (run) =>
  h('tr', { key: run.run_id },
    h('td', h('a', { href: `/runs/${run.number}` }, `#${run.number} ${run.source}`)),
    h('td', t(run.kind)),
    h('td', chip(run.status)),
    h('td', ago(run.started_at ?? run.created_at)),
    h('td.number', run.started_at && duration(run.started_at, run.completed_at)),
    h('td', h('span.clip.faint', outcome(run))),
  );

/** What a run came to, or where it is. */
function outcome({ jobs }) {
  const job = jobs.find((one) => one.status === 'running');
  const step = job?.steps[job.step_index];
  if (job) return `${step ? titled(step) : t(job.job_type)} · ${percent(job.progress / 100)}`;
  const error = jobs.map((one) => one.error_message).find(Boolean);
  return error ? h('span', { lang: 'en' }, error) : achieved(jobs).map((one, index) => [index > 0 && ' · ', one]);
}
