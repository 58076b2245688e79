// One run, live or finished: its jobs with their flow, and the log of what happened.

import { call, get, refusal } from '/web/api.js';
import { h } from '/web/dom.js';
import { GLYPHS, flow, stages } from '/web/flow.js';
import { withJob } from '/web/live.js';
import { achieved, chip, paced, told } from '/web/outcome.js';
import { ago, clock, count, duration, t } from '/web/words.js';

const wide = matchMedia('(min-width: 48rem)');

/** `reference` is as it stands in the address. */
export function runPage(app, query, reference) {
  const missed = [];
  let run;
  let problem;
  let tasks = [];
  let calls = [];
  let hasWorker = true;
  let isAsked = false;
  wide.onchange = app.draw;

  const refresh = paced(async () => {
    const days = 1 + Math.ceil((Date.now() - new Date(run.created_at)) / 864e5);
    const [used, ...all] = await Promise.all([
      get('/llm/calls', { run_id: run.run_id, days }), ...run.jobs.map(({ id }) => tasksOf(id)),
    ]);
    calls = used.calls;
    tasks = all.flat();
    app.draw();
  });

  function take(one) {
    if (!(run?.last_seq > one.last_seq)) run = { jobs: one.run, ...one };
    app.draw();
  }

  async function load() {
    try {
      const answer = await get(`/catalog/run/${reference}`);
      if (reference === 'latest') return app.go(`/runs/${answer.number}`, { replace: true });
      take(answer);
      problem = undefined;
      hasWorker = answer.has_worker;
    } catch (missing) {
      if (missing.status !== 404) throw missing;
      problem = missing;
      missed.length = 0;
      return app.draw();
    }
    return Promise.all([...missed.splice(0).map(event), refresh()]);
  }

  function event(one) {
    const { type, seq, run_id: id, data } = one;
    if (!run) missed.push(one);
    if (problem && type === 'run.created') return load();
    if (!run || id !== run.run_id) return undefined;
    if (type.startsWith('run.')) take({ ...data, last_seq: seq });
    if (type.startsWith('job.')) {
      if (data.status === 'pending') return load(); // another attempt
      run = withJob(run, data, seq);
      hasWorker = true;
    }
    return refresh();
  }

  async function change(verb, said) {
    isAsked = true;
    try {
      take(await call('POST', `/catalog/run/${run.run_id}/${verb}`));
      app.say(t(said, run.number));
    } finally {
      isAsked = false;
      await load();
    }
  }

  const button = (name, isFit, ...what) =>
    h('button', { disabled: isAsked || !isFit, onclick: () => app.attempt(() => change(...what)) }, t(name));

  function view() {
    if (problem) return [h('h1', t('There is no such run')), h('p.card', { lang: refusal(problem).lang }, refusal(problem).text)];
    if (!run) return [h('h1', t('Run {0}', reference))];
    const isActive = ['pending', 'running'].includes(run.status);
    const jobs = run.jobs.map((job) => ({ ...job, steps: stages(job, tasks.filter((task) => task.job === job.id)) }));
    return [
      h('div.row',
        h('h1', t('Run {0}', run.number), ' · ', run.source), chip(run.status), t(run.kind),
        ago(run.started_at ?? run.created_at), run.started_at && duration(run.started_at, run.completed_at),
        run.status !== 'completed' && h('span.row.end',
          button('Cancel', isActive, 'cancel', 'Run {0} is cancelled.'), button('Retry', !isActive, 'retry', 'Run {0} is tried again.')),
      ),
      h('code.faint.id', run.run_id),
      isActive && !hasWorker && h('p.warning', { role: 'alert' }, '⚠ ', t('No live worker is on it. Start one: catalogctl worker')),
      h('div.run',
        h('div.stack', jobs.map(card)),
        h('section.card.stack',
          h('div.row', h('h2', t('Log')), h('small', Intl.DateTimeFormat().resolvedOptions().timeZone)),
          h('div.log', { tabindex: 0, role: 'region', 'aria-label': t('Log') }, h('ol', story(run, jobs, calls)))),
      ),
    ];
  }

  return { title: () => t('Run {0}', run ? `${run.number} · ${run.source}` : reference), load, event, view };
}

/** All tasks of a job; one answer holds a thousand. */
async function tasksOf(job, after) {
  const { tasks } = await get(`/catalog/jobs/${job}/tasks`, { after });
  const rest = tasks[999] ? await tasksOf(job, tasks[999].id) : [];
  return [...tasks.map((task) => ({ ...task, job })), ...rest];
}

const attempt = ({ attempt: number }) => number > 1 && t('attempt {0}', number);

const card = (job) =>
  h('section.card.stack',
    h('div.row',
      h('h2', t(job.job_type)), chip(job.status), attempt(job),
      job.current_step && h('small.end', t('step {0} of {1}', job.step_index + 1, job.total_steps))),
    h('progress.bar', { max: 100, value: job.progress, 'aria-label': t(job.job_type) }),
    flow(job, wide.matches),
    job.error_message && h('p', { class: job.status, lang: 'en' }, job.error_message),
    job.result && h('div.row', achieved([job]).map((one) => chip('', one))),
    job.warnings_total > 0 && h('div.warning', '⚠ ', count(job.warnings_total, 'warning', 'warnings'),
      h('ul', { lang: 'en' }, job.warnings.slice(0, 5).map((note) => h('li', told(note.table, note.column, note.message))))),
  );

/** All that has happened, in its order. */
function story(run, jobs, calls) {
  const lines = [];
  const tell = (at, status, error, ...parts) => at && lines.push({ at, status, text: told(...parts), error });
  // Who did what, where there were several.
  const tasks = jobs.flatMap((job) => job.steps.flatMap((step) => step.tasks));
  const areSeveral = new Set(tasks.map((task) => task.worker).filter(Boolean)).size > 1;
  tell(run.created_at, 'pending', null, t(run.kind), t('queued'));
  for (const job of jobs) {
    const name = t(job.job_type);
    if (job.current_step) tell(job.started_at, 'running', null, name, t('started'), attempt(job));
    for (const step of job.steps) {
      for (const task of step.tasks.filter((one) => one.started_at && (step.isFan || one.attempt > 1))) {
        tell(task.completed_at ?? task.started_at, task.status, task.error, task.name, areSeveral && task.worker, attempt(task));
      }
      tell(step.completed_at ?? step.started_at, step.status, null, t(step.title), step.took);
    }
    tell(job.completed_at, job.status, job.error_message, name, t(job.status));
  }
  for (const { at, ok, model, seconds, error, ...used } of calls) {
    tell(at, ok ? 'completed' : 'failed', error, model, ...(ok ? achieved([{ result: used }]) : []), duration(0, seconds * 1000));
  }
  return lines.sort((a, b) => (a.at > b.at) - (a.at < b.at)).map(({ at, status, text, error }) =>
    h('li', h('time', { datetime: at }, clock(at)), h('span', { class: status }, GLYPHS[status]), h('span.clip', text, error && [' · ', h('span', { lang: 'en' }, error)])));
}
