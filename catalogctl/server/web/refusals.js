// What the server refuses to those who press the buttons here, in their language and without a command to type.

import { t } from '/web/words.js';

const GONE = () => t('That is no longer in the catalogue.');
const REASONS = {
  run_active: () => t('A run is under way on this source already.'),
  illegal_transition: () => t('That is not possible any longer: the run has changed meanwhile.'),
  nothing_selected: () => t('No table is left to enrich: enable one first.'),
  unauthorized: () => t('That is not the token of this server.'),
  too_many_attempts: () => t('Too many attempts: wait a minute.'),
  forbidden: () => t('The server does not take this from a page at this address.'),
  run_not_found: () => t('It is not in the history, or no longer.'),
  run_ambiguous: () => t('Several runs begin like this: write more of it.'),
  internal: () => t('Something went wrong in the server; its log tells more.'),
  source_not_found: GONE, table_not_found: GONE, column_not_found: GONE, not_found: GONE,
};

export const AWAY = [0, 429, 503]; // no answer, or none before the server has more time

/** The `text` to show; what is not known here is in the words of the server, whose `lang` is English. */
export function refusal({ status, code, message }) {
  if (status === 0) return { text: t('The server does not answer.') };
  if (REASONS[code]) return { text: REASONS[code]() };
  return AWAY.includes(status) ? { text: t('The server has no time for this now.') } : { text: message, lang: 'en' };
}
