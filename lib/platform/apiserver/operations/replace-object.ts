import type { ResourceDefinition } from '../../api/define-resource.ts';
import type { KubeObject, ObjectMeta } from '../../api/meta.ts';
import {
  isNotFound,
  newBadRequest,
  newConflict,
  newInvalid,
  OPTIMISTIC_LOCK_TEXT,
  type StatusCause,
} from '../../api/status-error.ts';
import { validateObjectMetaUpdate } from '../../api/validation/object-meta.ts';
import { admit, type AdmissionRequest, validateAdmission } from '../admission/admission-plugin.ts';
import { requireAllowed } from '../auth/authorizer.ts';
import { subresourceOf } from '../kinds/resource-table.ts';
import type { ServerContext } from '../server-context.ts';
import type { AllocationScope } from '../store/allocation-ledger.ts';
import { cloneJson, equalJson } from '../store/json-value.ts';
import type { StoredObject } from '../store/stored-object.ts';
import { admissionOf, createObject } from './create-object.ts';
import { guaranteedUpdate, type UpdateResult } from './guaranteed-update.ts';
import { trackUpdate } from '../managed-fields/track-update.ts';
import { causesOf } from './object-size.ts';
import { type Operation, qualifiedOf, strategyContext, writerOf } from './operation.ts';

/** PUT of a whole object, or of it through `status` or a replace subresource. */
export async function replaceObject(
  server: ServerContext,
  operation: Operation,
  object: KubeObject,
): Promise<UpdateResult & { readonly created: boolean }> {
  checkName(operation, object);
  try {
    const result = await guaranteedUpdate(server, operation, (current, scope) =>
      prepareUpdate(server, operation, cloneJson(object), current, scope),
    );
    return { ...result, created: false };
  } catch (error) {
    const creates = operation.definition.strategy?.allowCreateOnUpdate === true && operation.ref.subresource === undefined;
    const unversioned = (object.metadata.resourceVersion ?? '') === '' || object.metadata.resourceVersion === '0';
    if (!isNotFound(error) || !creates || !unversioned) throw error;
    delete object.metadata.resourceVersion;
    requireAllowed(server.authorizer, { user: operation.user, verb: 'create', ...operation.ref });
    return { stored: await createObject(server, operation, object), deleted: false, created: true };
  }
}

/** The object in the body must be the one in the URL (handlers/namer and update.go). */
export function checkName({ ref, definition }: Operation, object: KubeObject): void {
  const { name, namespace } = object.metadata;
  if (name === undefined || name === '')
    throw newBadRequest(`the name of the object (${ref.name} based on URL) was undeterminable: name must be provided`);
  if (name !== ref.name) throw newBadRequest(`the name of the object (${name}) does not match the name on the URL (${ref.name})`);
  if (!definition.namespaced) {
    if (namespace !== undefined && namespace !== '')
      throw newBadRequest('the namespace of the provided object does not match the namespace sent on the request');
    return;
  }
  if (namespace !== undefined && namespace !== '' && namespace !== ref.namespace)
    throw newBadRequest(
      `the namespace of the object (${namespace}) does not match the namespace on the request (${ref.namespace})`,
    );
  object.metadata.namespace = ref.namespace!;
}

/**
 * From what the client wants and what is there to what will be written: preconditions, metadata that only the server
 * sets, owners of fields, the kind's strategy, validation, admission. `object` is changed. `managed`: its managedFields are told
 * already, by an application.
 */
export async function prepareUpdate(
  server: ServerContext,
  operation: Operation,
  object: KubeObject,
  current: StoredObject,
  scope: AllocationScope,
  managed = false,
): Promise<KubeObject> {
  const { definition, ref } = operation;
  const old = current.object;
  checkPreconditions(operation, object.metadata, current);
  carryMeta(object, old);
  const main = ref.subresource === undefined || ref.subresource === 'scale';
  if (main) {
    if (definition.status !== undefined) resetField(object, old, 'status');
    // What depends on other fields is the client's too; what admission and the kind add is nobody's.
    definition.strategy?.defaults?.(object);
    await operation.pace.pause();
    if (!managed) trackUpdate(writerOf(operation), object, old);
    await operation.pace.pause();
  }
  const request: AdmissionRequest = { ...admissionOf(server, operation), operation: 'UPDATE', object, old };
  await admit(server.admission, request);
  let causes = validateObjectMetaUpdate(object, old, definition.custom !== undefined);
  if (main) {
    definition.strategy?.defaults?.(object);
    await definition.strategy?.prepareForUpdate?.(object, old, strategyContext(server, operation, scope));
    bumpGeneration(definition, object, old);
    causes = causesOf(() => [
      ...causes,
      ...(definition.strategy?.validate?.(object) ?? []),
      ...(definition.strategy?.validateUpdate?.(object, old) ?? []),
      ...(operation.served.conversion?.validateUpdate?.(object, old) ?? []),
    ]);
  } else {
    causes = causesOf(() => [...causes, ...prepareSubresource(operation, object, old)]);
    if (!managed) trackUpdate(writerOf(operation), object, old);
  }
  if (causes.length > 0) throw newInvalid(operation.served, object.metadata.name ?? '', causes);
  if (ref.subresource === undefined) operation.warnings.push(...(definition.strategy?.warnings?.(object, old) ?? []));
  await operation.pace.pause();
  await validateAdmission(server.admission, { ...request, charged: scope.charged });
  return object;
}

function prepareSubresource({ definition, ref, now }: Operation, object: KubeObject, old: KubeObject): StatusCause[] {
  const subresource = subresourceOf(definition, ref.subresource!);
  if (subresource?.kind === 'replace') {
    subresource.prepareForUpdate(object, old, now);
    bumpGeneration(definition, object, old);
    return subresource.validateUpdate?.(object, old) ?? [];
  }
  for (const field of new Set([...Object.keys(object), ...Object.keys(old)]))
    if (field !== 'metadata' && field !== 'status') resetField(object, old, field);
  resetMeta(object.metadata, old.metadata, 'ownerReferences');
  if (typeof definition.status !== 'object') return [];
  definition.status.prepareForUpdate?.(object, old, now);
  return definition.status.validateUpdate?.(object, old) ?? [];
}

function checkPreconditions({ definition }: Operation, metadata: ObjectMeta, current: StoredObject): void {
  const { name, uid } = current.object.metadata;
  if (metadata.uid !== undefined && metadata.uid !== '' && metadata.uid !== uid)
    throw newConflict(
      qualifiedOf(definition),
      name!,
      `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${uid}`,
    );
  const version = metadata.resourceVersion ?? '';
  if (version === '' || version === '0') {
    if (definition.strategy?.allowUnconditionalUpdate === false)
      throw newInvalid(definition, name!, [
        {
          reason: 'FieldValueInvalid',
          field: 'metadata.resourceVersion',
          message: 'Invalid value: 0x0: must be specified for an update',
        },
      ]);
    return;
  }
  if (!/^[1-9]\d*$/.test(version))
    throw newInvalid(definition, name!, [
      {
        reason: 'FieldValueInvalid',
        field: 'metadata.resourceVersion',
        message: `Invalid value: ${JSON.stringify(version)}: must be a decimal number`,
      },
    ]);
  if (Number(version) !== current.revision) throw newConflict(qualifiedOf(definition), name!, OPTIMISTIC_LOCK_TEXT);
}

/** What the client may leave out, and what it cannot take away. Other values than the old ones are validation's to refuse. */
function carryMeta({ metadata }: KubeObject, { metadata: old }: KubeObject): void {
  for (const field of ['uid', 'creationTimestamp'] as const) if (!metadata[field]) resetMeta(metadata, old, field);
  for (const field of ['deletionTimestamp', 'deletionGracePeriodSeconds'] as const)
    if (old[field] !== undefined || metadata[field] === null) resetMeta(metadata, old, field);
  resetMeta(metadata, old, 'generation');
  delete metadata['selfLink' as never];
  if (old.namespace !== undefined) metadata.namespace = old.namespace;
}

function resetMeta(metadata: ObjectMeta, old: ObjectMeta, field: keyof ObjectMeta): void {
  if (old[field] === undefined) delete metadata[field];
  else Object.assign(metadata, { [field]: cloneJson(old[field]) });
}

function resetField(object: KubeObject, old: KubeObject, field: string): void {
  if (old[field] === undefined) delete object[field];
  else object[field] = cloneJson(old[field] as unknown);
}

/** Generation counts changes of what is wanted: everything beside metadata and status. */
function bumpGeneration({ strategy }: ResourceDefinition, object: KubeObject, old: KubeObject): void {
  if (old.metadata.generation === undefined) {
    delete object.metadata.generation;
    return;
  }
  const wish = strategy?.generationCounts ?? (({ metadata: _meta, status: _status, ...rest }: KubeObject): object => rest);
  object.metadata.generation = old.metadata.generation + (equalJson(wish(object), wish(old)) ? 0 : 1);
}
