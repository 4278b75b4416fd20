import { METADATA_ONLY } from '../../api/apiextensions/schema/complete-value.ts';
import type { CompletedObject, CustomKind } from '../../api/custom-kind.ts';
import type { KubeObject } from '../../api/meta.ts';
import { applyDefaults } from '../../api/schema/apply-defaults.ts';
import { checkFields } from '../../api/schema/check-fields.ts';
import { structType } from '../../api/schema/compiled-types.ts';
import { newBadRequest } from '../../api/status-error.ts';
import { groupVersionText } from '../kinds/resource-table.ts';
import { isRecord } from '../store/json-value.ts';
import { checkSize } from './object-size.ts';
import type { FieldValidation } from './operation.ts';

/** What a body should hold. */
export interface ExpectedKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly schema: string;
  readonly custom?: CustomKind;
}

/** A parsed body, and what strict decoding has against its text, e.g. `duplicate field "metadata.name"`. */
export interface ParsedBody {
  readonly value: unknown;
  readonly strictErrors: readonly string[];
}

/**
 * Turns a parsed body into an object of the kind: apiVersion and kind filled or refused, types checked, unknown fields
 * refused, warned about or dropped, defaults applied. The value is changed in place. Throws BadRequest with apimachinery's
 * texts, with 413 for what holds too much. `refusal` words the refusal of fields of wrong types and of unknown ones where it is another one (patches).
 */
export function decodeObject(
  body: ParsedBody,
  expected: ExpectedKind,
  validation: FieldValidation,
  warnings: string[],
  refusal?: (text: string) => Error,
): KubeObject {
  checkSize(body.value);
  const object = withKind(body.value, expected);
  const report = checkFields(expected.custom === undefined ? object : metadataOf(object), schemaOf(expected));
  const cannot = (why: string): Error =>
    refusal?.(why) ??
    newBadRequest(`${expected.kind} in version "${expected.version}" cannot be handled as a ${expected.kind}: ${why}`);
  if (report.malformed !== undefined) throw cannot(report.malformed);
  keepEmptyManagedFields(object);
  const completed = complete(object, expected);
  const strict = [...[...report.unknown, ...completed.unknown].map((path) => `unknown field "${path}"`), ...body.strictErrors];
  if (strict.length > 0 && validation === 'Strict') throw cannot(`strict decoding error: ${strict.join(', ')}`);
  // One after the other: as arguments of one call, very many would not fit on the stack.
  if (validation === 'Warn') for (const text of strict) warnings.push(text);
  completed.object.metadata ??= {};
  return completed.object;
}

/** Of a kind without a table only the metadata is in one. */
const schemaOf = ({ schema, custom }: ExpectedKind): string => (custom === undefined ? schema : METADATA_ONLY);

const metadataOf = ({ apiVersion, kind, metadata }: KubeObject): KubeObject => ({ apiVersion, kind, metadata });

function complete(object: KubeObject, expected: ExpectedKind): CompletedObject {
  const { custom } = expected;
  if (custom === undefined) {
    applyDefaults(object, expected.schema);
    return { object, unknown: [] };
  }
  const meta = metadataOf(object);
  applyDefaults(meta, METADATA_ONLY);
  object.metadata = meta.metadata ?? {};
  const { object: whole, unknown } = custom.schema.complete(object);
  return { object: whole === object ? object : { ...whole }, unknown };
}

/** An empty list says that all owners are to be forgotten. As all empty lists it would go; one empty entry says the same. */
function keepEmptyManagedFields({ metadata }: KubeObject): void {
  if (Array.isArray(metadata?.managedFields) && metadata.managedFields.length === 0) metadata.managedFields = [{}];
}

function withKind(value: unknown, expected: ExpectedKind): KubeObject {
  if (!isRecord(value))
    throw newBadRequest(
      `the object provided is unrecognized (must be of type ${expected.kind}): json: cannot unmarshal ${jsonType(value)} into Go value of type ${expected.kind}`,
    );
  const wanted = groupVersionText(expected);
  const { apiVersion, kind } = value;
  for (const [name, text] of [
    ['apiVersion', apiVersion],
    ['kind', kind],
  ] as const)
    if (text !== undefined && text !== null && typeof text !== 'string')
      throw newBadRequest(
        `couldn't get version/kind; json parse error: json: cannot unmarshal ${jsonType(text)} into Go struct field .${name} of type string`,
      );
  if (apiVersion && apiVersion !== wanted)
    throw newBadRequest(
      `the API version in the data (${String(apiVersion)}) does not match the expected API version (${wanted})`,
    );
  if (kind && kind !== expected.kind)
    throw newBadRequest(
      `${String(kind)} in version "${expected.version}" cannot be handled as a ${expected.kind}: converting (${expected.version}.${String(kind)}) to (${expected.group === '' ? 'core' : expected.group.split('.')[0]}.${expected.kind}): unknown conversion`,
    );
  value.apiVersion = wanted;
  value.kind = expected.kind;
  if (hasMetadata(expected)) value.metadata ??= {};
  return value as KubeObject;
}

/** Requests that are no objects (DeploymentRequest) have none, and nobody is to be told of one that we gave them. */
const hasMetadata = ({ schema, custom }: ExpectedKind): boolean =>
  custom !== undefined || structType(schema).fields.has('metadata');

const jsonType = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : value === true || value === false ? 'bool' : typeof value;
