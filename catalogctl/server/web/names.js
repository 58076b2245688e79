// Where things of the catalogue are shown, and their names: apart from what is around, as they may run from right to left.

import { h } from '/web/dom.js';

export const address = (source, table, column) =>
  `/?${new URLSearchParams(Object.entries({ source, table, column }).filter(([, name]) => name != null))}`;

export const named = (name) => h('bdi', { title: name }, name || '∅');

export const linked = (name, ...place) => h('a', { href: address(...place) }, named(name));
