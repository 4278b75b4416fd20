import { newBadRequest } from '../api/status-error.ts';

/** A JSON object whose fields are not known yet. */
export type Fields = Readonly<Record<string, unknown>>;

/** An object, `{}` for what is absent or null (as Go wrote what was empty). @throws StatusError 400 that names the path */
export function objectAt(value: unknown, path: string): Fields {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw wrongType(path, 'an object', value);
  return value as Fields;
}

/** A list of objects, empty for what is absent or null. @throws StatusError 400 that names the path */
export function listAt(value: unknown, path: string): Fields[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw wrongType(path, 'a list', value);
  return value.map((entry, index) => objectAt(entry, `${path}[${index}]`));
}

/** A text; undefined for what is absent, null or empty. @throws StatusError 400 that names the path */
export function textAt(value: unknown, path: string): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw wrongType(path, 'a text', value);
  return value;
}

/** Without the fields that are undefined or null. */
export const present = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null));

/** Undefined when nothing is in it, so that `present` leaves it out. */
export const unlessEmpty = <T extends object>(value: T): T | undefined => (Object.keys(value).length === 0 ? undefined : value);

/** @throws StatusError 400 for a field that v1beta1 does not have there */
export function refuseUnknown(fields: Fields, path: string): void {
  const [unknown] = Object.keys(present(fields));
  if (unknown !== undefined) throw newBadRequest(`unknown field ${JSON.stringify(`${path}${unknown}`)} for v1beta1`);
}

const wrongType = (path: string, wanted: string, value: unknown): Error =>
  newBadRequest(`${path}: ${JSON.stringify(value).slice(0, 80)} is not ${wanted}`);
