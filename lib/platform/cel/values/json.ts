import { type CelType, DYN, type ObjectType, STRING } from '../types/type.ts';
import { ArrayList, CelList } from './list.ts';
import { CelMap } from './map.ts';
import { KeyedList } from './keyed-list.ts';
import { Duration, parseDuration, parseTimestamp, Timestamp } from './time.ts';
import { CelError, type Value } from './value.ts';

type JsonObject = Readonly<Record<string, unknown>>;

const MAX_EXACT = 2 ** 63;

/** A JSON value as a declared type has it; of `dyn`, numbers without a fraction are ints. Nothing is copied. */
export function fromJson(raw: unknown, type: CelType = DYN): Value {
  switch (typeof raw) {
    case 'string':
      return textOf(raw, type);
    case 'boolean':
      return raw;
    case 'number':
      if (type.kind === 'double' || !Number.isInteger(raw) || Math.abs(raw) >= MAX_EXACT) return raw;
      return BigInt(raw);
    case 'object':
      if (raw === null) return null;
      return Array.isArray(raw) ? listOf(raw, type) : mapOf(raw as JsonObject, type);
    default:
      return null;
  }
}

function textOf(text: string, type: CelType): Value {
  switch (type.kind) {
    case 'timestamp':
      return (
        parseTimestamp(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text) ??
        new CelError(`Invalid date-time string '${text}'`)
      );
    case 'duration':
      return parseDuration(text) ?? new CelError(`Invalid duration string '${text}'`);
    case 'bytes':
      return new Uint8Array(Buffer.from(text, 'base64'));
    default:
      return text;
  }
}

function listOf(raw: readonly unknown[], type: CelType): Value {
  if (type.kind !== 'list' && type.kind !== 'dyn') return new CelError('invalid data, found an array');
  const list = new JsonList(raw, type.kind === 'list' ? type.element : DYN);
  return type.kind === 'list' && type.keyed !== undefined ? new KeyedList(list, keyFunction(type.keyed)) : list;
}

function mapOf(raw: JsonObject, type: CelType): Value {
  if (type.kind === 'object') return new JsonFields(raw, type);
  if (type.kind !== 'map' && type.kind !== 'dyn') return new CelError('invalid data, found an object');
  return new JsonMap(raw, type.kind === 'map' ? type.value : DYN);
}

const keyFunction =
  (keyed: 'elements' | readonly string[]) =>
  (value: Value): unknown =>
    keyed === 'elements'
      ? plainKey(value)
      : JSON.stringify(keyed.map((name) => plainKey(value instanceof CelMap ? (value.get(name) ?? null) : null)));

/** What scalars of JSON are told apart by. */
const plainKey = (value: Value): string =>
  `${typeof value}:${value instanceof Timestamp || value instanceof Duration ? value.nanos : String(value)}`;

const isContainer = (raw: unknown): boolean => typeof raw === 'object' && raw !== null;

/** Containers below are wrapped once for each evaluation: their keys are counted once. */
class JsonList extends CelList {
  readonly #raw: readonly unknown[];
  readonly #element: CelType;
  #wrapped: Value[] | undefined;

  constructor(raw: readonly unknown[], element: CelType) {
    super();
    this.#raw = raw;
    this.#element = element;
  }

  get size(): number {
    return this.#raw.length;
  }

  at(index: number): Value {
    const raw = this.#raw[index];
    if (!isContainer(raw)) return fromJson(raw, this.#element);
    return ((this.#wrapped ??= [])[index] ??= fromJson(raw, this.#element));
  }
}

abstract class JsonEntries extends CelMap {
  protected readonly raw: JsonObject;
  #wrapped: Map<string, Value> | undefined;
  #keys: string[] | undefined;

  constructor(raw: JsonObject) {
    super();
    this.raw = raw;
  }

  get size(): number {
    return this.names.length;
  }

  protected get names(): string[] {
    return (this.#keys ??= Object.keys(this.raw).filter((key) => this.raw[key] !== undefined));
  }

  protected read(name: string, type: CelType): Value | undefined {
    const raw = Object.hasOwn(this.raw, name) ? this.raw[name] : undefined;
    if (raw === undefined) return undefined;
    if (!isContainer(raw)) return fromJson(raw, type);
    const known = this.#wrapped?.get(name);
    if (known !== undefined) return known;
    const value = fromJson(raw, type);
    (this.#wrapped ??= new Map()).set(name, value);
    return value;
  }
}

/** A JSON object as a map from strings. */
class JsonMap extends JsonEntries {
  readonly #value: CelType;

  constructor(raw: JsonObject, value: CelType) {
    super(raw);
    this.#value = value;
  }

  get(key: Value): Value | undefined {
    return typeof key === 'string' ? this.read(key, this.#value) : undefined;
  }
  has(key: Value): boolean {
    return typeof key === 'string' && Object.hasOwn(this.raw, key) && this.raw[key] !== undefined;
  }
  keys(): CelList {
    return new ArrayList(this.names as Value[]);
  }
}

/** A JSON object of a declared type: only its fields are there, under their names in expressions. */
class JsonFields extends JsonEntries {
  readonly #type: ObjectType;

  constructor(raw: JsonObject, type: ObjectType) {
    super(raw);
    this.#type = type;
  }

  override get typeName(): string {
    return this.#type.name;
  }
  get(key: Value): Value | undefined {
    const field = typeof key === 'string' ? this.#type.field(key) : undefined;
    return field === undefined ? undefined : this.read(field.jsonName ?? (key as string), field.type);
  }
  has(key: Value): boolean {
    const field = typeof key === 'string' ? this.#type.field(key) : undefined;
    const name = field?.jsonName ?? (key as string);
    return field !== undefined && Object.hasOwn(this.raw, name) && this.raw[name] !== undefined;
  }
  keys(): CelList {
    return new ArrayList(this.names.map((name) => fromJson(name, STRING)));
  }
}
