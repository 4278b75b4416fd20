import type { Answer } from './response.ts';

/** One named condition of being ready. */
export interface HealthCheck {
  readonly name: string;
  /** Undefined when all is well, otherwise what is not. */
  check(): string | undefined;
}

/** Answers /healthz, /livez and /readyz, with ?verbose and ?exclude=, and one check by its name (apiserver healthz). */
export function healthAnswer(path: string, query: URLSearchParams, checks: readonly HealthCheck[]): Answer {
  const [, endpoint = '', single] = path.split('/');
  const excluded = new Set(query.getAll('exclude'));
  const chosen =
    single === undefined || single === ''
      ? checks.filter(({ name }) => !excluded.has(name))
      : checks.filter(({ name }) => name === single);
  if (chosen.length === 0 && single) return text(404, '404 page not found\n');
  const results = chosen.map(({ name, check }) => ({ name, failure: check() }));
  const failed = results.some(({ failure }) => failure !== undefined);
  const lines = results.map(({ name, failure }) => (failure === undefined ? `[+]${name} ok` : `[-]${name} failed: ${failure}`));
  if (failed) return text(500, [...lines, `${endpoint} check failed`, ''].join('\n'));
  return query.has('verbose') ? text(200, [...lines, `${endpoint} check passed`, ''].join('\n')) : text(200, 'ok');
}

const text = (code: number, body: string): Answer => ({
  code,
  contentType: 'text/plain; charset=utf-8',
  body: Buffer.from(body),
  headers: { 'x-content-type-options': 'nosniff', 'cache-control': 'no-cache, private' },
});
