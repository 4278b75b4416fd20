import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { TextError } from './text-error.ts';

const LARGEST_TAIL = 100_000;
const OUTPUTS = new Set(['cat', 'json', 'short', 'short-precise', 'short-unix']);

/**
 * What journalctl is asked for by a query: `oc adm node-logs` sends each wish under OpenShift's name and under the one that Kubernetes gave it later. Throws 400
 * for a value that it could not mean.
 */
export function journalArguments(query: URLSearchParams): string[] {
  const said = (name: string, otherName: string): string => query.get(name) || query.get(otherName) || '';
  const checked = (field: string, value: string, pattern: RegExp): string => {
    if (!pattern.test(value)) throw new TextError(400, `${field}: invalid value ${JSON.stringify(value.slice(0, 200))}`);
    return value;
  };
  const optional = (option: string, field: string, value: string, pattern: RegExp): string[] =>
    value === '' ? [] : [`--${option}=${checked(field, value, pattern)}`];
  const units = new Set([...query.getAll('unit'), ...query.getAll('query')].filter((unit) => unit !== ''));
  const tail = said('tail', 'tailLines');
  if (tail !== '' && !(Number(checked('tail', tail, /^\d{1,9}$/)) <= LARGEST_TAIL))
    throw new TextError(400, `tail: must be ${LARGEST_TAIL} at most`);
  const output = query.get('output') || 'short-precise';
  if (!OUTPUTS.has(output)) throw new TextError(400, `output: must be one of ${[...OUTPUTS].join(', ')}`);
  const grep = said('grep', 'pattern');
  const time = /^[\w :.+-]{1,64}$/;
  return [
    '--utc',
    '--no-pager',
    '--quiet',
    `--output=${output}`,
    ...[...units].flatMap((unit) => optional('unit', 'unit', unit, /^[\w@:.\\-]{1,256}$/)),
    ...optional('since', 'since', said('since', 'sinceTime'), time),
    ...optional('until', 'until', said('until', 'untilTime'), time),
    ...optional('boot', 'boot', query.get('boot') ?? '', /^(0|-\d{1,2}|-100)$/),
    ...optional('lines', 'tail', tail, /./),
    ...optional('grep', 'grep', grep, /^[^\0\n]{1,1000}$/),
    ...(grep === '' ? [] : [`--case-sensitive=${query.get('case-sensitive') === 'false' ? 'no' : 'yes'}`]),
  ];
}

/** Streams the journal of this machine, until its end or until nobody listens any more. Throws a TextError before the first byte. */
export async function serveJournal(program: string, query: URLSearchParams, response: ServerResponse): Promise<void> {
  const child = spawn(program, journalArguments(query), {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
  });
  response.once('close', () => child.kill('SIGKILL'));
  let problem = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (problem = (problem + text).slice(-1000)));
  const ended = once(child, 'close') as Promise<[number | null]>;
  ended.catch(() => undefined);
  const started = await once(child, 'spawn').then(
    () => true,
    () => false,
  );
  if (!started) throw new TextError(404, 'this node has no journal');
  await Promise.race([once(child.stdout, 'readable'), once(child.stdout, 'end')]);
  if (child.stdout.readableLength === 0) {
    const [code] = await ended;
    // That nothing was found has code 1 too, and nothing is wrong then.
    if (code !== 0 && problem !== '') throw new TextError(500, problem.trim());
  }
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  await pipeline(child.stdout, response).catch(() => response.destroy());
}
