// Calls to the server. What it refuses is thrown as a Problem, with the words of the server; status 0 is no answer at all.

export class Problem extends Error {
  constructor(status, body) {
    super([body.detail, body.hint].filter(Boolean).join('. '));
    Object.assign(this, { status, code: body.code, runId: body.run_id });
  }
}

export async function call(method, path, body) {
  const headers = body && { 'Content-Type': 'application/json' };
  // Whoever dies in the middle of an answer has not answered.
  const response = await fetch(path, { method, headers, body: JSON.stringify(body) }).catch(() => ({}));
  const answer = await response.json?.().catch(() => undefined);
  if (response.ok && answer) return answer;
  throw new Problem(response.ok ? 0 : response.status ?? 0, answer ?? { detail: response.statusText });
}

/** A path with those parameters that have a value. */
export const path = (base, parameters) => {
  const given = Object.entries(parameters).filter(([, value]) => value != null && value !== '');
  return given.length ? `${base}?${new URLSearchParams(given)}` : base;
};

export const get = (base, parameters = {}) => call('GET', path(base, parameters));
