import type { ConversionWebhook } from '../custom-kind.ts';
import type { ScaleSubresource } from '../subresources/subresource.ts';
import type { ResourceDefinition } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import { customStatus, customStrategy } from './custom-strategy.ts';
import {
  type Conversion,
  type CustomResourceDefinition,
  type DefinitionVersion,
  isTrue,
  type ScalePaths,
} from './definition-types.ts';
import { fieldPath } from './json-path.ts';
import { DefinedSchema } from './object-schema.ts';
import { schemaName } from './open-api-schema.ts';
import { printerColumns } from './printer-columns.ts';
import { valueAt, valueText } from './field-values.ts';

/** While the objects of a definition go, there are no new ones; finalizers can still be taken off them. */
const TERMINATING_VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'] as const;
const TERMINATING_TEXT = 'create not allowed while custom resource definition is terminating';

/**
 * The kinds that a definition makes, one for each version: none before its names were accepted. A version that is stored and not served is
 * there too, hidden, for those who look after the objects.
 */
export function definedKinds(object: CustomResourceDefinition): ResourceDefinition[] {
  if (!isTrue(object, 'Established')) return [];
  const { spec } = object;
  const { group = '', scope, versions = [] } = spec;
  const names = object.status.acceptedNames ?? {};
  const { kind = '', listKind = `${kind}List`, plural = '' } = names;
  const storage = versions.find((version) => version.storage === true);
  if (storage?.name === undefined) return [];
  const schemas = new Map(
    versions.map(({ name = '', schema }) => [
      name,
      new DefinedSchema(schema?.openAPIV3Schema ?? {}, { group, version: name, kind, listKind }),
    ]),
  );
  const webhook = webhookOf(object.metadata.name ?? '', spec.conversion);
  return versions
    .filter((version) => version.served === true || version === storage)
    .map((version) => {
      const schema = schemas.get(version.name ?? '')!;
      return {
        group,
        version: version.name ?? '',
        kind,
        listKind,
        plural,
        singular: names.singular ?? kind.toLowerCase(),
        shortNames: names.shortNames ?? [],
        categories: names.categories ?? [],
        namespaced: scope === 'Namespaced',
        schema: schemaName({ group, version: version.name ?? '' }, kind),
        custom: {
          schema,
          storageVersion: storage.name!,
          versions: schemas,
          fingerprint: `${object.metadata.uid}/${object.metadata.generation}`,
          ...(webhook === undefined ? {} : { webhook }),
        },
        strategy: customStrategy(schema, version),
        ...(version.subresources?.status === undefined ? {} : { status: customStatus(schema, version) }),
        ...(version.subresources?.scale === undefined ? {} : { scale: scaleOf(version.subresources.scale) }),
        selectableFields: selectableFields(version),
        columns: printerColumns(version.additionalPrinterColumns),
        replaceable: true,
        ...(version.served === true ? {} : { hidden: true }),
        ...(version.deprecated === true ? { deprecated: warningOf(version, group, kind) } : {}),
        ...(isTrue(object, 'Terminating') ? { verbs: TERMINATING_VERBS, closed: TERMINATING_TEXT } : {}),
      };
    });
}

/** What of a definition its kinds are made from. */
export const definitionFacts = (object: CustomResourceDefinition): unknown => [
  object.metadata.uid,
  object.spec,
  object.status?.acceptedNames,
  isTrue(object, 'Established'),
  isTrue(object, 'Terminating'),
];

const warningOf = ({ name, deprecationWarning }: DefinitionVersion, group: string, kind: string): string =>
  deprecationWarning ?? `${group}/${name} ${kind} is deprecated`;

function webhookOf(name: string, conversion: Conversion | undefined): ConversionWebhook | undefined {
  if (conversion?.strategy !== 'Webhook') return undefined;
  const { clientConfig = {}, conversionReviewVersions = [] } = conversion.webhook ?? {};
  return { name, clientConfig, reviewVersions: conversionReviewVersions };
}

const steps = (path: string | undefined): readonly string[] => (path ?? '').split('.').slice(1);

function scaleOf({ specReplicasPath, statusReplicasPath, labelSelectorPath }: ScalePaths): ScaleSubresource {
  const selector = labelSelectorPath ? steps(labelSelectorPath) : undefined;
  return {
    specReplicasPath: steps(specReplicasPath),
    statusReplicasPath: steps(statusReplicasPath),
    selector: (object) => (selector === undefined ? '' : valueText(valueAt(object, selector))),
  };
}

function selectableFields({
  selectableFields: fields = [],
}: DefinitionVersion): NonNullable<ResourceDefinition['selectableFields']> {
  return Object.fromEntries(
    fields.flatMap(({ jsonPath = '' }) => {
      const path = fieldPath(jsonPath);
      return path === undefined ? [] : [[path.join('.'), (object: KubeObject) => valueText(valueAt(object, path))]];
    }),
  );
}
