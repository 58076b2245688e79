// The tables of a source and the keys between them: whoever refers to another stands on its left, and no key runs behind a table.

import { h, kept, s } from '/web/dom.js';
import { address } from '/web/names.js';
import { language, t } from '/web/words.js';

const [WIDTH, HEIGHT, ASIDE, BELOW] = [176, 30, 64, 14];
const LANE = 9; // for the keys that pass a column on their way to one table
const TALLEST = 16; // tables above each other
const SWEEPS = 8;

function keysBetween(tables) {
  const known = new Set(tables.map(({ name }) => name));
  return tables.flatMap(({ name: from, inferred_keys: inferred, foreign_keys: declared }) =>
    [...new Map([...inferred, ...declared].map((key) => [key.referred_table, declared.includes(key)]))]
      .filter(([to]) => known.has(to)).map(([to, isDeclared]) => ({ from, to, isDeclared })));
}

/** The tables that have keys, in columns: each on the left of all that it refers to. */
function columnsOf(lines) {
  const others = Map.groupBy(lines.filter(({ from, to }) => from !== to), ({ from }) => from);
  const depths = new Map();
  function depth(name) {
    if (!depths.has(name)) {
      depths.set(name, 0); // where tables refer to each other in a circle, it is cut here
      depths.set(name, Math.max(0, ...(others.get(name) ?? []).map(({ to }) => depth(to) + 1)));
    }
    return depths.get(name);
  }
  const layers = [...Map.groupBy(new Set(lines.flatMap(({ from, to }) => [from, to])), depth)].sort(([a], [b]) => b - a);
  return layers.flatMap(([, layer]) => Object.values(Object.groupBy(layer, (_, index) => Math.floor(index / TALLEST))))
    .map((names) => names.map((name) => ({ name, near: [], high: HEIGHT + BELOW })));
}

/** Lead each key from column to column; those that end at one table share a lane. The stops of each, from left to right. */
function lead(lines, columns) {
  const tables = new Map(columns.flatMap((column, across) => column.map((stop) => [stop.name, Object.assign(stop, { across })])));
  const lanes = new Map();
  return lines.map(({ from, to }) => {
    const [left, right] = [tables.get(from), tables.get(to)].sort((a, b) => a.across - b.across);
    const stops = [left];
    for (let across = left.across + 1; across < right.across; across++) {
      const key = JSON.stringify([right.name, across]);
      if (!lanes.has(key)) {
        lanes.set(key, { across, near: [], high: LANE });
        columns[across].push(lanes.get(key));
      }
      stops.push(lanes.get(key));
    }
    stops.push(right);
    stops.slice(1).forEach((stop, index) => {
      stop.near.push(stops[index]);
      stops[index].near.push(stop);
    });
    return stops;
  });
}

/** Put the stops of a column below each other, around the middle. */
function stack(column) {
  let y = -column.reduce((sum, { high }) => sum + high, 0) / 2;
  for (const stop of column) {
    stop.y = y + stop.high / 2;
    y += stop.high;
  }
}

/** Where the tables that have keys stand, level with their neighbours, and the stops of each line between them. */
export function plan(tables) {
  const lines = keysBetween(tables);
  const columns = columnsOf(lines);
  const ways = lead(lines, columns);
  columns.forEach(stack);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const column of sweep % 2 ? columns : columns.toReversed()) {
      for (const stop of column) stop.pull = stop.near.reduce((sum, { y }) => sum + y, 0) / stop.near.length;
      column.sort((a, b) => a.pull - b.pull);
      stack(column);
    }
  }
  const height = Math.max(...columns.map((column) => column.reduce((sum, { high }) => sum + high, 0))) + 2 * BELOW;
  for (const stop of columns.flat()) Object.assign(stop, { x: stop.across * (WIDTH + ASIDE), y: stop.y + height / 2 });
  const spots = columns.flat().filter(({ name }) => name !== undefined).map(({ name, x, y }) => [name, { x, y: y - HEIGHT / 2 }]);
  return {
    lines: lines.map((line, index) => ({ ...line, stops: ways[index].map(({ x, y }) => ({ x, y })) })),
    spots: new Map(spots), width: columns.length * (WIDTH + ASIDE) - ASIDE, height,
  };
}

/** From stop to stop, straight through the columns and bent between them; the arrow is where the key ends. */
function way({ from, to, stops }, spots) {
  const [start] = stops;
  if (from === to) return `M${start.x + WIDTH - 50} ${start.y - HEIGHT / 2}c0 -16 30 -16 30 0`;
  const bends = stops.slice(1).map(({ x, y }, index) => {
    const down = y - stops[index].y;
    return `c${ASIDE / 2} 0 ${ASIDE / 2} ${down} ${ASIDE} ${down}${index < stops.length - 2 ? `h${WIDTH}` : ''}`;
  });
  const isBack = spots.get(from).x > spots.get(to).x;
  const line = `M${start.x + WIDTH} ${start.y}${bends.join('')}`;
  return isBack ? `${line}M${start.x + WIDTH + 7} ${start.y - 4}l-7 4l7 4` : `${line}m-7 -4l7 4l-7 4`;
}

/** Let the keys of one table stand out from all others. */
const light = (name) => ({ currentTarget }) => {
  for (const { classList, dataset } of currentTarget.closest('.keys').querySelectorAll('path')) {
    classList.toggle('lit', [dataset.from, dataset.to].includes(name));
  }
};

export const diagram = (source, tables) =>
  keysBetween(tables)[0] && kept('figure.card.stack', 'keys', [source, tables, language], () => drawing(source, plan(tables)));

function drawing(source, { lines, spots, width, height }) {
  const tableView = ([name, { x, y }]) => {
    const others = lines.filter(({ from }) => from === name).map(({ to }) => to);
    return s('a', { href: address(source, name), 'aria-label': [name || '∅', ...others].join(' → '),
      onpointerenter: light(name), onfocus: light(name), onpointerleave: light(), onblur: light() },
      s('svg', { x, y, width: WIDTH, height: HEIGHT }, s('title', name),
        s('rect', { x: 1, y: 1, width: WIDTH - 2, height: HEIGHT - 2, rx: 6 }),
        s('text', { x: 10, y: 20 }, name.length > 20 ? `${name.slice(0, 19)}…` : name || '∅')));
  };
  const legend = (look) => h('span', s('svg.keys', { width: 34, height: 9 }, s('path', { class: look, d: 'M0 5H30' })), t(look));
  return [
    h('h2', t('Keys')),
    h('div.scroll', s('svg.keys', { width, height, role: 'group', 'aria-label': t('Keys') },
      lines.map((line) => s('path', { class: line.isDeclared ? 'declared' : 'inferred', d: way(line, spots), 'data-from': line.from, 'data-to': line.to })),
      [...spots].map(tableView))),
    h('figcaption.row.faint', legend('declared'), legend('inferred')),
  ];
}
