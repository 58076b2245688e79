// Calls to the server. What it refuses is thrown as a Problem, with the words of the server.

export class Problem extends Error {
  constructor(status, body) {
    super([body.detail, body.hint].filter(Boolean).join('. '));
    Object.assign(this, { status, code: body.code, runId: body.run_id });
  }
}

export async function call(method, path, body) {
  let response;
  try {
    const headers = body === undefined ? {} : { 'Content-Type': 'application/json' };
    response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new Problem(0, { code: 'unreachable', detail: 'the server does not answer' });
  }
  const answer = await response.json().catch(() => ({ detail: response.statusText }));
  if (!response.ok) throw new Problem(response.status, answer);
  return answer;
}

/** A path with those parameters that have a value. */
export const path = (base, parameters) => {
  const given = Object.entries(parameters).filter(([, value]) => value != null && value !== '');
  return given.length ? `${base}?${new URLSearchParams(given)}` : base;
};

export const get = (base, parameters = {}) => call('GET', path(base, parameters));
