import { RE2JS } from 're2js';
import type { StatusCause } from '../../status-error.ts';
import { deepEqual, forbidden, invalid, required } from '../../validation/causes.ts';
import { itemsOf, type JsonSchema, propertyOf } from './json-schema.ts';

type Level = 'root' | 'item' | 'field';

/** What makes a schema no structural one (apiextensions-apiserver's schema.ValidateStructural), in the order of the texts. */
export function validateStructural(schema: JsonSchema, path: string): StatusCause[] {
  const text = ({ field, message }: StatusCause): string => `${field}: ${message}`;
  return [...invariants(schema, 'root', path), ...judgements(schema, schema, path, path)].toSorted((a, b) =>
    text(a) < text(b) ? -1 : 1,
  );
}

const EMPTY_TYPE: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};

function invariants(schema: JsonSchema, level: Level, path: string): StatusCause[] {
  const { type, additionalProperties: more, properties = {} } = schema;
  const embedded = schema['x-kubernetes-embedded-resource'] === true;
  const preserve = schema['x-kubernetes-preserve-unknown-fields'] === true;
  const intOrString = schema['x-kubernetes-int-or-string'] === true;
  const items = itemsOf(schema);
  const causes: StatusCause[] = [];
  if (type === 'array' && schema.items === undefined) causes.push(required(`${path}.items`, 'must be specified'));
  if (items !== undefined) causes.push(...invariants(items, 'item', `${path}.items`));
  for (const [name, child] of Object.entries(properties))
    causes.push(...invariants(child, 'field', `${path}.properties[${name}]`));
  if (more !== undefined && level === 'root')
    causes.push(forbidden(`${path}.additionalProperties`, 'must not be used at the root'));
  if (typeof more === 'object') causes.push(...invariants(more, 'field', `${path}.additionalProperties`));
  if (intOrString)
    for (const other of ['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const)
      if (schema[other] === true)
        causes.push(invalid(`${path}.${other}`, true, 'must be false if x-kubernetes-int-or-string is true'));
  causes.push(...nested(schema, path, isIntOrStringAnyOf(schema), isIntOrStringAllOf(schema)));
  if (embedded && type !== 'object') {
    const text = 'must be object if x-kubernetes-embedded-resource is true';
    causes.push(type ? invalid(`${path}.type`, type, text) : required(`${path}.type`, text));
  } else if (!type && !intOrString && !preserve) causes.push(required(`${path}.type`, EMPTY_TYPE[level]));
  if (embedded && more !== undefined)
    causes.push(forbidden(`${path}.additionalProperties`, 'must not be used if x-kubernetes-embedded-resource is set'));
  if (level === 'root' && type && type !== 'object') causes.push(invalid(`${path}.type`, type, 'must be object at the root'));
  causes.push(...metaFields(schema, level, path));
  if (embedded && !preserve && Object.keys(properties).length === 0)
    causes.push(
      required(
        `${path}.properties`,
        'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields',
      ),
    );
  return causes;
}

/** apiVersion, kind and metadata of an object are what they are; at the root only its name may be restricted. */
function metaFields(schema: JsonSchema, level: Level, path: string): StatusCause[] {
  const isObject = level === 'root' || schema['x-kubernetes-embedded-resource'] === true;
  const causes: StatusCause[] = [];
  if (isObject)
    for (const name of ['kind', 'apiVersion']) {
      const property = propertyOf(schema, name);
      if (property !== undefined && property.type !== 'string')
        causes.push(invalid(`${path}.properties[${name}].type`, property.type ?? '', 'must be string'));
    }
  const metadata = propertyOf(schema, 'metadata');
  if (metadata === undefined) return causes;
  const at = `${path}.properties[metadata]`;
  if (isObject && metadata.type !== 'object') causes.push(invalid(`${at}.type`, metadata.type ?? '', 'must be object'));
  if (level !== 'root') return causes;
  const { type: _type, default: _default, description: _description, properties = {}, ...rest } = metadata;
  if (Object.keys(rest).length > 0 || Object.keys(properties).some((name) => name !== 'name' && name !== 'generateName'))
    causes.push(
      forbidden(at, 'must not specify anything other than name and generateName, but metadata is implicitly specified'),
    );
  return causes;
}

const INT_OR_STRING: readonly JsonSchema[] = [{ type: 'integer' }, { type: 'string' }];

const isIntOrStringAnyOf = ({ anyOf = [] }: JsonSchema): boolean => anyOf.length === 2 && deepEqual(anyOf, INT_OR_STRING);

const isIntOrStringAllOf = ({ allOf = [] }: JsonSchema): boolean => allOf.length > 0 && isIntOrStringAnyOf(allOf[0]!);

/** The judging parts of a schema. The two skips are for the forms that an int-or-string may have. */
function nested(schema: JsonSchema, path: string, skipAnyOf: boolean, skipFirstAllOf: boolean): StatusCause[] {
  const causes: StatusCause[] = [];
  for (const [i, each] of (schema.anyOf ?? []).entries())
    if (!skipAnyOf) causes.push(...judging(each, `${path}.anyOf[${i}]`, false));
  for (const [i, each] of (schema.allOf ?? []).entries())
    causes.push(...judging(each, `${path}.allOf[${i}]`, skipFirstAllOf && i === 0));
  for (const [i, each] of (schema.oneOf ?? []).entries()) causes.push(...judging(each, `${path}.oneOf[${i}]`, false));
  if (schema.not !== undefined) causes.push(...judging(schema.not, `${path}.not`, false));
  const problem = patternProblem(schema.pattern);
  if (problem !== undefined)
    causes.push(invalid(`${path}.pattern`, schema.pattern, `must be a valid regular expression, but isn't: ${problem}`));
  return causes;
}

function patternProblem(pattern: string | undefined): string | undefined {
  if (pattern === undefined || pattern === '') return undefined;
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const MUST_BE: readonly (readonly [keyof JsonSchema, string])[] = [
  ['type', 'empty'],
  ['additionalProperties', 'undefined'],
  ['default', 'undefined'],
  ['title', 'empty'],
  ['description', 'empty'],
  ['nullable', 'false'],
  ['externalDocs', 'undefined'],
  ['x-kubernetes-preserve-unknown-fields', 'false'],
  ['x-kubernetes-embedded-resource', 'false'],
  ['x-kubernetes-int-or-string', 'false'],
  ['x-kubernetes-list-map-keys', 'empty'],
  ['x-kubernetes-list-type', 'undefined'],
  ['x-kubernetes-map-type', 'undefined'],
  ['x-kubernetes-validations', 'empty'],
];

/** A schema that only judges what another says is there. */
function judging(schema: JsonSchema, path: string, skipAnyOf: boolean): StatusCause[] {
  const causes = nested(schema, path, skipAnyOf, false);
  const items = itemsOf(schema);
  if (items !== undefined) causes.push(...judging(items, `${path}.items`, false));
  for (const [name, child] of Object.entries(schema.properties ?? {}))
    causes.push(...judging(child, `${path}.properties[${name}]`, false));
  for (const [field, what] of MUST_BE)
    if (schema[field] !== undefined) causes.push(forbidden(`${path}.${field}`, `must be ${what} to be structural`));
  if (propertyOf(schema, 'metadata') !== undefined)
    causes.push(forbidden(`${path}.properties[metadata]`, 'must not be specified in a nested context'));
  return causes;
}

/** What is judged must be there: each field that a judging schema names, in the structure beside it. */
function judgements(judge: JsonSchema, structure: JsonSchema, at: string, path: string): StatusCause[] {
  const below = [
    ...(judge.not === undefined ? [] : [{ schema: judge.not, path: `${path}.not` }]),
    ...(['allOf', 'anyOf', 'oneOf'] as const).flatMap((name) =>
      (judge[name] ?? []).map((schema, i) => ({ schema, path: `${path}.${name}[${i}]` })),
    ),
  ];
  return below.flatMap((each) => complete(each.schema, structure, at, each.path));
}

function complete(judge: JsonSchema, structure: JsonSchema | undefined, at: string, path: string): StatusCause[] {
  if (structure === undefined) return [required(at, `because it is defined in ${path}`)];
  const items = itemsOf(judge);
  return [
    ...judgements(judge, structure, at, path),
    ...(items === undefined ? [] : complete(items, itemsOf(structure), `${at}.items`, `${path}.items`)),
    ...Object.entries(judge.properties ?? {}).flatMap(([name, child]) =>
      complete(child, propertyOf(structure, name), `${at}.properties[${name}]`, `${path}.properties[${name}]`),
    ),
  ];
}
