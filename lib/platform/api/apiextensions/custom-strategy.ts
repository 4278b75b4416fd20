import type { ObjectSchema } from '../custom-kind.ts';
import type { StatusSubresource, Strategy } from '../strategy.ts';
import type { Json, KubeObject, ObjectMeta } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import { invalid } from '../validation/causes.ts';
import { finalizerWarnings } from '../validation/object-meta.ts';
import type { DefinitionVersion, ScalePaths } from './definition-types.ts';
import { valueAt } from './field-values.ts';
import { applySchemaRules, rulesOf } from './schema-rules.ts';
import { validateEmbedded } from './schema/embedded-objects.ts';
import { validateListKeys } from './schema/list-keys.ts';
import { validateChange, validateValue } from './schema/validate-value.ts';

const MAX_REPLICAS = 2 ** 31 - 1;

/** The rules of custom resources (apiextensions-apiserver's registry/customresource). */
export function customStrategy(schema: ObjectSchema, version: DefinitionVersion): Strategy {
  const hasStatus = version.subresources?.status !== undefined;
  return {
    prepareForCreate: (object) => {
      if (hasStatus) delete object.status;
    },
    validateCreate: (object) => {
      const value = object as unknown as Json;
      const causes = [
        ...validateValue(schema.root, value),
        ...validateScale(version.subresources?.scale, object),
        ...validateEmbedded(schema.root, value),
        ...validateListKeys(schema.root, value),
      ];
      return [...causes, ...ruleCauses(schema, causes, object, undefined)];
    },
    validateUpdate: (object, old) => validateCustomUpdate(schema, version, object, old),
    warnings: ({ metadata }, old) => finalizerWarnings(metadata, old?.metadata),
    allowUnconditionalUpdate: false,
    generation: true,
    // With a status of its own, what is wished is everything else.
    generationCounts: ({ metadata: _metadata, status, ...rest }) => (hasStatus ? rest : { ...rest, status }),
  };
}

/** Through `status` nothing else changes, not even metadata. */
export function customStatus(schema: ObjectSchema, version: DefinitionVersion): StatusSubresource {
  return {
    prepareForUpdate: ({ metadata }, old) => resetMetadata(metadata, old.metadata),
    validateUpdate: (object, old) => validateCustomUpdate(schema, version, object, old),
  };
}

function validateCustomUpdate(
  schema: ObjectSchema,
  { subresources }: DefinitionVersion,
  object: KubeObject,
  old: KubeObject,
): StatusCause[] {
  const [value, before] = [object as unknown as Json, old as unknown as Json];
  const keys = validateListKeys(schema.root, value);
  const causes = [
    ...validateChange(schema.root, value, before),
    ...validateScale(subresources?.scale, object),
    ...validateEmbedded(schema.root, value),
    // Lists that were wrong already may stay so.
    ...(keys.length > 0 && validateListKeys(schema.root, before).length > 0 ? [] : keys),
  ];
  return [...causes, ...ruleCauses(schema, causes, object, old)];
}

/** Causes after which a rule could stumble over what it takes for granted. */
const BLOCKING = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);

function ruleCauses(
  schema: ObjectSchema,
  causes: readonly StatusCause[],
  object: KubeObject,
  old: KubeObject | undefined,
): StatusCause[] {
  const { schema: rules } = schema.root;
  if (rulesOf(rules) === undefined) return [];
  if (!causes.some(({ reason = '' }) => BLOCKING.has(reason))) return applySchemaRules(rules, object, old);
  return [
    {
      ...invalid(
        '<nil>',
        null,
        'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
      ),
    },
  ];
}

function validateScale(scale: ScalePaths | undefined, object: KubeObject): StatusCause[] {
  if (scale === undefined) return [];
  const causes: StatusCause[] = [];
  for (const path of [scale.specReplicasPath, scale.statusReplicasPath]) {
    const value = path === undefined ? undefined : valueAt(object, path.split('.').slice(1));
    if (value === undefined || value === null) continue;
    if (typeof value !== 'number' || !Number.isInteger(value))
      causes.push(invalid(path!, 0, `${path} accessor error: ${JSON.stringify(value)} is of the wrong type, expected int64`));
    else if (value < 0) causes.push(invalid(path!, value, 'should be a non-negative integer'));
    else if (value > MAX_REPLICAS) causes.push(invalid(path!, value, `should be less than or equal to ${MAX_REPLICAS}`));
  }
  const { labelSelectorPath: selector } = scale;
  const text = selector ? valueAt(object, selector.split('.').slice(1)) : undefined;
  if (text !== undefined && typeof text !== 'string')
    causes.push(
      invalid(selector!, '', `${selector} accessor error: ${JSON.stringify(text)} is of the wrong type, expected string`),
    );
  return causes;
}

function resetMetadata(metadata: ObjectMeta, old: ObjectMeta): void {
  for (const field of ['labels', 'annotations', 'finalizers', 'ownerReferences', 'generateName'] as const)
    if (old[field] === undefined) delete metadata[field];
    else Object.assign(metadata, { [field]: structuredClone(old[field]) });
}
