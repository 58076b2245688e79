import { h } from '/web/dom.js';
import { t } from '/web/words.js';

export const runsPage = (app) => ({
  title: () => t('runs'),
  load: async () => {},
  view: () => [h('h1', {}, t('runs'))],
});
