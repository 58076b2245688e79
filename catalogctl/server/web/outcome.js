// What the screens of runs say alike: how one stands, and what it came to.

import { h } from '/web/dom.js';
import { about, count, money, t } from '/web/words.js';

const NOUNS = {
  tables: 'table', columns: 'column', rows: 'row', synonyms: 'synonym', kpis: 'key figure', questions: 'question', tokens: 'token',
};

/** What a step does; batches are told of as one. */
export const titled = ({ title }) => t(title.replace(/ batch .*/, ''));

/** What there is of these parts, in a line. */
export const told = (...parts) => parts.filter(Boolean).join(' · ');

export const chip = (status, text = t(status)) => h('span', { class: `chip ${status}` }, text);

/** `12 tables`, `73 columns` …: what jobs have achieved, and what models took for it, "?" where nobody knows. */
export function achieved(jobs) {
  const all = Object.assign({ tokens_input: 0, tokens_output: 0, cost: 0 }, ...jobs.map((job) => job.result));
  all.tokens = all.tokens_input + all.tokens_output;
  const counts = Object.entries(NOUNS).filter(([key]) => all[key])
    .map(([key, noun]) => about(key === 'rows' && all.rows_are_estimated, count(all[key], noun, `${noun}s`)));
  return all.cost === 0 ? counts : [...counts, money(all.cost)];
}

/** The action, never twice at a time, a pause (ms) after each: who asks meanwhile gets the next. */
export function paced(action, pause = 1000) {
  let ready = Promise.resolve();
  let due;
  return () => (due ??= ready.then(() => {
    due = undefined;
    const done = action();
    ready = Promise.allSettled([done, new Promise((resolve) => setTimeout(resolve, pause))]);
    return done;
  }));
}
