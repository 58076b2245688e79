// Calls to the server. What it refuses is thrown as a Problem, whose status is 0 where there was no answer at all.

import { t } from '/web/words.js';

export class Problem extends Error {
  constructor(status, body) {
    super([body.detail, body.hint].filter(Boolean).join('. '));
    Object.assign(this, { status, code: body.code, runId: body.run_id });
  }
}

/** Integers of more digits than a number holds stay text, which is written as a number too. */
const exact = (_, value, { source } = {}) => (/^-?\d{16,}$/.test(source) ? source : value);

export async function call(method, path, body) {
  const headers = body && { 'Content-Type': 'application/json' };
  // Whoever dies in the middle of an answer has not answered.
  const response = await fetch(path, { method, headers, body: JSON.stringify(body) }).catch(() => ({}));
  const answer = await response.text?.().then((text) => JSON.parse(text, exact)).catch(() => undefined);
  if (response.ok && answer) return answer;
  throw new Problem(response.ok ? 0 : response.status ?? 0, answer ?? { detail: response.statusText });
}

/** A path with those parameters that have a value. */
export const path = (base, parameters) => {
  const given = Object.entries(parameters).filter(([, value]) => value != null && value !== '');
  return given.length ? `${base}?${new URLSearchParams(given)}` : base;
};

export const get = (base, parameters = {}) => call('GET', path(base, parameters));

/** What the server refuses to those who press the buttons here, in their language and without a command to type. */
const REASONS = {
  run_active: 'A run is under way on this source already.',
  illegal_transition: 'That is not possible any longer: the run has changed meanwhile.',
  nothing_selected: 'No table is left to enrich: enable one first.',
  unauthorized: 'That is not the token of this server.',
  too_many_attempts: 'Too many attempts: wait a minute.',
  forbidden: 'The server does not take this from a page at this address.',
  run_not_found: 'It is not in the history, or no longer.',
  run_ambiguous: 'Several runs begin like this: write more of it.',
  internal: 'Something went wrong in the server; its log tells more.',
  source_not_found: 'That is no longer in the catalogue.',
  table_not_found: 'That is no longer in the catalogue.',
  column_not_found: 'That is no longer in the catalogue.',
};

export const AWAY = [0, 429, 503]; // no answer, or none before the server has more time

/** The `text` to show; what is not known here is in the words of the server, whose `lang` is English. */
export function refusal({ status, code, message }) {
  if (status === 0) return { text: t('The server does not answer.') };
  if (REASONS[code]) return { text: t(REASONS[code]) };
  return AWAY.includes(status) ? { text: t('The server has no time for this now.') } : { text: message, lang: 'en' };
}
