const MIN_INT = -(2n ** 63n);
const MAX_INT = 2n ** 63n - 1n;
const MAX_UINT = 2n ** 64n - 1n;

/** CEL's uint. An int is a bigint, a double a number. */
export class Uint {
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
}

/** Whether a result is still within 64 bits; else the expression fails. */
export const isInt = (value: bigint): boolean => value >= MIN_INT && value <= MAX_INT;
export const isUint = (value: bigint): boolean => value >= 0n && value <= MAX_UINT;

/** The int that a double is cut to; undefined beyond its range. */
export function intOfDouble(value: number): bigint | undefined {
  if (!Number.isFinite(value) || value <= -(2 ** 63) || value >= 2 ** 63) return undefined;
  return BigInt(Math.trunc(value));
}

/** Cut off behind the point; undefined for what is out of range. */
export function uintOfDouble(value: number): bigint | undefined {
  if (!Number.isFinite(value) || value < 0 || value >= 2 ** 64) return undefined;
  return BigInt(Math.trunc(value));
}

/** As Go's strconv 'g' with the fewest digits prints: 1e+06, 0.5. */
export function doubleText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (Object.is(value, -0)) return '-0';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e21)) {
    const [mantissa, exponent] = value.toExponential().split('e') as [string, string];
    return `${mantissa}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
  }
  return String(value);
}
