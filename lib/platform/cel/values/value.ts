import type { CelList } from './list.ts';
import type { CelMap } from './map.ts';
import type { Uint } from './numbers.ts';
import type { Duration, Timestamp } from './time.ts';

/** What an expression can evaluate to. Ints are bigints, doubles numbers. */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint
  | Uint8Array
  | CelList
  | CelMap
  | Timestamp
  | Duration
  | OptionalValue
  | TypeValue
  | OpaqueValue
  | CelError;

/** A value that an expression fails with. It goes up like any other until an operator absorbs it, e.g. `true || error`. */
export class CelError {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

/** optional.of(value), or optional.none(). */
export class OptionalValue {
  readonly value: Value | undefined;
  constructor(value?: Value) {
    this.value = value;
  }
}
export const NONE = new OptionalValue();

/** What type(x) gives. */
export class TypeValue {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** A value of a type that only its own functions know: a quantity, an IP address. */
export abstract class OpaqueValue {
  abstract readonly typeName: string;
  /** What `==` says. `other` is of the same type. */
  abstract equals(other: OpaqueValue): boolean;
  /** What costs go by. */
  get size(): number {
    return 1;
  }
}

export const NO_SUCH_OVERLOAD = new CelError('no such overload');
/** Whether an expression has failed so far. Errors are values: `true || error` is true. */
export const isError = (value: Value): value is CelError => value instanceof CelError;
