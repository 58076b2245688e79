// The two languages, and how each writes numbers and times. The English text is the key.

import { h } from '/web/dom.js';
import fr from '/web/fr.js';

export let language = localStorage.language ?? (navigator.language.startsWith('fr') ? 'fr' : 'en');

export function speak(chosen) {
  language = localStorage.language = chosen;
}

/** How the reader's own system writes that language: 24 hours in a day or twice twelve. */
const locale = () => navigator.languages.find((one) => one.startsWith(language)) ?? language;

/** `text` in the chosen language, with `{0}`, `{1}` … filled in. */
export const t = (text, ...values) =>
  ((language === 'fr' && fr[text]) || text).replace(/\{(\d)\}/g, (_, index) => values[index]);

const formats = new Map(); // making one takes longer than drawing what it writes

function format(kind, options) {
  const key = language + kind + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl[kind](locale(), options));
  return formats.get(key);
}

export const number = (value, options) => format('NumberFormat', options).format(value);

const date = (at, options) => format('DateTimeFormat', options).format(new Date(at));

/** `3 tables`: the number, and the word that goes with it. */
export const count = (value, one, many) =>
  `${number(value)}\u00a0${t(format('PluralRules').select(value) === 'one' ? one : many)}`;

/** A figure, marked where it is an estimate, for the eye and for the ear. */
export const about = (isEstimate, text) =>
  isEstimate ? [h('span', { 'aria-hidden': 'true' }, '≈\u00a0'), h('span.heard', t('about'), ' '), text] : text;

/** A share (0..1): nothing that is there becomes 0 %, nothing incomplete 100 %. */
export function percent(share) {
  if (share > 0 && share < 0.001) return `<\u00a0${percent(0.001)}`;
  if (share > 0.999 && share < 1) return `>\u00a0${percent(0.999)}`;
  return number(share, { style: 'percent', maximumFractionDigits: share < 0.1 || share > 0.99 ? 1 : 0 });
}

const DOLLARS = { style: 'currency', currency: 'USD', currencyDisplay: 'narrowSymbol' };

/** US dollars; null where the price is not known. */
export const money = (cost) =>
  cost == null ? '?' : number(cost, { ...DOLLARS, maximumFractionDigits: cost < 1 && cost > 0 ? 4 : 2 });

export function duration(from, to) {
  const seconds = Math.max(0, (to ? new Date(to) : new Date()) - new Date(from)) / 1000;
  if (to && seconds < 0.05) return `<\u00a0${number(0.1)}\u00a0s`;
  if (to && seconds < 9.95) return `${number(seconds, { maximumFractionDigits: 1 })}\u00a0s`;
  if (seconds < 60) return `${Math.floor(seconds)}\u00a0s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

const UNITS = [['day', 86400], ['hour', 3600], ['minute', 60], ['second', 1]];

export const day = (at) => date(at, { day: 'numeric', month: 'short' });

/** `2026-05` or another part of a date. */
export function period(text) {
  if (!/^\d{4}(-\d\d){0,2}$/.test(text)) return text;
  const [month, day] = [text[4] && 'short', text[7] && 'numeric'];
  return date(text, { year: 'numeric', month, day, timeZone: 'UTC' });
}

export const clock = (at) => date(at, { timeStyle: 'medium' });

/** A moment, as far away as it is; the whole of it, with the zone, on pointing at it. */
export function ago(at) {
  const seconds = Math.round((new Date(at) - Date.now()) / 1000);
  const [unit, length] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS[3];
  const far = format('RelativeTimeFormat', { numeric: 'auto' }).format(Math.trunc(seconds / length), unit);
  return h('time', { datetime: at, title: date(at, { dateStyle: 'medium', timeStyle: 'long' }) }, far);
}
