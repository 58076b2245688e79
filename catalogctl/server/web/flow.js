// A job as a picture: its steps in their order, and below them the tables or batches that they fan out to.

import { h, s } from '/web/dom.js';
import { told } from '/web/outcome.js';
import { duration, t } from '/web/words.js';

const HIGH = 46;
const GAP = 18;
const MOST_NAMED = 12;
export const GLYPHS = { pending: '○', running: '◐', completed: '✓', failed: '✗', cancelled: '⊘' };

const stem = (key) => key.replace(/_\d+$/, '');

/** The steps of a job with their tasks. Batches are done side by side, so they are one step here, known or not yet. */
export function stages(job, tasks) {
  const batches = job.steps.filter(({ key }) => stem(key) !== key);
  const steps = job.steps.filter(({ key }) => stem(key) === key);
  if (job.job_type === 'enrichment') steps.splice(2, 0, joined(batches, job.status));
  return steps.map((step) => ({
    ...step,
    isFan: ['profile_tables', 'llm_batch'].includes(step.key),
    said: unreached(step, job) ? 'not reached' : step.status,
    took: told(step.total > 1 && t('{0} of {1}', step.done, step.total), step.started_at && duration(step.started_at, step.completed_at)),
    tasks: tasks.filter((task) => stem(task.step) === step.key).map((task) => ({
      ...task,
      name: task.step === step.key ? task.key || '∅' : t('batch {0}', parseInt(task.key)),
      // The job tells of what is in work at once, its tasks a moment later.
      status: task.status === 'pending' && step.active.includes(task.key) ? 'running' : task.status,
    })),
  }));
}

const unreached = ({ status }, job) => status === 'pending' && job.completed_at;

function joined(batches, status) {
  const has = (wanted) => batches.some((batch) => batch.status === wanted);
  const left = batches.filter((batch) => ['pending', 'running'].includes(batch.status));
  const isUntouched = batches.every((batch) => batch.status === 'pending');
  const isGoing = has('running') || (left[0] && status === 'running');
  return {
    key: 'llm_batch', title: 'Describe', done: batches.reduce((sum, batch) => sum + batch.done, 0), total: batches.length,
    status: isUntouched ? 'pending' : isGoing ? 'running' : left[0] ? status : ['cancelled', 'completed'].find(has) ?? 'failed',
    active: batches.flatMap((batch) => batch.active),
    started_at: batches[0]?.started_at,
    completed_at: isGoing ? null : batches.map((batch) => batch.completed_at).sort().findLast(Boolean),
  };
}

export function flow(job, isWide) {
  const { steps } = job;
  const width = isWide ? 880 : 320;
  const wide = isWide ? Math.min((width + GAP) / steps.length - GAP, 220) : width;
  const pitch = isWide && (width - wide) / (steps.length - 1);
  const drawn = [];
  let low = 0;
  steps.forEach((step, index) => {
    const x = index * pitch;
    const y = isWide || !index ? 0 : low + GAP;
    const middle = x + wide / 2;
    const name = t(step.title);
    const why = (step.status === 'failed' && job.error_message) || step.took;
    const edge = (way) => drawn.push(s('path', { class: `edge ${step.status}`, d: `M${way}` }));
    if (index) edge(isWide ? `${x - pitch + wide} 23H${x}m-5-4 5 4-5 4` : `${middle} ${low}V${y}m-4-5 4 5 4-5`);
    const label = told(name, t(step.said), why);
    drawn.push(box(step, label, { x, y, width: wide, height: HIGH },
      s('title', label),
      s('rect.part', { x: 8, y: HIGH - 7, height: 2, width: ((wide - 16) * step.done) / (step.total || 1) }),
      words({ x: 8, y: 6, width: wide - 16, height: 32 }, h('strong', name), h('div', GLYPHS[step.status], ' ', why || t(step.said))),
    ));
    const foot = y + HIGH;
    const bottom = step.isFan && step.tasks[0] ? fan(step.tasks, job, { middle, top: foot + 16, width }, drawn, edge) : foot;
    low = isWide ? Math.max(low, bottom) : bottom;
  });
  return s('svg.flow', { width: isWide ? 1100 : 420, viewBox: `-2 -2 ${width + 4} ${low + 4}`, role: 'group', 'aria-label': t('Flow') }, drawn);
}

const box = ({ status }, label, place, ...children) =>
  s('svg', { class: status, tabindex: 0, ...place, role: 'img', 'aria-label': label },
    s('rect.box', { x: 1, y: 1, width: place.width - 2, height: place.height - 2, rx: 5 }), children);

/** Lines of text, each cut where its place ends. */
const words = (place, ...lines) => s('foreignObject', place, lines);

function fan(tasks, job, { middle, top, width }, drawn, edge) {
  const isNamed = tasks.length <= MOST_NAMED;
  const [wide, high] = isNamed ? [width > 400 ? 168 : 160, 26] : [20, 20];
  const columns = Math.min(tasks.length, Math.floor(width / wide));
  const left = Math.max(0, Math.min(width - columns * wide, middle - (columns * wide) / 2));
  const low = top + Math.ceil(tasks.length / columns) * high;
  edge(`${middle} ${top - 16}v8M${left} ${top - 8}h${columns * wide - 4}`);
  const marks = tasks.map((task, index) => {
    const label = told(task.name, t(unreached(task, job) ? 'not reached' : task.status), task.error);
    const place = { x: left + (index % columns) * wide, y: top + Math.floor(index / columns) * high, width: wide - 4, height: high - 4 };
    return [
      box(task, label, { ...place, tabindex: index ? -1 : 0 },
        isNamed ? words({ x: 7, y: 3, width: wide - 18, height: 17 }, h('div', GLYPHS[task.status], ' ', task.name))
          : s('text', { x: 3, y: high - 10 }, GLYPHS[task.status])),
      s('text.label', { x: left, y: low + 10 }, label),
    ];
  });
  // One stop for Tab; the arrow keys go from mark to mark, past their labels.
  const rove = ({ key, target }) =>
    ({ ArrowRight: target.nextSibling?.nextSibling, ArrowLeft: target.previousSibling?.previousSibling })[key]?.focus();
  drawn.push(s('g', { onkeydown: rove }, marks));
  return low + 14;
}
