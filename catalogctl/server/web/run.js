import { h } from '/web/dom.js';
import { t } from '/web/words.js';

export const runPage = (app) => ({
  title: () => t('run'),
  load: async () => {},
  view: () => [h('h1', {}, t('run'))],
});
