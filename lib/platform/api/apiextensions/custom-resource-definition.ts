import { nameColumn, type Column } from '../columns.ts';
import type { StrategyContext } from '../strategy.ts';
import { defineResource } from '../define-resource.ts';
import type { StatusCause } from '../status-error.ts';
import { CLEANUP_FINALIZER, type Condition, type CustomResourceDefinition } from './definition-types.ts';
import { validateDefinition, validateDefinitionUpdate, validateNames } from './definition-validation.ts';
import { definedKinds, definitionFacts } from './defined-kinds.ts';
import { isKnownFormat } from './schema/formats.ts';
import { someSchema } from './schema/json-schema.ts';

const createdAt: Column = { name: 'Created At', type: 'date', cell: ({ metadata }) => metadata.creationTimestamp ?? '' };

/** Names that follow from the kind, and what else apiextensions/v1 SetDefaults fills in. */
function defaults({ spec }: CustomResourceDefinition): void {
  const names = (spec.names ??= {}) as { -readonly [key in keyof NonNullable<typeof spec.names>]: (typeof spec.names)[key] };
  if (names.kind) {
    if (!names.singular) names.singular = names.kind.toLowerCase();
    if (!names.listKind) names.listKind = `${names.kind}List`;
  }
  spec.conversion ??= { strategy: 'None' };
}

function keepStoredVersion(object: CustomResourceDefinition): void {
  const storage = object.spec.versions?.find((version) => version.storage === true)?.name;
  const stored = object.status.storedVersions ?? [];
  if (storage !== undefined && !stored.includes(storage)) object.status.storedVersions = [...stored, storage];
}

function setCondition(object: CustomResourceDefinition, condition: Condition): void {
  const others = (object.status.conditions ?? []).filter(({ type }) => type !== condition.type);
  object.status.conditions = [...others, condition];
}

/** The objects go first: that takes until somebody has seen to it. */
function prepareForDelete(object: CustomResourceDefinition, { now }: StrategyContext): void {
  const { metadata } = object;
  metadata.finalizers = [...new Set([...(metadata.finalizers ?? []), CLEANUP_FINALIZER])];
  setCondition(object, {
    type: 'Terminating',
    status: 'True',
    lastTransitionTime: now,
    reason: 'InstanceDeletionPending',
    message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
  });
}

/** Formats that nobody checks are fine and do nothing. */
function warnings({ spec: { versions = [] } }: CustomResourceDefinition): string[] {
  const found = new Set<string>();
  for (const { schema } of versions)
    if (schema?.openAPIV3Schema !== undefined)
      someSchema(schema.openAPIV3Schema, ({ format }) => {
        if (format && !isKnownFormat(format)) found.add(`unrecognized format ${JSON.stringify(format)}`);
        return false;
      });
  return [...found];
}

const validateStatus = ({ status }: CustomResourceDefinition): StatusCause[] =>
  validateNames(status?.acceptedNames ?? {}, 'status.acceptedNames');

export const customResourceDefinition = defineResource<CustomResourceDefinition>({
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  namespaced: false,
  schema: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition',
  strategy: {
    defaults,
    prepareForCreate: (object) => {
      object.status = {};
      keepStoredVersion(object);
    },
    prepareForUpdate: keepStoredVersion,
    validate: (object) => [...validateDefinition(object), ...validateStatus(object)],
    validateUpdate: validateDefinitionUpdate,
    warnings,
    prepareForDelete,
    // Until it is marked, so that the mark can say what it waits for.
    isHeld: ({ metadata }) => metadata.deletionTimestamp === undefined,
    allowUnconditionalUpdate: false,
  },
  status: { validateUpdate: validateStatus },
  columns: [nameColumn, createdAt],
  defines: { facts: definitionFacts, kinds: definedKinds },
});
