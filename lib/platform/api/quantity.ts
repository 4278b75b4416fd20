/**
 * Kubernetes' resource.Quantity: a fixed-point number with a decimal (`100m`, `2k`), binary (`1Gi`) or exponent (`1e3`)
 * suffix, exact to one billionth. See k8s.io/apimachinery/pkg/api/resource.
 */
export interface Quantity {
  /** The value times 10^9, rounded up when finer. */
  readonly nanos: bigint;
  readonly format: 'DecimalSI' | 'BinarySI' | 'DecimalExponent';
}

const FORM = /^([+-]?)(\d+\.?\d*|\.\d+)(.*)$/s;
const BINARY = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const DECIMAL_SUFFIX = new Map(Object.entries(DECIMAL).map(([suffix, exponent]) => [exponent, suffix]));
const NANO = 10n ** 9n;
const MAX_NANOS = (2n ** 63n - 1n) * NANO;

const WRONG_FORM = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const WRONG_SUFFIX = "unable to parse quantity's suffix";

/** Why a text is no quantity, in Kubernetes' words; undefined when it is one. */
export function quantityProblem(text: string): string | undefined {
  const parsed = tryParse(text);
  return typeof parsed === 'string' ? parsed : undefined;
}

/** Throws a TypeError for a text that is none: check with quantityProblem first where the text is a user's. */
export function parseQuantity(text: string): Quantity {
  const parsed = tryParse(text);
  if (typeof parsed === 'string') throw new TypeError(`${parsed}: ${JSON.stringify(text)}`);
  return parsed;
}

/** Few texts are used again and again: by every pod of a controller, by every look at a node. */
const recent = new Map<string, Quantity | string>();
const MAX_RECENT = 1024;

function tryParse(input: string): Quantity | string {
  const known = recent.get(input);
  if (known !== undefined) return known;
  const parsed = parse(input);
  if (recent.size >= MAX_RECENT) recent.clear();
  if (input.length <= 32) recent.set(input, parsed);
  return parsed;
}

function parse(input: string): Quantity | string {
  const text = input.trim();
  const parts = text.length > 128 ? null : FORM.exec(text);
  if (parts === null) return WRONG_FORM;
  const [, sign, digits, suffix] = parts as unknown as [string, string, string, string];
  const scale = readSuffix(suffix);
  if (scale === undefined) return /^[eEinumkKMGTP]*[-+]?\d*$/.test(suffix) ? WRONG_SUFFIX : WRONG_FORM;
  const [whole, fraction = ''] = digits.split('.') as [string, string?];
  // mantissa * base^power * 10^9 / 10^fraction digits
  let numerator = BigInt(`${whole}${fraction}` || '0') * NANO * scale.multiplier;
  const denominator = 10n ** BigInt(fraction.length) * scale.divisor;
  numerator = (numerator + denominator - 1n) / denominator;
  const capped = numerator > MAX_NANOS ? MAX_NANOS : numerator;
  return { nanos: sign === '-' ? -capped : capped, format: scale.format };
}

function readSuffix(suffix: string): { multiplier: bigint; divisor: bigint; format: Quantity['format'] } | undefined {
  const binary = BINARY.indexOf(suffix);
  if (binary >= 0) return { multiplier: 1024n ** BigInt(binary + 1), divisor: 1n, format: 'BinarySI' };
  const exponent = Object.hasOwn(DECIMAL, suffix)
    ? DECIMAL[suffix]
    : /^[eE][-+]?\d{1,3}$/.test(suffix)
      ? Number(suffix.slice(1))
      : undefined;
  if (exponent === undefined) return undefined;
  const power = 10n ** BigInt(Math.abs(exponent));
  const format = /^[eE][-+]?\d/.test(suffix) ? 'DecimalExponent' : 'DecimalSI';
  return exponent < 0 ? { multiplier: 1n, divisor: power, format } : { multiplier: power, divisor: 1n, format };
}

/** Most quantities that people write are canonical already. */
const CANONICAL = /^(?:0|[1-9]\d{0,2}(?:[mkMGT]|[KMGT]i)?)$/;

/** The one way to write a value: no fraction, the largest suffix that fits. A text that is no quantity comes back as it is. */
export function canonicalQuantity(text: string): string {
  if (CANONICAL.test(text)) return text;
  const parsed = tryParse(text);
  return typeof parsed === 'string' ? text : formatQuantity(parsed);
}

/** The canonical form (apimachinery resource.Quantity.String). */
export function formatQuantity({ nanos, format }: Quantity): string {
  if (nanos === 0n) return '0';
  const sign = nanos < 0n ? '-' : '';
  const size = nanos < 0n ? -nanos : nanos;
  // Small or fractional amounts have no binary form.
  if (format === 'BinarySI' && size >= 1024n * NANO && size % NANO === 0n) return sign + formatBinary(size / NANO);
  let mantissa = size;
  let exponent = -9;
  while (mantissa % 1000n === 0n && exponent < 18) {
    mantissa /= 1000n;
    exponent += 3;
  }
  if (format === 'DecimalExponent') return `${sign}${mantissa}${exponent === 0 ? '' : `e${exponent}`}`;
  return `${sign}${mantissa}${DECIMAL_SUFFIX.get(exponent)}`;
}

function formatBinary(units: bigint): string {
  let mantissa = units;
  let power = 0;
  while (mantissa % 1024n === 0n && power < BINARY.length) {
    mantissa /= 1024n;
    power++;
  }
  return `${mantissa}${power === 0 ? '' : BINARY[power - 1]}`;
}

/** Negative, zero or positive, as for a sort. */
export function compareQuantities(a: string, b: string): number {
  const difference = parseQuantity(a).nanos - parseQuantity(b).nanos;
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}

/** Canonical, in the format of the first. */
export function addQuantities(first: string, ...rest: readonly string[]): string {
  const start = parseQuantity(first);
  return formatQuantity({ ...start, nanos: rest.reduce((sum, text) => sum + parseQuantity(text).nanos, start.nanos) });
}

const roundUp = (nanos: bigint, unit: bigint): number => Number(nanos > 0n ? (nanos + unit - 1n) / unit : nanos / unit);

/** In whole units (bytes, CPUs), rounded up. */
export const quantityValue = (text: string): number => roundUp(parseQuantity(text).nanos, NANO);

/** In thousandths (millicores), rounded up. */
export const quantityMilliValue = (text: string): number => roundUp(parseQuantity(text).nanos, NANO / 1000n);
