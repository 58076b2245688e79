// A reader of event streams that is not ours: node foreign_reader.mjs NAME URL. Prints what it is given, a line each.
// The packages are those in the folder that CATALOGCTL_TEST_NODE_MODULES names. CATALOGCTL_TOKEN opens a server that
// wants one.

import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

const require = createRequire(`${process.env.CATALOGCTL_TEST_NODE_MODULES}/`);
const [name, url] = process.argv.slice(2);
const tell = (id, event, data) => process.stdout.write(`${JSON.stringify({ id, event, data })}\n`);
const token = process.env.CATALOGCTL_TOKEN;
const allowed = token ? { Authorization: `Bearer ${token}` } : {};
const of = (topic, ...ends) => ends.map((end) => `${topic}.${end}`);
const TYPES = [
  ...of('run', 'created', 'completed', 'failed', 'cancelled'),
  ...of('job', 'started', 'progressed', 'completed', 'failed', 'cancelled'),
  ...['status.changed', 'catalog.changed', 'kpis.changed', 'llm.used', 'reset'],
];

/** As browsers do it: reconnects and resumes by itself. */
function readByEventSource() {
  const { EventSource } = require('eventsource');
  const source = new EventSource(url, {
    fetch: (address, init) => fetch(address, { ...init, headers: { ...init.headers, ...allowed } }),
  });
  const take = ({ lastEventId, type, data }) => tell(lastEventId, type, data);
  for (const type of ['message', ...TYPES]) source.addEventListener(type, take);
  source.addEventListener('error', () => source.readyState === EventSource.CLOSED && process.exit(0));
}

/** Only takes frames apart; the connection is ours to make anew. */
async function readByParser() {
  const { createParser } = require('eventsource-parser');
  let last = '';
  for (;;) {
    const parser = createParser({
      onEvent({ id, event, data }) {
        last = id ?? last;
        tell(last, event ?? 'message', data);
      },
    });
    try {
      const answer = await fetch(url, { headers: { ...allowed, ...(last ? { 'Last-Event-ID': last } : {}) } });
      if (answer.status === 204) return;
      if (!answer.ok) throw new Error(answer.statusText);
      for await (const text of answer.body.pipeThrough(new TextDecoderStream())) parser.feed(text);
    } catch {
      // Cut off: what was whole has been told.
    }
    await sleep(20);
  }
}

await { eventsource: readByEventSource, 'eventsource-parser': readByParser }[name]();
