// Descriptions, and the place where a person writes one.

import { call } from '/web/api.js';
import { h } from '/web/dom.js';
import { t } from '/web/words.js';

export function describing(app) {
  const drafts = new Map(); // what is being written, of which no event and no redraw knows

  function draft(id, text) {
    if (text === undefined) drafts.delete(id);
    else drafts.set(id, text);
    app.draw().then(() => document.getElementById(id)?.focus()); // the field, or the button that gave way to it
  }

  async function save(id, thing) {
    if (!drafts.get(id).trim()) return app.say(t('A description cannot be blank.'), { kind: 'bad' });
    const said = await app.attempt(() => call('PATCH', `/catalog/${id}/description`, { description: drafts.get(id) }));
    if (said) Object.assign(thing, { description: said.description, is_described_by_person: true });
    return said && draft(id);
  }

  function press(event, id, thing) {
    if (event.key === 'Escape') draft(id);
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    save(id, thing);
  }

  /** `kind` is tables or columns; `more` stands beside the button. */
  return (kind, thing, more) => {
    const id = `${kind}/${thing.id}`;
    if (!drafts.has(id)) {
      return [
        thing.description ? h('p', { lang: thing.is_described_by_person ? null : 'en' }, thing.description) : h('p.faint', t('No description yet')),
        h('small', thing.description && t(thing.is_described_by_person ? 'written by a person' : 'generated'), ' ',
          h('button', { id, class: 'quiet', 'aria-label': t('Edit the description of {0}', thing.name),
            onclick: () => draft(id, thing.description ?? '') }, `✎ ${t('Edit')}`), more),
      ];
    }
    return [
      h('textarea', { id, 'aria-label': t('Description of {0}', thing.name), onkeydown: (event) => press(event, id, thing),
        oninput: ({ target }) => drafts.set(id, target.value) }, drafts.get(id)),
      h('div.row', h('button.main', { onclick: () => save(id, thing) }, t('Save')),
        h('button', { onclick: () => draft(id) }, t('Cancel'))),
    ];
  };
}
