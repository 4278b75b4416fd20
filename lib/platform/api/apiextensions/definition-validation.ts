import { type Webhook, validateClient } from '../admissionregistration/webhook-validation.ts';
import type { StatusCause } from '../status-error.ts';
import { forbidden, immutable, invalid, notSupported, required } from '../validation/causes.ts';
import { dns1035Label, dns1123Subdomain } from '../validation/names.ts';
import { type Conversion, type CustomResourceDefinition, type DefinitionNames, isTrue } from './definition-types.ts';
import { validateVersion } from './version-validation.ts';

/** Groups of Kubernetes itself: whoever adds to them needs its leave (KEP-1111). */
const PROTECTED = /(^|\.)(k8s\.io|kubernetes\.io)$/;
const APPROVED_ANNOTATION = 'api-approved.kubernetes.io';
const isProtected = (group: string): boolean => PROTECTED.test(group);

/** A definition that is new (apiextensions/validation ValidateCustomResourceDefinition). */
export function validateDefinition(object: CustomResourceDefinition): StatusCause[] {
  const { spec, metadata } = object;
  const { names = {}, group = '' } = spec;
  const causes: StatusCause[] = [];
  if (metadata.name !== `${names.plural ?? ''}.${group}`)
    causes.push(invalid('metadata.name', metadata.name, 'must be spec.names.plural+"."+spec.group'));
  causes.push(...validateSpec(object), ...validateStoredVersions(object), ...validateApproval(object));
  if (spec.preserveUnknownFields === true)
    causes.push(
      invalid(
        'spec.preserveUnknownFields',
        true,
        'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
      ),
    );
  return causes;
}

/** What of one may not be changed. */
export function validateDefinitionUpdate(object: CustomResourceDefinition, old: CustomResourceDefinition): StatusCause[] {
  const [now, before] = [object.spec, old.spec];
  return [
    ...(isTrue(old, 'Established')
      ? [
          ...immutable('spec.scope', now.scope, before.scope),
          ...immutable('spec.names.kind', now.names?.kind, before.names?.kind),
        ]
      : []),
    ...immutable('spec.group', now.group, before.group),
    ...immutable('spec.names.plural', now.names?.plural, before.names?.plural),
  ];
}

function validateSpec({ spec }: CustomResourceDefinition): StatusCause[] {
  const { group = '', scope, versions = [], names = {} } = spec;
  const causes: StatusCause[] = [];
  const text = dns1123Subdomain(group).join(',');
  if (group === '') causes.push(required('spec.group'));
  else if (text !== '') causes.push(invalid('spec.group', group, text));
  else if (!group.includes('.')) causes.push(invalid('spec.group', group, 'should be a domain with at least one dot'));
  if (!scope) causes.push(required('spec.scope'));
  else if (scope !== 'Cluster' && scope !== 'Namespaced')
    causes.push(notSupported('spec.scope', scope, ['Cluster', 'Namespaced']));
  for (const [i, version] of versions.entries())
    if (version.schema?.openAPIV3Schema === undefined)
      causes.push(required(`spec.versions[${i}].schema.openAPIV3Schema`, 'schemas are required'));
  for (const [i, version] of versions.entries()) causes.push(...validateVersion(version, `spec.versions[${i}]`));
  if (new Set(versions.map(({ name }) => name)).size < versions.length)
    causes.push(invalid('spec.versions', versions, 'must contain unique version names'));
  if (versions.filter(({ storage }) => storage === true).length !== 1)
    causes.push(invalid('spec.versions', versions, 'must have exactly one version marked as storage version'));
  for (const field of ['plural', 'singular', 'kind', 'listKind'] as const)
    if (!names[field]) causes.push(required(`spec.names.${field}`));
  return [...causes, ...validateNames(names, 'spec.names'), ...validateConversion(spec.conversion)];
}

/** Names that somebody asks for, or that were accepted. */
export function validateNames(names: DefinitionNames, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  for (const field of ['plural', 'singular'] as const) {
    const text = names[field] ? dns1035Label(names[field]).join(',') : '';
    if (text !== '') causes.push(invalid(`${path}.${field}`, names[field], text));
  }
  for (const field of ['kind', 'listKind'] as const) {
    const text = names[field] ? dns1035Label(names[field].toLowerCase()).join(',') : '';
    if (text !== '')
      causes.push(invalid(`${path}.${field}`, names[field], `may have mixed case, but should otherwise match: ${text}`));
  }
  for (const field of ['shortNames', 'categories'] as const)
    for (const [i, name] of (names[field] ?? []).entries()) {
      const text = dns1035Label(name).join(',');
      if (text !== '') causes.push(invalid(`${path}.${field}[${i}]`, name, text));
    }
  if (names.kind && names.kind === names.listKind)
    causes.push(invalid(`${path}.listKind`, names.listKind, 'kind and listKind may not be the same'));
  return causes;
}

function validateStoredVersions({ spec, status }: CustomResourceDefinition): StatusCause[] {
  const path = 'status.storedVersions';
  const stored = status?.storedVersions ?? [];
  if (stored.length === 0) return [invalid(path, stored, 'must have at least one stored version')];
  const names = new Set((spec.versions ?? []).map(({ name }) => name));
  return stored.flatMap((name, i) =>
    names.has(name)
      ? []
      : [
          invalid(
            `${path}[${i}]`,
            name,
            `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
          ),
        ],
  );
}

/** What the annotation of a protected group's definition says; undefined for other groups. */
export function approvalOf({
  spec,
  metadata,
}: CustomResourceDefinition): { readonly approved: boolean; readonly text: string } | undefined {
  if (!isProtected(spec.group ?? '')) return undefined;
  const said = metadata.annotations?.[APPROVED_ANNOTATION] ?? '';
  return { approved: /^https?:\/\/[^\s/]+/.test(said), text: said };
}

function validateApproval(object: CustomResourceDefinition): StatusCause[] {
  const approval = approvalOf(object);
  if (approval === undefined || approval.approved || approval.text.startsWith('unapproved')) return [];
  const path = `metadata.annotations[${APPROVED_ANNOTATION}]`;
  return approval.text === ''
    ? [
        required(
          path,
          'protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
        ),
      ]
    : [
        invalid(
          path,
          approval.text,
          'protected groups must have approval annotation "api-approved.kubernetes.io" with either a URL or a reason starting with "unapproved", see https://github.com/kubernetes/enhancements/pull/1111',
        ),
      ];
}

const REVIEW_VERSIONS = ['v1', 'v1beta1'];

function validateConversion(conversion: Conversion | undefined): StatusCause[] {
  if (conversion === undefined) return [];
  const { strategy, webhook } = conversion;
  const path = 'spec.conversion';
  if (!strategy) return [required(`${path}.strategy`)];
  if (strategy !== 'None' && strategy !== 'Webhook') return [notSupported(`${path}.strategy`, strategy, ['None', 'Webhook'])];
  if (strategy === 'None')
    return webhook === undefined ? [] : [forbidden(`${path}.webhook`, 'should not be set when strategy is not set to Webhook')];
  const client = webhook?.clientConfig;
  return [
    ...(client === undefined
      ? [required(`${path}.webhook.clientConfig`, 'required when strategy is set to Webhook')]
      : validateClient(client as NonNullable<Webhook['clientConfig']>, `${path}.webhook.clientConfig`)),
    ...validateReviewVersions(webhook?.conversionReviewVersions ?? [], `${path}.webhook.conversionReviewVersions`),
  ];
}

function validateReviewVersions(versions: readonly string[], path: string): StatusCause[] {
  if (versions.length === 0) return [required(path)];
  const causes = versions.flatMap((version, i) =>
    versions.indexOf(version) < i
      ? [invalid(`${path}[${i}]`, version, 'duplicate version')]
      : dns1035Label(version).map((text) => invalid(`${path}[${i}]`, version, text)),
  );
  if (!versions.some((version) => REVIEW_VERSIONS.includes(version)))
    causes.push(invalid(path, versions, `must include at least one of ${REVIEW_VERSIONS.join(', ')}`));
  return causes;
}
