import type { StatusCause } from '../status-error.ts';
import { invalid, required, tooLong } from './causes.ts';
import { dns1123Subdomain, pathSegment } from './names.ts';

const PATH = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const WHOLE_PATH = new RegExp(`^${PATH}$`);

/** `example.com/name`: names of signers, ingress controllers, managers (apimachinery's IsDomainPrefixedPath). */
export function domainPrefixedPath(path: string, value: string, maximum?: number): StatusCause[] {
  if (value === '') return [required(path)];
  const slash = value.indexOf('/');
  if (slash <= 0 || slash === value.length - 1)
    return [invalid(path, value, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  const causes = dns1123Subdomain(value.slice(0, slash)).map((text) => invalid(path, value.slice(0, slash), text));
  if (!WHOLE_PATH.test(value.slice(slash + 1)))
    causes.push(invalid(path, value.slice(slash + 1), `Invalid path (regex used for validation is '${PATH}')`));
  if (maximum !== undefined && value.length > maximum) causes.push(tooLong(path, maximum));
  return causes;
}

/** What names an object of any kind in the same namespace. */
export interface TypedReference {
  readonly apiGroup?: string;
  readonly kind?: string;
  readonly name?: string;
}

/** An object that is named by its kind, in whatever group. */
export function validateTypedReference({ apiGroup, kind = '', name = '' }: TypedReference, path: string): StatusCause[] {
  const causes =
    apiGroup === undefined ? [] : dns1123Subdomain(apiGroup).map((text) => invalid(`${path}.apiGroup`, apiGroup, text));
  for (const [field, value] of Object.entries({ kind, name })) {
    if (value === '') causes.push(required(`${path}.${field}`, `${field} is required`));
    else for (const text of pathSegment(value)) causes.push(invalid(`${path}.${field}`, value, text));
  }
  return causes;
}
