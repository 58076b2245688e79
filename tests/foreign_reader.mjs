// A reader of event streams that is not ours: node foreign_reader.mjs NAME URL. Prints what it is given, a line each.
// The packages are those in the folder that CATALOGCTL_TEST_NODE_MODULES names.

import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

const require = createRequire(`${process.env.CATALOGCTL_TEST_NODE_MODULES}/`);
const [name, url] = process.argv.slice(2);
const tell = (id, event, data) => process.stdout.write(`${JSON.stringify({ id, event, data })}\n`);
const TYPES = ['llm.used', 'run.created', 'job.started', 'job.progressed', 'job.completed', 'run.completed', 'status.changed', 'reset'];

/** As browsers do it: reconnects and resumes by itself. */
function readByEventSource() {
  const { EventSource } = require('eventsource');
  const source = new EventSource(url);
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
      const answer = await fetch(url, { headers: last ? { 'Last-Event-ID': last } : {} });
      if (answer.status === 204) return;
      for await (const text of answer.body.pipeThrough(new TextDecoderStream())) parser.feed(text);
    } catch {
      // Cut off: what was whole has been told.
    }
    await sleep(20);
  }
}

await { eventsource: readByEventSource, 'eventsource-parser': readByParser }[name]();
