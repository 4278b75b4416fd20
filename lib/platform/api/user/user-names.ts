import type { StatusCause } from '../status-error.ts';
import { invalid } from '../validation/causes.ts';

/** What a name may not hold to be a user's or a group's: both stand in headers, subjects of bindings and identities. */
export function nameCauses(field: string, name: string): StatusCause[] {
  const causes: StatusCause[] = [];
  if (name.includes(':')) causes.push(invalid(field, name, 'may not contain ":"'));
  if (name === '~') causes.push(invalid(field, name, 'may not equal "~"'));
  return causes;
}
