import { traversal } from '../../../cel/runtime/cost.ts';
import { compareText } from '../../../cel/runtime/equality.ts';
import { fn, type FunctionDeclaration } from '../../../cel/types/declarations.ts';
import { CelError, OpaqueValue, type Value } from '../../../cel/values/value.ts';

const NUMBER = '(0|[1-9]\\d{0,18})';
const IDENTIFIERS = '[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*';
const SEMVER = new RegExp(`^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-(${IDENTIFIERS}))?(?:\\+${IDENTIFIERS})?$`);
const MAX_LENGTH = 256;

/** A version of Semantic Versioning 2.0.0. What is built counts for nothing in comparisons. */
class SemverValue extends OpaqueValue {
  readonly typeName = 'kubernetes.Semver';
  readonly numbers: readonly [bigint, bigint, bigint];
  readonly release: readonly string[];

  constructor(numbers: readonly [bigint, bigint, bigint], release: readonly string[]) {
    super();
    this.numbers = numbers;
    this.release = release;
  }
  equals(other: OpaqueValue): boolean {
    return other instanceof SemverValue && order(this, other) === 0;
  }
}

function read(text: string, normalize = false): Value {
  const match = text.length > MAX_LENGTH ? null : SEMVER.exec(normalize ? normalized(text) : text);
  const release = match?.[4]?.split('.') ?? [];
  if (match === null || release.some((part) => /^0\d+$/.test(part)))
    return new CelError('parse error on semver string: not a semantic version');
  return new SemverValue([BigInt(match[1]!), BigInt(match[2]!), BigInt(match[3]!)], release);
}

/** Without a leading `v` and leading zeros, and with all three numbers. */
function normalized(text: string): string {
  const [, numbers = '', rest = ''] = /^v?([\d.]*)(.*)$/s.exec(text) ?? [];
  const parts = numbers.split('.').map((part) => part.replace(/^0+(?=\d)/, ''));
  if (rest === '' || parts.length >= 3) while (parts.length < 3) parts.push('0');
  return parts.join('.') + rest;
}

function order(a: SemverValue, b: SemverValue): number {
  for (const i of [0, 1, 2] as const) if (a.numbers[i] !== b.numbers[i]) return a.numbers[i] < b.numbers[i] ? -1 : 1;
  if (a.release.length === 0 || b.release.length === 0) return Math.sign(b.release.length - a.release.length);
  for (const [i, part] of a.release.entries()) {
    const other = b.release[i];
    if (other === undefined) return 1;
    const found = orderParts(part, other);
    if (found !== 0) return found;
  }
  return a.release.length < b.release.length ? -1 : 0;
}

function orderParts(a: string, b: string): number {
  const [x, y] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (x !== y) return x ? -1 : 1;
  if (!x) return Math.sign(compareText(a, b));
  const difference = BigInt(a) - BigInt(b);
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}

/** Versions (apiserver/pkg/cel/library/semverlib.go). */
export const SEMVERS: readonly FunctionDeclaration[] = [
  fn('semver(string): kubernetes.Semver', (_frame, text: string) => read(text), traversal),
  fn('semver(string, bool): kubernetes.Semver', (_frame, text: string, normalize: boolean) => read(text, normalize), traversal),
  fn('isSemver(string): bool', (_frame, text: string) => read(text) instanceof SemverValue, traversal),
  fn(
    'isSemver(string, bool): bool',
    (_frame, text: string, normalize: boolean) => read(text, normalize) instanceof SemverValue,
    traversal,
  ),
  ...(['major', 'minor', 'patch'] as const).map((name, i) =>
    fn(`<kubernetes.Semver>.${name}(): int`, (_frame, { numbers }: SemverValue) => numbers[i]!),
  ),
  fn('<kubernetes.Semver>.isLessThan(kubernetes.Semver): bool', (_frame, a: SemverValue, b: SemverValue) => order(a, b) < 0),
  fn('<kubernetes.Semver>.isGreaterThan(kubernetes.Semver): bool', (_frame, a: SemverValue, b: SemverValue) => order(a, b) > 0),
  fn('<kubernetes.Semver>.compareTo(kubernetes.Semver): int', (_frame, a: SemverValue, b: SemverValue) => BigInt(order(a, b))),
];
