// The log of events, followed without end: resumes after the last event, waits as the server asks, notices silence.

const SILENCE = 45_000; // three heartbeats
const LONGEST = 15_000;
const STEADY = 10_000;

/** Tell `{event}` for each event and `{state}` as it changes: live, lost, locked (a token is needed), reset (events are missing). */
export function follow(tell) {
  let cursor = '';
  let retry = 1000;
  let failures = 0;
  let heard = 0;
  let connection = new AbortController();
  let goOn = () => {};

  async function read() {
    connection = new AbortController();
    const { signal } = connection;
    const began = (heard = Date.now());
    const headers = cursor ? { 'Last-Event-ID': cursor } : {};
    const response = await fetch('/events', { headers, signal, cache: 'no-store' });
    if (response.status === 401) {
      tell({ state: 'locked' });
      return Infinity;
    }
    if (!response.ok) return 1000 * (response.headers.get('Retry-After') ?? 0);
    tell({ state: 'live' });
    const decoder = new TextDecoder();
    let rest = '';
    let block = {};
    for (const reader = response.body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) return 0;
      heard = Date.now();
      if (heard - began > STEADY) failures = 0;
      const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
      rest = lines.pop();
      for (const line of lines) {
        if (line === '') {
          take(block);
          block = {};
        } else if (line[0] !== ':') {
          const [, name, text] = /^([^:]*):? ?(.*)$/s.exec(line);
          block[name] = name === 'data' && 'data' in block ? `${block.data}\n${text}` : text;
        }
      }
    }
  }

  function take(block) {
    if (block.retry) retry = Number(block.retry);
    if (block.id) cursor = block.id;
    if (block.data === undefined) return;
    failures = 0;
    if (block.event === 'reset') tell({ state: 'reset' });
    else tell({ event: JSON.parse(block.data) });
  }

  async function go() {
    for (;;) {
      const asked = await read().catch(() => 0);
      if (asked !== Infinity) tell({ state: 'lost' });
      const isOurs = connection.signal.aborted; // ended here: no failure
      const patience = isOurs ? 0 : Math.min(LONGEST, retry * 2 ** failures++) * (0.5 + Math.random() / 2);
      await new Promise((resolve) => {
        goOn = resolve;
        if (asked !== Infinity) setTimeout(resolve, Math.max(asked, patience));
      });
    }
  }

  /** Do not wait any longer; when nothing was heard for a while, do not trust the connection either. */
  function look(patience = 20_000) {
    if (Date.now() - heard > patience) connection.abort();
    goOn();
  }

  setInterval(() => Date.now() - heard > SILENCE && connection.abort(), 5000);
  go();
  return { look };
}
