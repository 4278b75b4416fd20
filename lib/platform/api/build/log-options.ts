import { newBadRequest, newInvalid, type StatusCause } from '../status-error.ts';
import { forbidden, invalid } from '../validation/causes.ts';

/** What is wanted of a log that is put together of several containers' (build/v1 BuildLogOptions). */
export interface LogOptions {
  readonly follow: boolean;
  readonly previous: boolean;
  readonly nowait: boolean;
  readonly version: number | undefined;
  readonly tailLines: number | undefined;
  readonly limitBytes: number | undefined;
  /** Passed on as they are: timestamps, sinceSeconds, sinceTime. */
  readonly passed: ReadonlyMap<string, string>;
}

const isTrue = (text: string | null): boolean => text !== null && text !== '' && text !== '0' && text.toLowerCase() !== 'false';

/** Throws a StatusError that names what is wrong. */
export function logOptions(query: URLSearchParams, name: string): LogOptions {
  const causes: StatusCause[] = [];
  const integer = (key: string, least: number): number | undefined => {
    const text = query.get(key);
    if (text === null || text === '') return undefined;
    if (!/^[-+]?\d+$/.test(text)) throw newBadRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
    if (Number(text) < least)
      causes.push(invalid(key, Number(text), `must be greater than ${least === 0 ? 'or equal to 0' : '0'}`));
    return Number(text);
  };
  const options: LogOptions = {
    follow: isTrue(query.get('follow')),
    previous: isTrue(query.get('previous')),
    nowait: isTrue(query.get('nowait')),
    version: integer('version', 1),
    tailLines: integer('tailLines', 0),
    limitBytes: integer('limitBytes', 1),
    passed: new Map(
      ['timestamps', 'sinceSeconds', 'sinceTime'].flatMap((key) => (query.get(key) ? [[key, query.get(key)!] as const] : [])),
    ),
  };
  if (options.previous && options.version !== undefined)
    causes.push(forbidden('previous', 'cannot use previous when a version is specified'));
  if (query.get('sinceTime') && query.get('sinceSeconds'))
    causes.push(forbidden('sinceSeconds', 'only one of sinceTime or sinceSeconds can be provided'));
  if (causes.length > 0) throw newInvalid({ group: 'build.openshift.io', kind: 'BuildLogOptions' }, name, causes);
  return options;
}
