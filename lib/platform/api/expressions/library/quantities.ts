import { traversal } from '../../../cel/runtime/cost.ts';
import { fn, type FunctionDeclaration } from '../../../cel/types/declarations.ts';
import { CelError, OpaqueValue, type Value } from '../../../cel/values/value.ts';
import { parseQuantity, type Quantity, quantityProblem } from '../../quantity.ts';

const NANO = 1_000_000_000n;
const MAX_INT = 2n ** 63n;

/** A resource.Quantity, e.g. `500m`. */
class QuantityValue extends OpaqueValue {
  readonly typeName = 'kubernetes.Quantity';
  readonly quantity: Quantity;

  constructor(quantity: Quantity) {
    super();
    this.quantity = quantity;
  }
  get nanos(): bigint {
    return this.quantity.nanos;
  }
  equals(other: OpaqueValue): boolean {
    return other instanceof QuantityValue && other.nanos === this.nanos;
  }
  plus(nanos: bigint): QuantityValue {
    return new QuantityValue({ ...this.quantity, nanos: this.nanos + nanos });
  }
}

function read(text: string): Value {
  const problem = quantityProblem(text);
  return problem === undefined ? new QuantityValue(parseQuantity(text)) : new CelError(problem);
}

const isInteger = ({ nanos }: QuantityValue): boolean =>
  nanos % NANO === 0n && nanos / NANO < MAX_INT && nanos / NANO >= -MAX_INT;
const sign = (value: bigint): bigint => (value > 0n ? 1n : value < 0n ? -1n : 0n);
const signOf = (_frame: unknown, { nanos }: QuantityValue): Value => sign(nanos);

/** Quantities (apiserver/pkg/cel/library/quantity.go). */
export const QUANTITIES: readonly FunctionDeclaration[] = [
  fn('quantity(string): kubernetes.Quantity', (_frame, text: string) => read(text), traversal),
  fn('isQuantity(string): bool', (_frame, text: string) => quantityProblem(text) === undefined, traversal),
  fn('sign(kubernetes.Quantity): int', signOf),
  fn('<kubernetes.Quantity>.sign(): int', signOf),
  fn('<kubernetes.Quantity>.isInteger(): bool', (_frame, value: QuantityValue) => isInteger(value)),
  fn('<kubernetes.Quantity>.asInteger(): int', (_frame, value: QuantityValue) =>
    isInteger(value) ? value.nanos / NANO : new CelError('cannot convert value to integer'),
  ),
  fn('<kubernetes.Quantity>.asApproximateFloat(): double', (_frame, { nanos }: QuantityValue) => Number(nanos) / 1e9),
  fn('<kubernetes.Quantity>.add(kubernetes.Quantity): kubernetes.Quantity', (_frame, a: QuantityValue, b: QuantityValue) =>
    a.plus(b.nanos),
  ),
  fn('<kubernetes.Quantity>.add(int): kubernetes.Quantity', (_frame, a: QuantityValue, b: bigint) => a.plus(b * NANO)),
  fn('<kubernetes.Quantity>.sub(kubernetes.Quantity): kubernetes.Quantity', (_frame, a: QuantityValue, b: QuantityValue) =>
    a.plus(-b.nanos),
  ),
  fn('<kubernetes.Quantity>.sub(int): kubernetes.Quantity', (_frame, a: QuantityValue, b: bigint) => a.plus(-b * NANO)),
  fn(
    '<kubernetes.Quantity>.isLessThan(kubernetes.Quantity): bool',
    (_frame, a: QuantityValue, b: QuantityValue) => a.nanos < b.nanos,
  ),
  fn(
    '<kubernetes.Quantity>.isGreaterThan(kubernetes.Quantity): bool',
    (_frame, a: QuantityValue, b: QuantityValue) => a.nanos > b.nanos,
  ),
  fn('<kubernetes.Quantity>.compareTo(kubernetes.Quantity): int', (_frame, a: QuantityValue, b: QuantityValue) =>
    sign(a.nanos - b.nanos),
  ),
];
