import { newRequestEntityTooLarge, type StatusCause } from '../../api/status-error.ts';
import { isRecord } from '../store/json-value.ts';

/**
 * The most values that an object holds, and the most that one of its lists or maps does: what is walked, compared and owned value by value
 * takes its time from everybody. Kubernetes bounds bytes alone; what people make stays far below either (the largest definitions
 * of custom resources have some 30,000 values).
 */
export const MAX_VALUES = 100_000;
export const MAX_MEMBERS = 10_000;

/** The refusal of an object that would take too long to look through. */
export const tooManyValues = (): Error => newRequestEntityTooLarge(`the object has more than ${MAX_VALUES} values`);

/** Values of a body: who owns an object's fields may come along with it. */
export const MAX_BODY_VALUES = 2 * MAX_VALUES;

/** Throws 413 for an object that is made of too many. What its managedFields hold is not counted: it grows with the object. */
export function checkSize(object: unknown): void {
  let left = MAX_VALUES;
  if (!isRecord(object)) return;
  for (const key of Object.keys(object)) left = countedOver(key === 'metadata' ? withoutOwners(object[key]) : object[key], left);
  if (left < 0) throw tooManyValues();
}

function withoutOwners(metadata: unknown): unknown {
  if (!isRecord(metadata) || metadata['managedFields'] === undefined) return metadata;
  const { managedFields: _owners, ...rest } = metadata;
  return rest;
}

/**
 * What is wrong with an object. Validation hands lists of causes on as arguments: of so many mistakes as do not fit on the stack, none is told.
 * Throws 413 then.
 */
export function causesOf(judge: () => StatusCause[]): StatusCause[] {
  try {
    return judge();
  } catch (error) {
    if (error instanceof RangeError) throw newRequestEntityTooLarge('the object has more mistakes than can be told');
    throw error;
  }
}

/** What is left of the budget after the value; negative when it is not enough. */
function countedOver(value: unknown, budget: number): number {
  let left = budget - 1;
  if (left < 0) return left;
  if (typeof value !== 'object' || value === null) return left;
  if (Array.isArray(value)) {
    if (value.length > MAX_MEMBERS) throw tooManyMembers('list', value.length);
    for (let i = 0; i < value.length && left >= 0; i++) left = countedOver(value[i], left);
    return left;
  }
  let members = 0;
  for (const key in value) {
    if (++members > MAX_MEMBERS) throw tooManyMembers('map', Object.keys(value).length);
    left = countedOver((value as Record<string, unknown>)[key], left);
    if (left < 0) return left;
  }
  return left;
}

const tooManyMembers = (what: string, count: number): Error =>
  newRequestEntityTooLarge(`a ${what} of the object has ${count} items, more than ${MAX_MEMBERS}`);
