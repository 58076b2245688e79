// Search as one types, over all that is catalogued.

import { get } from '/web/api.js';
import { h } from '/web/dom.js';
import { address, named } from '/web/names.js';
import { t } from '/web/words.js';

const PAUSE = 120; // ms between two keys of somebody who goes on typing

export function searching(app) {
  let words = '';
  let hits;
  let timer;

  function type(text) {
    words = text;
    clearTimeout(timer);
    if (!words.trim()) hits = undefined;
    else timer = setTimeout(() => app.attempt(() => look(text)), PAUSE);
    app.draw();
  }

  async function look(asked) {
    const answer = await get('/catalog/search', { q: asked, limit: 12 });
    if (asked === words) hits = answer.hits;
    return app.draw();
  }

  async function enter() {
    const asked = words;
    await look(asked);
    if (asked === words) document.querySelector('.hits a')?.click();
  }

  function steer(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const stops = [...event.currentTarget.querySelectorAll('input, a')];
    if (event.key === 'Enter' && event.target === stops[0] && words.trim()) app.attempt(enter);
    if (!step) return;
    event.preventDefault();
    stops.at((stops.indexOf(document.activeElement) + step) % stops.length).focus();
  }

  const hit = ({ source, table, column, description }) =>
    h('li', h('a', { href: address(source, table, column), onclick: () => type('') },
      h('span.mono.clip', [source, table, column].filter((name) => name != null).map((name, index) => [index > 0 && ' › ', named(name)])),
      h('small.clip', { lang: 'en' }, description)));

  return () =>
    h('search', { onkeydown: steer },
      h('input', { id: 'search', type: 'search', 'aria-label': t('Search'), placeholder: `${t('Search')}  /`, value: words,
        autocomplete: 'off', oninput: ({ target }) => type(target.value) }),
      h('p.faint', { role: 'status' }, hits?.length === 0 && t('Nothing found')),
      hits?.length > 0 && h('ul.hits.card', { tabindex: -1 }, hits.map(hit)));
}

document.addEventListener('keydown', (event) => {
  const field = document.getElementById('search');
  if (event.key !== '/' || !field || event.target.matches('input, textarea')) return;
  event.preventDefault();
  field.focus();
});
