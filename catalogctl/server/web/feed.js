// The events, as one tab gets them: from the worker that all tabs share, or by itself where a browser knows no such thing.

import { follow } from '/web/stream.js';

const policy = globalThis.trustedTypes?.createPolicy('feed', { createScriptURL: (address) => address });
const worker = '/web/feed-worker.js';

export function listen(tell) {
  let post = () => {};
  let heard;
  let isMissing = false;

  function take({ data }) {
    heard = Date.now();
    if (data.state || data.event) tell(data);
    if (data.state === 'live' && isMissing) {
      isMissing = false;
      tell({ state: 'reset' });
    }
  }

  function share() {
    const shared = new SharedWorker(policy?.createScriptURL(worker) ?? worker, { type: 'module' });
    heard = Date.now();
    shared.onerror = alone;
    shared.port.onmessage = take;
    post = (message) => shared.port.postMessage(message);
  }

  function alone() {
    const stream = follow((message) => take({ data: message }));
    post = (message) => message !== 'bye' && stream.look(message);
    heard = Infinity;
  }

  globalThis.SharedWorker ? share() : alone();
  setInterval(() => {
    if (Date.now() - heard < 2000 || document.hidden) return;
    tell({ state: 'lost' });
    isMissing = true;
    share();
  }, 250);
  addEventListener('pagehide', () => post('bye'));
  addEventListener('pageshow', ({ persisted }) => persisted && location.reload());
  addEventListener('online', () => post(0));
  document.addEventListener('visibilitychange', () => document.hidden || post());
  return { retry: () => post(0) };
}
