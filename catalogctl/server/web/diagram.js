// The tables of a source and the keys between them: whoever refers to another stands on its left.

import { h, s } from '/web/dom.js';
import { address } from '/web/names.js';
import { t } from '/web/words.js';

const [WIDTH, HEIGHT, ASIDE, BELOW] = [176, 30, 64, 14];
const TALLEST = 16; // tables above each other
const SWEEPS = 8;
const plans = new WeakMap();

/** Where the tables that have keys stand: each left of all that it refers to, and level with its neighbours. */
export function plan(tables) {
  const known = new Set(tables.map(({ name }) => name));
  const lines = tables.flatMap(({ name: from, inferred_keys: inferred, foreign_keys: declared }) =>
    [...new Map([...inferred, ...declared].map((key) => [key.referred_table, declared.includes(key)]))]
      .filter(([to]) => known.has(to)).map(([to, isDeclared]) => ({ from, to, isDeclared })));
  const depths = new Map();
  function depth(name) {
    if (!depths.has(name)) {
      depths.set(name, 0); // where tables refer to each other in a circle, it is cut here
      const others = lines.filter(({ from, to }) => from === name && to !== name);
      depths.set(name, Math.max(0, ...others.map(({ to }) => depth(to) + 1)));
    }
    return depths.get(name);
  }
  const layers = [...Map.groupBy(new Set(lines.flatMap(({ from, to }) => [from, to])), depth)].sort(([a], [b]) => b - a);
  const levels = new Map();
  const pull = (name) => {
    const near = lines.filter(({ from, to }) => from === name || to === name);
    return near.reduce((sum, { from, to }) => sum + (levels.get(from === name ? to : from) ?? 0), 0) / near.length;
  };
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const [, layer] of layers) {
      const pulls = new Map(layer.map((name) => [name, pull(name)]));
      layer.sort((a, b) => pulls.get(a) - pulls.get(b)).forEach((name, index) => levels.set(name, index - layer.length / 2));
    }
  }
  const columns = layers.flatMap(([, layer]) => Object.values(Object.groupBy(layer, (_, index) => Math.floor(index / TALLEST))));
  const height = Math.max(...columns.map(({ length }) => length)) * (HEIGHT + BELOW);
  const spots = columns.flatMap((column, across) => column.map((name, down) =>
    [name, { x: across * (WIDTH + ASIDE), y: height / 2 + BELOW + (down - column.length / 2) * (HEIGHT + BELOW) }]));
  return { lines, spots: new Map(spots), width: columns.length * (WIDTH + ASIDE), height: height + BELOW };
}

function way({ x, y }, end) {
  if (end.x === x && end.y === y) return `M${x + WIDTH - 50} ${y}c0 -16 30 -16 30 0`;
  const [across, down] = [end.x - x - WIDTH, end.y - y];
  const bend = Math.max(ASIDE, across) / 2;
  return `M${x + WIDTH} ${y + HEIGHT / 2}c${bend} 0 ${across - bend} ${down} ${across} ${down}m-7 -4l7 4l-7 4`;
}

export function diagram(source, tables) {
  if (!plans.has(tables)) plans.set(tables, plan(tables));
  const { lines, spots, width, height } = plans.get(tables);
  const tableView = ([name, { x, y }]) => {
    const others = lines.filter(({ from }) => from === name).map(({ to }) => to);
    return s('a', { href: address(source, name), 'aria-label': [name || '∅', ...others].join(' → ') },
      s('svg', { x, y, width: WIDTH, height: HEIGHT }, s('title', name),
        s('rect', { x: 1, y: 1, width: WIDTH - 2, height: HEIGHT - 2, rx: 6 }),
        s('text', { x: 10, y: 20 }, name.length > 20 ? `${name.slice(0, 19)}…` : name || '∅')));
  };
  const legend = (look) => h('span', s('svg.keys', { width: 34, height: 9 }, s('path', { class: look, d: 'M0 5H30' })), t(look));
  return lines.length > 0 && h('figure.card.stack', h('h2', t('Keys')),
    h('div.scroll', s('svg.keys', { width, height, role: 'group', 'aria-label': t('Keys') },
      lines.map(({ from, to, isDeclared }) => s('path', { class: isDeclared ? 'declared' : 'inferred', d: way(spots.get(from), spots.get(to)) })),
      [...spots].map(tableView))),
    h('figcaption.row.faint', legend('declared'), legend('inferred')));
}
