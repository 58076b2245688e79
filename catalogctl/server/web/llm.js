import { h } from '/web/dom.js';
import { t } from '/web/words.js';

export const llmPage = (app) => ({
  title: () => t('llm'),
  load: async () => {},
  view: () => [h('h1', {}, t('llm'))],
});
