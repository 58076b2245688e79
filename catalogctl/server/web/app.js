// The frame around every screen: where one is, what is connected, what runs, and who may look.

import { AWAY, call, Problem, refusal } from '/web/api.js';
import { cataloguePage } from '/web/catalogue.js';
import { h, show } from '/web/dom.js';
import { listen } from '/web/feed.js';
import { Live } from '/web/live.js';
import { llmPage } from '/web/llm.js';
import { runPage } from '/web/run.js';
import { runsPage } from '/web/runs.js';
import { language, speak, t } from '/web/words.js';

const SCREENS = [
  [/^\/$/, cataloguePage, '/', 'Catalogue'],
  [/^\/runs$/, runsPage, '/runs', 'Runs'],
  [/^\/runs\/([^/]+)$/, runPage, '/runs'],
  [/^\/llm$/, llmPage, '/llm', 'Model'],
];

const live = new Live();
let page;
let home;
let isConnected = false;
let isLocked = false;
let isLoaded = false; // all that is shown has been asked for, and events keep it up to date
let notices = [];
let drawing; // a promise, while something waits to be drawn
let due;
let paint;
let rested = 0;

/** What a screen is given: the rest of the pages, as far as it may know them. */
const app = { draw, go, live, say, ask, attempt, start: (kind, source) => attempt(() => live.start(kind, source, draw)) };

/** Draw soon; the promise is kept when it is done. */
function draw() {
  return (drawing ??= new Promise((resolve) => {
    paint = () => {
      drawing = undefined;
      document.documentElement.lang = language;
      document.title = isLocked ? 'catalogctl' : `${page.title()} · catalogctl`;
      const began = performance.now();
      show(document.body, bar(), ...(isLocked ? [gate()] : [messages(), main()]));
      // A thousand tables are much to draw: three quarters of the time are for whoever reads and clicks.
      rested = performance.now() + 3 * (performance.now() - began);
      resolve();
    };
    due = setTimeout(paint, rested - performance.now());
  }));
}

/** Whoever clicks sees at once what comes of it. */
function hurry() {
  rested = 0;
  if (!drawing) return;
  clearTimeout(due);
  due = setTimeout(paint);
}

function bar() {
  const links = SCREENS.filter(([, , , name]) => name).map(([, , address, name]) =>
    h('a', { href: address, 'aria-current': address === home && 'page' }, t(name)),
  );
  const active = [...live.runs.values()];
  return h('header',
    h('a', { class: 'skip', href: '#main', onclick: skip }, t('Skip to the content')),
    h('a.brand', { href: '/' }, 'catalogctl'),
    h('nav', { 'aria-label': t('Screens') }, links),
    h('div', { class: 'now' },
      active.slice(0, 3).map((run) => h('a', { key: run.run_id, class: 'chip running', href: `/runs/${run.number}` }, `${run.source} #${run.number}`)),
      active.length > 3 && h('a', { class: 'chip', href: '/runs' }, `+${active.length - 3}`),
      !isLocked && h('span', { class: isConnected ? 'live' : 'live lost', role: 'status' }, isConnected ? t('live') : t('reconnecting…')),
      h('button', { class: 'quiet', lang: language === 'fr' ? 'en' : 'fr', onclick: translate }, language === 'fr' ? 'English' : 'Français'),
    ),
  );
}

function skip(event) {
  event.preventDefault();
  document.getElementById('main').focus();
}

function translate() {
  speak(language === 'fr' ? 'en' : 'fr');
  draw();
}

const main = () => h('main', { id: 'main', tabindex: -1 }, page.view());

const messages = () =>
  h('div', { class: 'notices', 'aria-live': 'polite' },
    notices.map((notice) =>
      h('p', { key: notice, class: `notice ${notice.kind}`, role: notice.kind === 'bad' ? 'alert' : null },
        h('span', h('span', { lang: notice.lang }, notice.text), ' ', notice.link && h('a', { href: notice.link[0] }, notice.link[1])),
        h('button', { class: 'quiet', 'aria-label': t('Close'), onclick: () => dismiss(notice) }, '×'),
      ),
    ),
  );

function say(text, { kind = 'good', link, lang } = {}) {
  const notice = { text, kind, link, lang };
  notices = [...notices.filter((other) => other.text !== text), notice].slice(-3);
  if (kind === 'good') setTimeout(() => dismiss(notice), 6000);
  draw();
}

function complain(problem) {
  const { text, lang } = refusal(problem);
  say(text, { lang, kind: 'bad', link: problem.runId && [`/runs/${problem.runId}`, t('Show that run')] });
}

function dismiss(notice) {
  notices = notices.filter((other) => other !== notice);
  draw();
}

/** Do what may be refused, and say why if it is. */
async function attempt(action) {
  try {
    return await action();
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    if (problem.status === 401) lock();
    else complain(problem);
    return undefined;
  }
}

/** Ask for what is shown; while the server is away that can wait until it is back, without a word. */
async function ask(action) {
  try {
    await action();
  } catch (problem) {
    if (!AWAY.includes(problem.status)) return attempt(() => Promise.reject(problem));
    isLoaded = false;
    // It may be one answer that was lost and not the server.
    setTimeout(() => isConnected && !isLoaded && load(), 2000);
  }
  return draw();
}

function lock() {
  isLocked = true;
  isLoaded = false;
  draw().then(() => document.querySelector('input')?.focus());
}

const gate = () =>
  h('main', { id: 'main', class: 'gate' },
    h('form', { onsubmit: enter },
      h('h1', t('This server needs its token')),
      h('p', t('It was shown when the server started; the command line keeps it beside the store.')),
      h('label', t('Token'), h('input', { name: 'token', type: 'password', autocomplete: 'current-password', required: true })),
      h('button', { class: 'main' }, t('Enter')),
      notices.map((notice) => h('p', { class: 'notice bad', role: 'alert' }, notice.text)),
    ),
  );

async function enter(event) {
  event.preventDefault();
  const token = new FormData(event.target).get('token');
  try {
    await call('POST', '/session', { token });
  } catch (problem) {
    return complain(problem);
  }
  return feed.retry();
}

/** Ask anew for all that is shown. */
function load() {
  isLoaded = true;
  return ask(() => Promise.all([live.load(), page.load()]));
}

function open() {
  const { pathname, searchParams } = new URL(location);
  const [pattern, make, address] = SCREENS.find(([form]) => form.test(pathname)) ?? SCREENS[0];
  const turned = page?.make === make && page.turn?.(searchParams);
  if (turned) return draw().then(() => turned);
  page = { make, ...make(app, searchParams, ...pattern.exec(pathname)?.slice(1) ?? []) };
  home = address;
  return Promise.all([draw(), isLoaded && ask(() => page.load())]);
}

/** What can be scrolled: the window, and a long list in it. */
const scrolled = () => [document.documentElement, document.querySelector('.scroll')].filter(Boolean);

/** Go to an address of these pages; whoever comes back finds this one as they left it. */
function go(address, { replace = false } = {}) {
  if (!replace) history.replaceState(scrolled().map((one) => one.scrollTop), '');
  history[replace ? 'replaceState' : 'pushState'](null, '', address);
  open();
  if (!replace) scrollTo(0, 0);
}

addEventListener('click', hurry, true);
document.addEventListener('click', (event) => {
  const link = event.target.closest?.('a[href]');
  const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
  // A link in a drawing knows its address only as it was written.
  const to = link && new URL(link.getAttribute('href'), location);
  const isOurs = to?.origin === location.origin && SCREENS.some(([form]) => form.test(to.pathname));
  if (!isPlain || !isOurs || event.defaultPrevented || link.hasAttribute('target')) return;
  event.preventDefault();
  go(to.href);
  document.getElementById('main')?.focus({ preventScroll: true });
});
addEventListener('popstate', async ({ state }) => {
  await open();
  scrolled().forEach((one, index) => (one.scrollTop = state?.[index] ?? one.scrollTop));
});

open();
const feed = listen(({ state, event }) => {
  if (state === 'locked') lock();
  if (state === 'live' && isLocked) {
    // Somebody has entered the token, here or in another tab.
    isLocked = false;
    notices = [];
  }
  if (state) isConnected = state === 'live' || (isConnected && state === 'reset');
  if (state === 'reset' || (state === 'live' && !isLoaded)) load();
  if (event && isLoaded) {
    ask(() => live.take(event));
    ask(() => page.event?.(event));
  }
  draw();
});
setInterval(() => document.hidden || draw(), 1000); // "3 seconds ago" moves
