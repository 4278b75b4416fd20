import { canonicalQuantity, quantityProblem } from '../quantity.ts';
import type { ScalarName } from './compiled-types.ts';

const RFC3339 =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d([.,]\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
const SECONDS_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const MICROS_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

/** What the decoder of a scalar with a JSON form of its own says of a value, undefined when it takes it. */
export function scalarProblem(scalar: ScalarName, value: unknown): string | undefined {
  switch (scalar) {
    case 'Quantity':
      if (typeof value === 'number' || typeof value === 'string') return quantityProblem(String(value));
      return "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
    case 'IntOrString':
      if (typeof value === 'string' || (typeof value === 'number' && value === (value | 0))) return undefined;
      return `json: cannot unmarshal ${typeof value === 'number' ? `number ${value}` : goName(value)} into Go value of type int32`;
    case 'Time':
    case 'MicroTime':
      if (typeof value !== 'string') return `json: cannot unmarshal ${goName(value)} into Go value of type string`;
      return RFC3339.test(value)
        ? undefined
        : `parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(value)} as "2006"`;
    case 'Duration':
      if (typeof value !== 'string') return `json: cannot unmarshal ${goName(value)} into Go value of type string`;
      return /^[-+]?(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+$|^0$/.test(value)
        ? undefined
        : `time: invalid duration ${JSON.stringify(value)}`;
    case 'bytes': {
      const at = base64Problem(value as string);
      return at === undefined ? undefined : `illegal base64 data at input byte ${at}`;
    }
    default:
      return undefined;
  }
}

function goName(value: unknown): string {
  if (typeof value === 'boolean') return 'bool';
  return Array.isArray(value) ? 'array' : typeof value;
}

function base64Problem(text: string): number | undefined {
  const bad = /[^A-Za-z0-9+/\r\n]/.exec(text.replace(/={1,2}[\r\n]*$/, ''));
  if (bad !== null) return bad.index;
  const length = text.replace(/[\r\n]/g, '').length;
  return length % 4 === 0 ? undefined : length - (length % 4);
}

/** The value as Go writes it back: quantities canonical, times in UTC. Values that are no such scalar stay. */
export function canonicalScalar(scalar: ScalarName, value: unknown): unknown {
  switch (scalar) {
    case 'Quantity':
      return typeof value === 'string' || typeof value === 'number' ? canonicalQuantity(String(value)) : value;
    case 'Time':
      return typeof value !== 'string' || SECONDS_UTC.test(value) ? value : (instant(value)?.slice(0, 19).concat('Z') ?? value);
    case 'MicroTime':
      return typeof value !== 'string' || MICROS_UTC.test(value) ? value : microTime(value);
    default:
      return value;
  }
}

function instant(text: string): string | undefined {
  const ms = RFC3339.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

function microTime(text: string): string {
  const seconds = instant(text)?.slice(0, 19);
  if (seconds === undefined) return text;
  const fraction = /[.,](\d+)/.exec(text)?.[1] ?? '';
  return `${seconds}.${fraction.slice(0, 6).padEnd(6, '0')}Z`;
}

/** Zero of a scalar in JSON. */
export function zeroScalar(scalar: ScalarName): unknown {
  switch (scalar) {
    case 'string':
    case 'bytes':
      return '';
    case 'bool':
      return false;
    case 'int32':
    case 'int64':
    case 'float64':
    case 'IntOrString':
      return 0;
    case 'Quantity':
      return '0';
    case 'Duration':
      return '0s';
    default:
      return null;
  }
}
