import type { StatusCause } from '../status-error.ts';
import { invalid, notNegative } from './causes.ts';

const PERCENT = /^[0-9]+%$/;
const PERCENT_TEXT =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";

/** An IntOrString that counts pods: not negative, or a percentage (pkg/apis/apps ValidatePositiveIntOrPercent). */
export function validateIntOrPercent(value: unknown, path: string): StatusCause[] {
  if (value === undefined) return [];
  if (typeof value === 'number') return notNegative(path, value);
  return PERCENT.test(String(value)) ? [] : [invalid(path, value, PERCENT_TEXT)];
}

/** Of percentages alone; numbers have no bound. */
export function notMoreThan100Percent(value: unknown, path: string): StatusCause[] {
  if (typeof value !== 'string' || !PERCENT.test(value) || Number(value.slice(0, -1)) <= 100) return [];
  return [invalid(path, value, 'must not be greater than 100%')];
}

/** The number in front of a percent sign, or the number itself; 0 for an absent value and for anything else. */
export function intOrPercentValue(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && PERCENT.test(value) ? Number(value.slice(0, -1)) : 0;
}
