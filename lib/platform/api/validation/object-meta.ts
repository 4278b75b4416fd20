import { randomInt } from 'node:crypto';
import type { ResourceDefinition } from '../define-resource.ts';
import type { KubeObject, ObjectMeta } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import { deepEqual, forbidden, immutable, invalid, required, tooLong } from './causes.ts';
import { dns1123Label, labelValue, nameProblems, qualifiedName } from './names.ts';

const MAX_ANNOTATIONS = 256 * 1024;
const STANDARD_FINALIZERS = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

/** Rules for metadata of a new object: name format, labels, annotations, owner references, finalizers. */
export function validateObjectMeta(object: KubeObject, definition: ResourceDefinition): StatusCause[] {
  const { metadata } = object;
  const format = definition.strategy?.nameFormat ?? 'subdomain';
  const causes: StatusCause[] = [];
  if (metadata.generateName)
    for (const text of nameProblems(format, metadata.generateName, true))
      causes.push(invalid('metadata.generateName', metadata.generateName, text));
  if (!metadata.name) causes.push(required('metadata.name', 'name or generateName is required'));
  else for (const text of nameProblems(format, metadata.name)) causes.push(invalid('metadata.name', metadata.name, text));
  causes.push(
    ...validateNamespace(metadata, definition),
    ...validateFreeMetadata(metadata, 'metadata', definition.custom !== undefined),
  );
  return causes;
}

function validateNamespace(metadata: ObjectMeta, definition: ResourceDefinition): StatusCause[] {
  if (!definition.namespaced) return metadata.namespace ? [forbidden('metadata.namespace', 'not allowed on this type')] : [];
  if (!metadata.namespace) return [required('metadata.namespace')];
  return dns1123Label(metadata.namespace).map((text) => invalid('metadata.namespace', metadata.namespace, text));
}

/**
 * What both new and replaced objects must hold to, and templates too (`path`: `spec.template.metadata`). `custom`: finalizers of custom
 * resources have any name; see finalizerWarnings.
 */
export function validateFreeMetadata(metadata: ObjectMeta, path: string, custom = false): StatusCause[] {
  return [
    ...validateLabels(metadata.labels, `${path}.labels`),
    ...validateAnnotations(metadata.annotations, `${path}.annotations`),
    ...validateOwnerReferences(metadata, `${path}.ownerReferences`),
    ...validateFinalizers(metadata.finalizers ?? [], `${path}.finalizers`, custom),
  ];
}

/** Keys and values of labels. */
export function validateLabels(labels: Readonly<Record<string, string>> | undefined, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  for (const [key, value] of Object.entries(labels ?? {})) {
    for (const text of qualifiedName(key)) causes.push(invalid(path, key, text));
    for (const text of labelValue(value)) causes.push(invalid(path, value, text));
  }
  return causes;
}

function validateAnnotations(annotations: Readonly<Record<string, string>> | undefined, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  let size = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    for (const text of qualifiedName(key.toLowerCase())) causes.push(invalid(path, key, text));
    size += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  return size > MAX_ANNOTATIONS ? [...causes, tooLong(path, MAX_ANNOTATIONS)] : causes;
}

/** A list of more owners is not told with each of its mistakes. */
const MOST_SHOWN = 100;

function validateOwnerReferences(metadata: ObjectMeta, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  let controller: string | undefined;
  const owners = metadata.ownerReferences ?? [];
  for (const owner of owners) {
    if (!owner.apiVersion) causes.push(invalid(`${path}.apiVersion`, owner.apiVersion, 'version must not be empty'));
    for (const key of ['kind', 'name', 'uid'] as const)
      if (!owner[key]) causes.push(invalid(`${path}.${key}`, owner[key] ?? '', `${key} must not be empty`));
    if (owner.controller !== true) continue;
    if (controller !== undefined)
      causes.push(
        invalid(
          path,
          owners.length > MOST_SHOWN ? owner : owners,
          `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${owner.name}`,
        ),
      );
    controller ??= owner.name;
  }
  return causes;
}

function validateFinalizers(finalizers: readonly string[], path: string, custom: boolean): StatusCause[] {
  const causes: StatusCause[] = [];
  for (const finalizer of finalizers) {
    for (const text of qualifiedName(finalizer)) causes.push(invalid(path, finalizer, text));
    if (!custom && !isGoodFinalizer(finalizer))
      causes.push(invalid(path, finalizer, 'name is neither a standard finalizer name nor is it fully qualified'));
  }
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion'))
    causes.push(invalid(path, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'));
  return causes;
}

const isGoodFinalizer = (name: string): boolean => name.includes('/') || STANDARD_FINALIZERS.has(name);

/** What a custom resource's new finalizers should be called otherwise (apiextensions-apiserver's validateKubeFinalizerName). */
export function finalizerWarnings({ finalizers = [] }: ObjectMeta, before: ObjectMeta | undefined): string[] {
  return finalizers
    .filter((name) => !isGoodFinalizer(name) && !(before?.finalizers ?? []).includes(name))
    .map(
      (name) =>
        `metadata.finalizers: ${JSON.stringify(name)}: prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other finalizer writers`,
    );
}

const UNCHANGEABLE = [
  'name',
  'namespace',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
] as const satisfies readonly (keyof ObjectMeta)[];

/** Rules for metadata of a replaced object: what a client may not change. What the client left out counts as unchanged. */
export function validateObjectMetaUpdate(object: KubeObject, old: KubeObject, custom = false): StatusCause[] {
  const [metadata, before] = [object.metadata, old.metadata];
  const causes: StatusCause[] = [];
  for (const key of UNCHANGEABLE)
    if (metadata[key] !== undefined && metadata[key] !== null)
      causes.push(...immutable(`metadata.${key}`, metadata[key], before[key]));
  if ((metadata.generation ?? 0) < (before.generation ?? 0) && metadata.generation !== undefined)
    causes.push(invalid('metadata.generation', metadata.generation, 'must not be decremented'));
  const known = new Set(before.finalizers);
  const added = (metadata.finalizers ?? []).filter((each) => !known.has(each));
  if (before.deletionTimestamp !== undefined && added.length > 0)
    causes.push(
      forbidden(
        'metadata.finalizers',
        `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((each) => JSON.stringify(each)).join(', ')}}`,
      ),
    );
  if (!deepEqual(freeParts(metadata), freeParts(before))) causes.push(...validateFreeMetadata(metadata, 'metadata', custom));
  return causes;
}

const freeParts = ({ labels, annotations, ownerReferences, finalizers }: ObjectMeta) => ({
  labels,
  annotations,
  ownerReferences,
  finalizers,
});

/** Letters that make no words. */
const LETTERS = 'bcdfghjklmnpqrstvwxz2456789';
const RANDOM_LENGTH = 5;
const MAX_GENERATED = 63;

/** A name from generateName: the prefix, cut so that five random letters fit into 63. */
export function generateName(prefix: string): string {
  let suffix = '';
  for (let i = 0; i < RANDOM_LENGTH; i++) suffix += LETTERS[randomInt(LETTERS.length)];
  return prefix.slice(0, MAX_GENERATED - RANDOM_LENGTH) + suffix;
}
