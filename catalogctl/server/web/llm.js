// The language model: whether it answers, what it offers, and what it has cost.

import { get } from '/web/api.js';
import { h, s } from '/web/dom.js';
import { chip, paced, told } from '/web/outcome.js';
import { day as nameOf, money, number, t } from '/web/words.js';

const SPANS = [7, 30, 90];
const SETTINGS = 'CATALOGCTL_LLM_URL, CATALOGCTL_LLM_MODEL, CATALOGCTL_LLM_API_KEY';
const FIGURES = ['cost', 'calls', 'tokens_input', 'tokens_output'];

export function llmPage(app, query) {
  let days = spanOf(query);
  let status;
  let models = [];
  let costs;

  async function probe() {
    status = undefined;
    app.draw();
    [status, { models }] = await Promise.all([get('/llm/status'), get('/llm/models').catch(() => ({ models: [] }))]);
    app.draw();
  }

  const refresh = paced(async () => {
    const asked = days;
    const answer = await get('/llm/costs', { days });
    if (asked === days) costs = { models: answer.by_model, days: byDay(answer.by_hour, days) };
    app.draw();
  });

  function turn(asked) {
    days = spanOf(asked);
    return app.ask(refresh);
  }

  const view = () => [
    h('div.row', h('h1', t('Model')), h('button.end', { disabled: !status, onclick: () => app.ask(probe) }, t('Try again'))),
    h('section.card.stack', { 'aria-live': 'polite' }, status ? state(status, models) : t('Asking it…')),
    h('nav', { 'aria-label': t('Costs') },
      SPANS.map((span) => h('a', { href: `/llm?days=${span}`, 'aria-current': span === days && 'true' }, t('{0} days', span)))),
    costs && (costs.models[0] ? spent(costs) : h('p.card.empty', t('No model was asked in this time'))),
  ];

  return {
    title: () => t('Model'), turn, view,
    load: () => Promise.all([probe(), refresh()]),
    event: ({ type }) => type === 'llm.used' && refresh(),
  };
}

const spanOf = (query) => SPANS.find((span) => `${span}` === query.get('days')) ?? 30;

/** What the rules and a model in order say of themselves is known in both languages; what is wrong is told by others. */
function own(provider, message) {
  if (provider === 'rules') return t('no model is set up: the rules do the work');
  const [, place] = /^.* answers at (.*)$/.exec(message) ?? [];
  return place ? t('answers at {0}', place) : h('span', { lang: 'en' }, message);
}

const state = ({ status, model, message, provider, seconds }, models) => [
  h('div.row', chip(status === 'ok' ? 'completed' : 'failed', provider === 'rules' ? t(model) : model),
    h('p', own(provider, message), seconds !== null && ` · ${number(seconds)} s`)),
  provider === 'rules'
    ? h('p.faint', t('To have a model say what rules cannot know, set these and start the server again:'), ' ', h('code', SETTINGS))
    : h('p.faint', t('Models'), ': ', models.join(', ')),
];

/** Figures added up, and whether all of them are known. */
const add = (rows) => ({
  ...Object.fromEntries(FIGURES.map((key) => [key, rows.reduce((sum, row) => sum + row[key], 0)])),
  isPart: rows.some(isUnknown),
});

const isUnknown = ({ cost, isPart }) => isPart || cost === null;

/** `$1.20`, `?`, or `$1.20 + ?` where some of it is not known. */
const price = (row) => (row.cost && isUnknown(row) ? `${money(row.cost)} + ?` : money(isUnknown(row) ? null : row.cost));

/** The days of this place up to today, each with what its hours make together. */
function byDay(hours, days) {
  const groups = Object.groupBy(hours, ({ hour }) => new Date(hour).toDateString());
  return Array.from({ length: days + 1 }, (_, index) => {
    const day = new Date();
    day.setDate(day.getDate() - days + index);
    return { day, ...add(groups[day.toDateString()] ?? []) };
  });
}

function spent({ models, days }) {
  const total = add(models);
  // Where nothing was paid, or nobody knows how much, tokens are compared.
  const isPriced = total.cost > 0 && !total.isPart;
  const size = (row) => (isPriced ? row.cost : row.tokens_input + row.tokens_output);
  const most = Math.max(...days.map(size)) || 1;
  const [unit, key] = isPriced ? [money, 'Cost by day'] : [number, 'Tokens by day'];
  const figures = (row) => FIGURES.map((key) => (key === 'cost' ? price(row) : number(row[key])));
  const bar = ({ day, ...row }, index) =>
    s('rect', { x: index + 0.1, width: 0.8, y: 100 - (100 * size(row)) / most, height: (100 * size(row)) / most },
      s('title', told(nameOf(day), ...figures(row))));
  const line = (row, ...name) => h('tr', h('th', { scope: 'row' }, name), figures(row).map((one) => h('td.number', one)));
  const share = (row) => h('progress.bar', { max: size(total) || 1, value: size(row), 'aria-hidden': 'true' });
  return h('section.card.stack',
    h('div.row', h('h2', t(key)), h('small.end', t('at most {0} a day', unit(most)))),
    s('svg.chart', { viewBox: `0 0 ${days.length} 100`, preserveAspectRatio: 'none', role: 'img', 'aria-label': t('As in the table') },
      days.map(bar)),
    h('div.row.faint', nameOf(days[0].day), h('span.end', nameOf(days.at(-1).day))),
    h('table.costs',
      h('thead', h('tr', h('th'), ['cost', 'calls', 'tokens in', 'tokens out'].map((one) => h('th.number', t(one))))),
      h('tbody', models.map((row) => line(row, told(row.model_name, row.provider_name), share(row))), line(total, t('Total'))),
      h('tbody', days.filter((row) => row.calls).reverse().map((row) => line(row, nameOf(row.day))))),
  );
}
