// The events, as one tab gets them: from the worker that all tabs share, or by itself where a browser knows no such thing.

import { follow } from '/web/stream.js';

const policy = globalThis.trustedTypes?.createPolicy('feed', { createScriptURL: (address) => address });
const SILENCE = 1300; // ms: two beats of the worker, and some patience
const worker = '/web/feed-worker.js';

export function listen(tell) {
  let post = () => {};
  let heard;
  let isMissing = false;
  let name;

  function take(message) {
    if (message.state || message.event) tell(message);
    if (message.state === 'live' && isMissing) {
      isMissing = false;
      tell({ state: 'reset' });
    }
  }

  function share() {
    name = localStorage.feed ?? '0';
    const shared = new SharedWorker(policy?.createScriptURL(worker) ?? worker, { type: 'module', name });
    const { port } = shared;
    heard = Date.now();
    // A browser that cannot run it follows by itself; what could not be fetched is fetched again.
    shared.onerror = () => fetch(worker).then(alone, () => (heard = 0));
    port.onmessage = ({ data }) => {
      heard = Date.now();
      take(data);
    };
    post = (message) => port.postMessage(message);
  }

  function alone() {
    const stream = follow(take);
    post = (message) => typeof message !== 'string' && stream.look(message);
    heard = Infinity;
  }

  globalThis.SharedWorker ? share() : alone();
  let looks = 0;
  setInterval(() => {
    // Two looks in a row: whoever has slept looks before it listens.
    looks = Date.now() - heard < SILENCE ? 0 : looks + 1;
    if (looks < 2) return;
    looks = 0;
    tell({ state: 'lost' });
    isMissing = true;
    post('replaced');
    // All tabs must meet at the same new one, and a browser may go on handing out the old one by its name.
    if (name === (localStorage.feed ?? '0')) localStorage.feed = Number(name) + 1;
    share();
  }, 200);
  addEventListener('pagehide', () => post('bye'));
  addEventListener('pageshow', ({ persisted }) => persisted && location.reload());
  addEventListener('online', () => post(0));
  document.addEventListener('visibilitychange', () => document.hidden || post());
  return { retry: () => post(0) };
}
