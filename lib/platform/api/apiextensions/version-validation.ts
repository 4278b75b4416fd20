import type { StatusCause } from '../status-error.ts';
import { duplicate, forbidden, invalid, required, tooMany } from '../validation/causes.ts';
import { dns1035Label } from '../validation/names.ts';
import type { DefinitionVersion, PrinterColumn, ScalePaths } from './definition-types.ts';
import { compileJsonPath, fieldPath } from './json-path.ts';
import { checkSchemaRules } from './schema-rules.ts';
import { validateDefaults } from './schema/default-validation.ts';
import { childSchemas, type JsonSchema, propertyOf } from './schema/json-schema.ts';
import { validateSchema } from './schema/schema-validation.ts';
import { validateStructural } from './schema/structural-validation.ts';

const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string'];
const COLUMN_FORMATS = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];
const MAX_SELECTABLE = 8;
/** Schemas within schemas; deeper ones would exhaust the stack of whatever walks them. */
const MAX_DEPTH = 100;

/** One of spec.versions. */
export function validateVersion(version: DefinitionVersion, path: string): StatusCause[] {
  const { name = '', deprecated, deprecationWarning, schema, subresources } = version;
  const causes: StatusCause[] = [];
  const text = dns1035Label(name).join(',');
  if (text !== '') causes.push(invalid(`${path}.name`, name, text));
  for (const wrong of warningProblems(deprecated === true, deprecationWarning))
    causes.push(invalid(`${path}.deprecationWarning`, deprecationWarning, wrong));
  const open = schema?.openAPIV3Schema;
  if (open !== undefined)
    causes.push(...validateRoot(open, subresources?.status !== undefined, `${path}.schema.openAPIV3Schema`));
  if (subresources?.scale !== undefined) causes.push(...validateScale(subresources.scale, `${path}.subresources.scale`));
  for (const [i, column] of (version.additionalPrinterColumns ?? []).entries())
    causes.push(...validateColumn(column, `${path}.additionalPrinterColumns[${i}]`));
  return [...causes, ...validateSelectable(version, `${path}.selectableFields`)];
}

function warningProblems(deprecated: boolean, warning: string | undefined): string[] {
  if (warning === undefined) return [];
  if (!deprecated) return ['can only be set for deprecated versions'];
  const found: string[] = [];
  if (Buffer.byteLength(warning) > 256) found.push('must be <= 256 characters long');
  if (warning === '') found.push('must not be an empty string');
  const at = /[^\P{C}]/u.exec(warning)?.index;
  if (at !== undefined) found.push(`must only contain printable UTF-8 characters; non-printable character found at index ${at}`);
  return found;
}

/** Fields that the root may have beside a status subresource, whose part is judged by itself. */
const NOT_AT_ROOT = [
  'id',
  '$schema',
  '$ref',
  'default',
  'enum',
  'maxProperties',
  'minProperties',
  'allOf',
  'oneOf',
  'anyOf',
  'not',
  'additionalProperties',
  'patternProperties',
  'dependencies',
  'additionalItems',
  'definitions',
  'nullable',
  'x-kubernetes-embedded-resource',
  'x-kubernetes-int-or-string',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-list-type',
  'x-kubernetes-map-type',
] as const;
const ALLOWED_TEXT =
  '[Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations]';

function validateRoot(schema: JsonSchema, hasStatus: boolean, path: string): StatusCause[] {
  if (isDeeper(schema, MAX_DEPTH)) return [invalid(path, '', `schemas are nested deeper than ${MAX_DEPTH}`)];
  const causes: StatusCause[] = [];
  const said = schema as Record<string, unknown>;
  if (hasStatus && schema.type && schema.type !== 'object')
    causes.push(
      invalid(
        `${path}.type`,
        schema.type,
        'only "object" is allowed as the type at the root of the schema if the status subresource is enabled',
      ),
    );
  else if (hasStatus && NOT_AT_ROOT.some((field) => said[field] !== undefined))
    causes.push(
      invalid(path, '', `only ${ALLOWED_TEXT} fields are allowed at the root of the schema if the status subresource is enabled`),
    );
  if (schema.nullable === true) causes.push(forbidden(`${path}.nullable`, 'nullable cannot be true at the root'));
  const structural = validateStructural(schema, path);
  causes.push(...structural, ...validateSchema(schema, path));
  // Defaults are judged by their schemas, which must be sound for that.
  if (causes.length === 0) causes.push(...validateDefaults(schema, path));
  if (causes.length === 0) causes.push(...checkSchemaRules(schema, path));
  return causes;
}

const isDeeper = (schema: JsonSchema, depth: number): boolean =>
  depth === 0 || childSchemas(schema, '').some((child) => isDeeper(child.schema, depth - 1));

function validateScale(scale: ScalePaths, path: string): StatusCause[] {
  const { specReplicasPath: spec = '', statusReplicasPath: status = '', labelSelectorPath: selector = '' } = scale;
  return [
    ...(spec === '' ? [required(`${path}.specReplicasPath`)] : pathUnder(spec, ['.spec.'], `${path}.specReplicasPath`)),
    ...(status === '' ? [required(`${path}.statusReplicasPath`)] : pathUnder(status, ['.status.'], `${path}.statusReplicasPath`)),
    ...(selector === '' ? [] : pathUnder(selector, ['.spec.', '.status.'], `${path}.labelSelectorPath`)),
  ];
}

function pathUnder(value: string, roots: readonly string[], path: string): StatusCause[] {
  if (!value.startsWith('.')) return [invalid(path, value, 'must be a simple json path starting with .')];
  if (roots.some((root) => value.startsWith(root))) return [];
  const names = roots.map((root) => root.slice(0, -1));
  return [invalid(path, value, `should be a json path under ${names.length === 1 ? names[0] : `either ${names.join(' or ')}`}`)];
}

function validateColumn({ name, type, format, jsonPath }: PrinterColumn, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  const types = `must be one of ${COLUMN_TYPES.join(',')}`;
  if (!name) causes.push(required(`${path}.name`));
  if (!type) causes.push(required(`${path}.type`, types));
  else if (!COLUMN_TYPES.includes(type)) causes.push(invalid(`${path}.type`, type, types));
  if (format && !COLUMN_FORMATS.includes(format))
    causes.push(invalid(`${path}.format`, format, `must be one of ${COLUMN_FORMATS.join(',')}`));
  if (!jsonPath) causes.push(required(`${path}.jsonPath`));
  else if (!jsonPath.startsWith('.'))
    causes.push(invalid(`${path}.jsonPath`, jsonPath, 'must be a simple json path starting with .'));
  else if (compileJsonPath(jsonPath) === undefined)
    causes.push(invalid(`${path}.jsonPath`, jsonPath, `unrecognized column definition ${JSON.stringify(jsonPath)}`));
  return causes;
}

function validateSelectable({ selectableFields = [], schema }: DefinitionVersion, path: string): StatusCause[] {
  const seen = new Set<string>();
  const causes = selectableFields.flatMap(({ jsonPath = '' }, i) => {
    const at = `${path}[${i}].jsonPath`;
    if (jsonPath === '') return [required(at)];
    const steps = fieldPath(jsonPath);
    const found = steps && schemaAt(schema?.openAPIV3Schema, steps);
    if (found === undefined) return [invalid(at, jsonPath, `is an invalid path: does not refer to a valid field`)];
    const own: StatusCause[] = [];
    if (steps![0] === 'metadata') own.push(invalid(at, jsonPath, 'must not point to fields in metadata'));
    if (!['string', 'boolean', 'integer'].includes(found.type ?? ''))
      own.push(
        invalid(
          at,
          jsonPath,
          'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
        ),
      );
    if (seen.has(jsonPath)) own.push(duplicate(at, jsonPath));
    seen.add(jsonPath);
    return own;
  });
  return seen.size > MAX_SELECTABLE ? [...causes, tooMany(path, seen.size, MAX_SELECTABLE)] : causes;
}

function schemaAt(schema: JsonSchema | undefined, steps: readonly string[]): JsonSchema | undefined {
  return steps.reduce<JsonSchema | undefined>((at, step) => at && propertyOf(at, step), schema);
}
