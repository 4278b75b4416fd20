import type { ResourceDefinition } from '../../../lib/platform/api/define-resource.ts';
import { type FieldType, type StructType, structType } from '../../../lib/platform/api/schema/compiled-types.ts';

/** The next number of a random sequence, from 0 up to but not with `below`. */
export type Draw = (below: number) => number;

/** Values that programs stumble over. */
const ODD_TEXTS = [
  '',
  ' ',
  '\0',
  '\ud800',
  '\u202e',
  '../..',
  '/',
  '%2f',
  '__proto__',
  'constructor',
  '*',
  '-',
  '$(X)',
  '{{',
  'a'.repeat(300),
  'a,b',
  'é',
  '0',
  'true',
  '1e309',
  '2026-01-01T00:00:00Z',
  '1Gi',
  '-1',
  '172.30.0.1',
  '10.0.0.0/8',
  '::1',
  'a'.repeat(64),
  '(a+)+$',
  'x=y',
  'kubernetes.io/x',
  '127.0.0.1',
  'TCP',
];
const ODD_NUMBERS = [0, -1, 1, 80, 65_536, 2 ** 31 - 1, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, 1.5, 1e308, -0];
const ODD_VALUES: readonly unknown[] = [null, true, {}, [], [[]], [null], { a: null }, ...ODD_TEXTS, ...ODD_NUMBERS];
const NAMES = ['a', 'b', 'target', 'web'];

export const pick = <T>(draw: Draw, values: readonly T[]): T => values[draw(values.length)]!;
export const chance = (draw: Draw, of: number): boolean => draw(of) === 0;
export const randomBytes = (draw: Draw, most: number): Buffer =>
  Buffer.from(Array.from({ length: draw(most + 1) }, () => draw(256)));
export const oddText = (draw: Draw): string =>
  chance(draw, 4)
    ? String.fromCharCode(...Array.from({ length: draw(20) }, () => (chance(draw, 2) ? draw(128) : draw(65_536))))
    : pick(draw, ODD_TEXTS);
export const oddValue = (draw: Draw, depth = 3): unknown => {
  if (depth === 0 || !chance(draw, 5)) return pick(draw, ODD_VALUES);
  const values = Array.from({ length: draw(4) }, () => oddValue(draw, depth - 1));
  return chance(draw, 2) ? values : Object.fromEntries(values.map((value) => [oddText(draw), value]));
};

/** An object of the kind as its tables have it: mostly right, with wrong values in one of `wrong` places. */
export function randomObject(draw: Draw, definition: ResourceDefinition, name: string, wrong: number): Record<string, unknown> {
  const { group, version, kind, namespaced, schema } = definition;
  const object = randomStruct(draw, structType(schema), 6, wrong);
  const metadata = (typeof object.metadata === 'object' && object.metadata !== null ? object.metadata : {}) as Record<
    string,
    unknown
  >;
  const sane = {
    name: chance(draw, 12) ? oddText(draw) : name,
    ...(namespaced ? { namespace: 'default' } : {}),
    labels: { app: pick(draw, NAMES) },
  };
  return {
    ...object,
    apiVersion: group === '' ? version : `${group}/${version}`,
    kind,
    metadata: chance(draw, wrong) ? { ...sane, ...metadata } : sane,
  };
}

function randomStruct(draw: Draw, type: StructType, depth: number, wrong: number): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [name, field] of type.fields) {
    if (depth <= 0 && !field.required) continue;
    if (!field.required && !chance(draw, name === 'spec' || name === 'template' ? 1 : 4)) continue;
    out[name] = chance(draw, wrong) ? oddValue(draw) : randomValue(draw, field.type, name, depth - 1, wrong);
  }
  if (chance(draw, wrong * 4)) out[oddText(draw)] = oddValue(draw);
  return out;
}

function randomValue(draw: Draw, type: FieldType, name: string, depth: number, wrong: number): unknown {
  const many = <T>(make: () => T): T[] => Array.from({ length: depth <= 0 ? 0 : draw(3) }, make);
  switch (type.form) {
    case 'struct':
      return depth < -3 ? {} : randomStruct(draw, type.struct, depth, wrong);
    case 'list':
      return many(() => randomValue(draw, type.element, name, depth - 1, wrong));
    case 'map':
      return Object.fromEntries(
        many(() => [
          chance(draw, wrong) ? oddText(draw) : pick(draw, NAMES),
          randomValue(draw, type.element, name, depth - 1, wrong),
        ]),
      );
    case 'scalar':
      return randomScalar(draw, type.scalar, type.values, name);
  }
}

function randomScalar(draw: Draw, scalar: string, values: readonly string[] | undefined, name: string): unknown {
  switch (scalar) {
    case 'bool':
      return chance(draw, 2);
    case 'int32':
    case 'int64':
      return chance(draw, 3) ? draw(101) : pick(draw, [0, 1, 80, -1, 30_000, 2 ** 31 - 1]);
    case 'float64':
      return pick(draw, ODD_NUMBERS);
    case 'bytes':
      return randomBytes(draw, 20).toString('base64');
    case 'Quantity':
      return pick(draw, ['1', '100m', '1Gi', '0', '-1', '1e3', '0.1', '9'.repeat(30)]);
    case 'IntOrString':
      return pick<unknown>(draw, [80, 0, '25%', 'http', '101%', -1]);
    case 'Time':
    case 'MicroTime':
      return pick(draw, ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000001Z', '9999-12-31T23:59:59Z', '0001-01-01T00:00:00Z']);
    case 'Duration':
      return pick(draw, ['1s', '0', '-1h', '1h2m3s']);
    case 'string':
      if (values !== undefined && values.length > 0 && !chance(draw, 5)) return pick(draw, values);
      return chance(draw, 4) ? oddText(draw) : pick(draw, name === 'image' ? ['app:1', 'b/c@sha256:00'] : NAMES);
    default:
      return oddValue(draw);
  }
}
