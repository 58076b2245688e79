import { h } from '/web/dom.js';
import { t } from '/web/words.js';

export const cataloguePage = (app) => ({
  title: () => t('catalogue'),
  load: async () => {},
  view: () => [h('h1', {}, t('catalogue'))],
});
