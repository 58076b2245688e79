// What runs at this moment, for whom it may concern: buttons, the bar at the top, the lists.

import { call, get } from '/web/api.js';

const VERBS = { extraction: 'extract', enrichment: 'enrich', refresh: 'refresh' };

export class Live {
  runs = new Map();
  #starting = new Map();
  #status = { seq: 0, active: null };

  async load() {
    const before = this.#status;
    const ask = async (status) => (await get('/catalog/runs', { group: 'run', status, limit: 1000 })).runs;
    // One after the other: a run that begins in between is in both answers, not in neither.
    const all = [...await ask('pending'), ...await ask('running')];
    const found = all.filter((run) => before === this.#status || this.#isActive(run));
    this.runs = new Map(found.map((run) => [run.run_id, this.#newest(run)]));
  }

  /** Take an event of the log; a promise where more has to be asked for. */
  take({ type, seq, run_id: id, data }) {
    if (type === 'run.created') this.runs.set(id, { ...data, last_seq: seq });
    if (type.startsWith('job.') && this.runs.has(id)) this.runs.set(id, withJob(this.runs.get(id), data, seq));
    if (type !== 'status.changed') return undefined;
    this.#status = { seq, active: new Set(data.active_run_ids) };
    for (const known of [...this.runs.keys()]) if (!this.#status.active.has(known)) this.runs.delete(known);
    return this.runs.size < this.#status.active.size ? this.load() : undefined;
  }

  /** What the stream has told of a run meanwhile, if it is newer. */
  #newest(run) {
    const known = this.runs.get(run.run_id);
    return known?.last_seq > run.last_seq ? known : run;
  }

  #isActive = (run) => !(run.last_seq <= this.#status.seq) || this.#status.active.has(run.run_id);

  /** The active run of a source, or what is known of the one that was just asked for. */
  of(source) {
    return [...this.runs.values()].find((run) => run.source === source) ?? this.#starting.get(source);
  }

  /** Start a run; the source counts as busy from the click on. */
  async start(kind, source, draw) {
    this.#starting.set(source, { kind, source, jobs: [] });
    draw();
    try {
      const { run: jobs, ...run } = await call('POST', `/catalog/${VERBS[kind]}`, { source });
      if (!this.runs.has(run.run_id) && this.#isActive(run)) this.runs.set(run.run_id, { ...run, jobs });
    } finally {
      this.#starting.delete(source);
      draw();
    }
  }
}

/** A run with the newer record of one of its jobs; what is older than the run is nothing new. */
export function withJob(run, job, seq) {
  if (seq <= (run.last_seq ?? 0)) return run;
  const jobs = run.jobs.map((known) => (known.id === job.id ? job : known));
  const status = jobs.some((one) => one.status === 'running') ? 'running' : run.status;
  return { ...run, jobs, status, started_at: run.started_at ?? job.started_at, last_seq: seq };
}
