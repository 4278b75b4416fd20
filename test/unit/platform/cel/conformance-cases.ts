import { ArrayList, CelList } from '../../../../lib/platform/cel/values/list.ts';
import { CelMap, EntryMap, keyOf } from '../../../../lib/platform/cel/values/map.ts';
import { Uint } from '../../../../lib/platform/cel/values/numbers.ts';
import * as types from '../../../../lib/platform/cel/types/type.ts';
import type { CelType } from '../../../../lib/platform/cel/types/type.ts';
import { TypeValue, type Value } from '../../../../lib/platform/cel/values/value.ts';

/** cel.expr.Value in JSON, as the specification's tests have it. */
export type WireValue = Readonly<Record<string, unknown>>;

export interface ConformanceCase {
  readonly suite: string;
  readonly section: string;
  readonly name: string;
  readonly expr: string;
  readonly value?: WireValue;
  readonly evalError?: object;
  readonly anyEvalErrors?: object;
  readonly bindings?: Readonly<Record<string, { readonly value?: WireValue }>>;
  readonly typeEnv?: readonly WireValue[];
  readonly disableCheck?: boolean;
  readonly typedResult?: { readonly result?: WireValue; readonly deducedType?: WireValue };
  /** What cel-go says of it when it does not compile. */
  readonly compileError?: string;
}

interface Suite {
  readonly name: string;
  readonly suites?: readonly Suite[];
  readonly tests?: readonly { readonly original: Omit<ConformanceCase, 'suite' | 'section'>; readonly error?: string }[];
}

export function casesOf(root: Suite, path: readonly string[] = []): ConformanceCase[] {
  const own = (root.tests ?? []).map(({ original, error }) => ({
    ...original,
    suite: path[0] ?? root.name,
    section: path[1] ?? '',
    ...(error === undefined ? {} : { compileError: error }),
  }));
  return [...own, ...(root.suites ?? []).flatMap((suite) => casesOf(suite, [...path, suite.name]))];
}

/** Undefined for a value of a message: those are not of this language. */
export function readValue(wire: WireValue): Value | undefined {
  const [kind, raw] = Object.entries(wire)[0] as [string, never];
  switch (kind) {
    case 'nullValue':
      return null;
    case 'boolValue':
    case 'stringValue':
      return raw;
    case 'int64Value':
      return BigInt(raw);
    case 'uint64Value':
      return new Uint(BigInt(raw));
    case 'doubleValue':
      return Number(raw);
    case 'bytesValue':
      return new Uint8Array(Buffer.from(raw, 'base64'));
    case 'typeValue':
      return new TypeValue(raw);
    case 'listValue': {
      const items = ((raw as { values?: WireValue[] }).values ?? []).map(readValue);
      return items.includes(undefined) ? undefined : new ArrayList(items as Value[]);
    }
    case 'mapValue': {
      const entries = ((raw as { entries?: { key: WireValue; value: WireValue }[] }).entries ?? []).map(
        ({ key, value }) => [readValue(key), readValue(value)] as const,
      );
      if (entries.some(([key, value]) => key === undefined || value === undefined)) return undefined;
      return new EntryMap(new Map(entries.map(([key, value]) => [keyOf(key!), [key!, value!] as const])));
    }
    default:
      return undefined;
  }
}

const PRIMITIVES: Readonly<Record<string, CelType>> = {
  BOOL: types.BOOL,
  INT64: types.INT,
  UINT64: types.UINT,
  DOUBLE: types.DOUBLE,
  STRING: types.STRING,
  BYTES: types.BYTES,
};

/** cel.expr.Type in JSON; undefined for what is not of this language. */
export function readType(wire: WireValue): CelType | undefined {
  const [kind, raw] = Object.entries(wire)[0] as [string, never];
  switch (kind) {
    case 'primitive':
      return PRIMITIVES[raw];
    case 'dyn':
      return types.DYN;
    case 'null':
      return types.NULL;
    case 'wellKnown':
      return raw === 'TIMESTAMP' ? types.TIMESTAMP : raw === 'DURATION' ? types.DURATION : undefined;
    case 'listType':
      return types.listOf(readType((raw as { elemType: WireValue }).elemType) ?? types.DYN);
    case 'mapType': {
      const { keyType, valueType } = raw as { keyType: WireValue; valueType: WireValue };
      return types.mapOf(readType(keyType) ?? types.DYN, readType(valueType) ?? types.DYN);
    }
    case 'type':
      return { kind: 'type', of: readType(raw) ?? types.DYN };
    case 'abstractType': {
      const { name, parameterTypes = [] } = raw as { name: string; parameterTypes?: WireValue[] };
      return name === 'optional_type' ? types.optionalOf(readType(parameterTypes[0]!) ?? types.DYN) : undefined;
    }
    default:
      return undefined;
  }
}

/** For comparing and for messages: kinds are told apart, order of entries is not. */
export function show(value: Value): string {
  if (value instanceof CelList) return `[${[...value].map(show).join(', ')}]`;
  if (value instanceof CelMap)
    return `{${[...value.keys()]
      .map((key) => `${show(key)}: ${show(value.get(key)!)}`)
      .sort()
      .join(', ')}}`;
  if (value instanceof Uint) return `${value.value}u`;
  if (value instanceof Uint8Array) return `b'${Buffer.from(value).toString('hex')}'`;
  if (typeof value === 'number') return `${Object.is(value, -0) ? 0 : value}d`;
  if (typeof value === 'string') return JSON.stringify(value);
  return value instanceof TypeValue
    ? `type ${value.name}`
    : typeof value === 'object' && value !== null
      ? JSON.stringify(value)
      : String(value);
}
