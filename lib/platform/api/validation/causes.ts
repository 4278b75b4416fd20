import type { StatusCause } from '../status-error.ts';

/** Field errors, named and worded as apimachinery's pkg/util/validation/field gives them. `field` is a path like `spec.ports[0].port`. */
export const required = (field: string, detail = ''): StatusCause => cause('FieldValueRequired', field, 'Required value', detail);

/** Causes as field.Error of apimachinery says them: each names the field, and what was wrong with the value. */
export const invalid = (field: string, value: unknown, detail: string): StatusCause =>
  cause('FieldValueInvalid', field, `Invalid value: ${show(value)}`, detail);

/** A value that a list may hold once. */
export const duplicate = (field: string, value: unknown): StatusCause =>
  cause('FieldValueDuplicate', field, `Duplicate value: ${show(value)}`, '');

/** A name of something that is not there. */
export const notFound = (field: string, value: unknown): StatusCause =>
  cause('FieldValueNotFound', field, `Not found: ${show(value)}`, '');

/** A field that may not be set here. */
export const forbidden = (field: string, detail: string): StatusCause => cause('FieldValueForbidden', field, 'Forbidden', detail);

/** A text of more bytes than fit. */
export const tooLong = (field: string, maximum: number): StatusCause =>
  cause('FieldValueTooLong', field, 'Too long', `may not be more than ${maximum} bytes`);

/** A list of more items than fit. */
export const tooMany = (field: string, count: number, maximum: number): StatusCause =>
  cause('FieldValueTooMany', field, `Too many: ${count}`, `must have at most ${maximum} items`);

/** A value that is none of a few. */
export const notSupported = (field: string, value: unknown, supported: readonly string[]): StatusCause =>
  cause(
    'FieldValueNotSupported',
    field,
    `Unsupported value: ${show(value)}`,
    supported.length === 0 ? '' : `supported values: ${supported.map((each) => JSON.stringify(each)).join(', ')}`,
  );

/** One of a closed set; nothing when it is, Required when it is absent. */
export function oneOf(field: string, value: unknown, supported: readonly string[]): StatusCause[] {
  if (value === undefined || value === '') return [required(field)];
  return supported.includes(value as string) ? [] : [notSupported(field, value, supported)];
}

export const IMMUTABLE_TEXT = 'field is immutable';

/** `field is immutable` when the two differ. */
export function immutable(field: string, value: unknown, old: unknown): StatusCause[] {
  return deepEqual(value, old) ? [] : [invalid(field, value, IMMUTABLE_TEXT)];
}

export const NOT_NEGATIVE_TEXT = 'must be greater than or equal to 0';

/** A number that may not be less than 0. */
export function notNegative(field: string, value: unknown): StatusCause[] {
  return typeof value === 'number' && value < 0 ? [invalid(field, value, NOT_NEGATIVE_TEXT)] : [];
}

function cause(reason: string, field: string, what: string, detail: string): StatusCause {
  return { reason, message: detail === '' ? what : `${what}: ${detail}`, field };
}

/** As Go's %q and %#v print, for the values that occur. */
function show(value: unknown): string {
  if (value === undefined || value === null) return 'null';
  if (typeof value !== 'object') return typeof value === 'string' ? JSON.stringify(value) : String(value);
  const strings = Object.values(value).every((each) => typeof each === 'string');
  if (!strings) return JSON.stringify(value);
  if (Array.isArray(value)) return `[]string{${value.map((each) => JSON.stringify(each)).join(', ')}}`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[string]string{${entries.map(([key, each]) => `${JSON.stringify(key)}:${JSON.stringify(each)}`).join(', ')}}`;
}

/** Equality of JSON values; an absent property equals an undefined one. */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b))
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((each, i) => deepEqual(each, b[i]));
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  for (const key of keys) if (!deepEqual(own(left, key), own(right, key))) return false;
  return true;
}

const own = (object: Record<string, unknown>, key: string): unknown => (Object.hasOwn(object, key) ? object[key] : undefined);
