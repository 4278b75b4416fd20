import type { Json } from '../../meta.ts';
import { isObject, type JsonObject } from '../../schema/patch-lists.ts';
import type { StatusCause } from '../../status-error.ts';
import { deepEqual, invalid, notSupported, required, tooLong, tooMany } from '../../validation/causes.ts';
import { isOfFormat } from './formats.ts';
import type { SchemaNode } from './schema-node.ts';

/** More are no help, and grow the answer. */
const MAX_CAUSES = 100;

/**
 * What a value has against its schema, in the words of Kubernetes' OpenAPI validator (kube-openapi's validation/validate). `path` is ''
 * for a whole object. The value must have been completed.
 */
export function validateValue(node: SchemaNode, value: Json, path = ''): StatusCause[] {
  const causes: StatusCause[] = [];
  validate(node, value, path, causes);
  return causes.slice(0, MAX_CAUSES);
}

/**
 * The same for a value that replaces another: what was wrong already and has not been changed is no longer held against it
 * (KEP-4008). Lists are compared as wholes unless their items have keys.
 */
export function validateChange(node: SchemaNode, value: Json, old: Json | undefined, path = ''): StatusCause[] {
  const causes = validateValue(node, value, path);
  if (causes.length === 0 || old === undefined) return causes;
  return causes.filter(({ field = '' }) => !isUnchanged(value, old, field));
}

/** Whether the part that a cause is about was the same before. Causes about no field (junctors) are about all of it. */
function isUnchanged(value: Json, old: Json, field: string): boolean {
  if (field === NO_FIELD) return deepEqual(withoutMetadata(value), withoutMetadata(old));
  let [now, before] = [value, old];
  for (const step of field.split('.')) {
    const name = step.replace(/\[.*$/, '');
    // What is missing is missing from the object around it.
    if (!isObject(now) || !isObject(before) || !Object.hasOwn(now, name)) break;
    [now, before] = [now[name]!, Object.hasOwn(before, name) ? before[name]! : ABSENT];
    // Items have no place of their own: the list is the same, or it is not.
    if (step !== name) break;
  }
  return deepEqual(now, before);
}

/** Equal to no value of an object. */
const ABSENT: Json = [{ '': [] }];

const withoutMetadata = (value: Json): Json => {
  if (!isObject(value)) return value;
  const { metadata: _metadata, ...rest } = value;
  return rest;
};

/** What causes without a field say there. */
const NO_FIELD = '<nil>';

const body = (path: string): string => (path === '' ? '' : `${path} in body `);

function validate(node: SchemaNode, value: Json, path: string, causes: StatusCause[]): void {
  if (causes.length >= MAX_CAUSES) return;
  checkType(node, value, path, causes);
  if (value === null) return checkEnum(node, value, path, causes);
  checkJunctors(node, value, path, causes);
  if (typeof value === 'string') checkText(node, value, path, causes);
  else if (typeof value === 'number') checkNumber(node, value, path, causes);
  else if (Array.isArray(value)) checkList(node, value, path, causes);
  checkEnum(node, value, path, causes);
  if (isObject(value)) checkObject(node, value, path, causes);
}

function typeOf(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function checkType({ types, nullable }: SchemaNode, value: Json, path: string, causes: StatusCause[]): void {
  if (types.length === 0 || (value === null && nullable)) return;
  const type = typeOf(value);
  if (types.includes(type) || (type === 'integer' && types.includes('number'))) return;
  const text = `${body(path)}must be of type ${types.join(',')}: "${type}"`;
  causes.push({ ...invalid(path, type, text), reason: 'FieldValueTypeInvalid' });
}

function checkEnum({ schema }: SchemaNode, value: Json, path: string, causes: StatusCause[]): void {
  if (schema.enum === undefined || schema.enum.length === 0 || schema.enum.some((each) => deepEqual(each, value))) return;
  const texts = schema.enum.map((each) => (typeof each === 'string' ? each : JSON.stringify(each)));
  causes.push(notSupported(path, value, texts));
}

function checkText(node: SchemaNode, text: string, path: string, causes: StatusCause[]): void {
  const { maxLength, minLength, pattern, format } = node.schema;
  if (maxLength !== undefined && longerThan(text, maxLength)) causes.push(tooLong(path, maxLength));
  if (minLength !== undefined && !longerThan(text, minLength - 1))
    causes.push(invalid(path, text, `${body(path)}should be at least ${minLength} chars long`));
  if (node.matches?.(text) === false) causes.push(invalid(path, text, `${body(path)}should match '${pattern}'`));
  if (format !== undefined && format !== '' && !isOfFormat(format, text))
    causes.push({
      ...invalid(path, text, `${body(path)}must be of type ${format}: ${JSON.stringify(text)}`),
      reason: 'FieldValueTypeInvalid',
    });
}

/** In characters, not in UTF-16 units; counted only as far as needed. */
function longerThan(text: string, limit: number): boolean {
  if (text.length <= limit) return false;
  let count = 0;
  for (const _character of text) if (++count > limit) return true;
  return false;
}

const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
  float: [-3.4028234663852886e38, 3.4028234663852886e38],
};

function checkNumber({ schema, types }: SchemaNode, value: number, path: string, causes: StatusCause[]): void {
  const { multipleOf, maximum, exclusiveMaximum, minimum, exclusiveMinimum, format = '' } = schema;
  const fail = (text: string): void => void causes.push(invalid(path, value, `${body(path)}should be ${text}`));
  const range = Object.hasOwn(RANGES, format) ? RANGES[format] : undefined;
  if (range !== undefined && (value < range[0] || value > range[1]))
    causes.push(invalid(path, value, `Checked value must be of type ${types[0] ?? 'number'} with format ${format} in ${path}`));
  if (multipleOf !== undefined && !isMultiple(value, multipleOf)) fail(`a multiple of ${multipleOf}`);
  if (maximum !== undefined && (exclusiveMaximum === true ? value >= maximum : value > maximum))
    fail(`less than ${exclusiveMaximum === true ? '' : 'or equal to '}${maximum}`);
  if (minimum !== undefined && (exclusiveMinimum === true ? value <= minimum : value < minimum))
    fail(`greater than ${exclusiveMinimum === true ? '' : 'or equal to '}${minimum}`);
}

function isMultiple(value: number, factor: number): boolean {
  const times = value / factor;
  return Number.isInteger(times) || Math.abs(times - Math.round(times)) < 1e-9;
}

function checkList({ schema, items }: SchemaNode, list: readonly Json[], path: string, causes: StatusCause[]): void {
  const { minItems, maxItems } = schema;
  if (items !== undefined) for (const [i, item] of list.entries()) validate(items, item, `${path}[${i}]`, causes);
  if (minItems !== undefined && list.length < minItems)
    causes.push(invalid(path, list.length, `${body(path)}should have at least ${minItems} items`));
  if (maxItems !== undefined && list.length > maxItems) causes.push(tooMany(path, list.length, maxItems));
}

function checkObject(node: SchemaNode, object: JsonObject, path: string, causes: StatusCause[]): void {
  const { minProperties, maxProperties, required: needed = [] } = node.schema;
  const keys = Object.keys(object);
  if (minProperties !== undefined && keys.length < minProperties)
    causes.push(invalid(path, keys.length, `${body(path)}should have at least ${minProperties} properties`));
  if (maxProperties !== undefined && keys.length > maxProperties) causes.push(tooMany(path, keys.length, maxProperties));
  const at = (key: string): string => (path === '' ? key : `${path}.${key}`);
  for (const key of needed) if (!Object.hasOwn(object, key)) causes.push(required(at(key)));
  for (const key of keys) {
    const child = node.properties.get(key) ?? (node.additional === 'anything' ? undefined : node.additional);
    if (child !== undefined) validate(child, object[key]!, at(key), causes);
  }
}

/** `<nil>` stands for the field: the text names it. */
const junctor = (path: string, text: string): StatusCause => invalid(NO_FIELD, '', `${JSON.stringify(path)} must ${text}`);

function checkJunctors(node: SchemaNode, value: Json, path: string, causes: StatusCause[]): void {
  const judge = (schema: SchemaNode): StatusCause[] => validateValue(schema, value, path);
  // The first two of an int-or-string only say that it is one.
  if (node.anyOf.length > 0) {
    const results = node.anyOf.map(judge);
    if (results.every((found) => found.length > 0))
      causes.push(junctor(path, 'validate at least one schema (anyOf)'), ...fewest(results));
  }
  if (node.oneOf.length > 0) {
    const results = node.oneOf.map(judge);
    const valid = results.filter((found) => found.length === 0).length;
    if (valid === 0) causes.push(junctor(path, 'validate one and only one schema (oneOf). Found none valid'), ...fewest(results));
    else if (valid > 1) causes.push(junctor(path, `validate one and only one schema (oneOf). Found ${valid} valid alternatives`));
  }
  if (node.allOf.length > 0) {
    const results = node.allOf.map(judge);
    const valid = results.filter((found) => found.length === 0).length;
    causes.push(...results.flat());
    if (valid < results.length)
      causes.push(junctor(path, `validate all the schemas (allOf)${valid === 0 ? '. None validated' : ''}`));
  }
  if (node.not !== undefined && judge(node.not).length === 0) causes.push(junctor(path, 'not validate the schema (not)'));
}

/** What the alternative that comes nearest is missing. */
const fewest = (results: readonly StatusCause[][]): StatusCause[] =>
  results.reduce((best, each) => (each.length < best.length ? each : best));
