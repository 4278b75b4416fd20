import { randomUUID } from 'node:crypto';
import type { ResourceDefinition } from '../../api/define-resource.ts';
import type { KubeObject } from '../../api/meta.ts';
import { newAlreadyExists, newBadRequest, newInvalid, newMethodNotSupported, StatusError } from '../../api/status-error.ts';
import { generateName, validateObjectMeta } from '../../api/validation/object-meta.ts';
import type { WriteResult } from '../../storage/backend.ts';
import { admit, type AdmissionRequest, validateAdmission } from '../admission/admission-plugin.ts';
import { verbsOf } from '../kinds/resource-table.ts';
import type { ServerContext } from '../server-context.ts';
import type { AllocationScope } from '../store/allocation-ledger.ts';
import { objectKey, resourcePrefix } from '../store/storage-key.ts';
import { encodeForStore, fromStore, type StoredObject, unstored } from '../store/stored-object.ts';
import { formIn, formOf, storageForm } from './custom-forms.ts';
import { inForce } from './in-force.ts';
import { causesOf } from './object-size.ts';
import { trackCreate } from '../managed-fields/track-update.ts';
import { type Operation, qualifiedOf, strategyContext, writerOf } from './operation.ts';

/** Tries before a generated name that is always taken is given up (rest.GuaranteedName). */
const NAME_ATTEMPTS = 8;

/**
 * Creates what the body says. `object` is the caller's no longer: it is changed and stored. `managed`: its managedFields are told already,
 * by an application.
 */
export async function createObject(
  server: ServerContext,
  operation: Operation,
  object: KubeObject,
  managed = false,
): Promise<StoredObject> {
  const { definition, ref } = operation;
  checkNamespace(operation, object);
  const request: AdmissionRequest = { ...admissionOf(server, operation), operation: 'CREATE', object };
  const prefix = object.metadata.name === undefined || object.metadata.name === '' ? object.metadata.generateName : undefined;
  fillMeta(operation, object);
  // What depends on other fields is the creator's too; what admission and the kind add is nobody's.
  definition.strategy?.defaults?.(object);
  if (!managed) trackCreate(writerOf(operation), object);
  await operation.pace.pause();
  if (prefix !== undefined && prefix !== '') object.metadata.name = generateName(prefix);
  await admit(server.admission, request);
  for (let attempt = 1; ; attempt++) {
    const key = objectKey(definition, ref.namespace, object.metadata.name ?? '');
    const scope = server.ledger.begin({ key, uid: object.metadata.uid! }, operation.dryRun);
    let result: WriteResult;
    let bytes: Buffer;
    try {
      await prepare(server, operation, object, scope);
      await operation.pace.pause();
      await validateAdmission(server.admission, { ...request, charged: scope.charged });
      if (operation.dryRun) return dryRun(server, operation, key, object);
      bytes = encodeForStore(await storageForm(server, definition, object));
      result = await server.backend.create(key, bytes);
    } catch (error) {
      await scope.rollback();
      throw error;
    }
    if (result.ok) {
      await scope.commit();
      await inForce(server, operation, result.revision);
      const made = fromStore(key, bytes, result.revision, result.revision);
      return formOf(definition, made) ?? formIn(server, definition, made);
    }
    await scope.rollback();
    if (prefix === undefined || prefix === '' || attempt >= NAME_ATTEMPTS)
      throw alreadyExists(
        operation,
        object,
        prefix,
        result.current && fromStore(key, result.current.value, result.current.revision, 0),
      );
    object.metadata.name = generateName(prefix);
  }
}

/** What admission is told of an operation. */
export function admissionOf(server: ServerContext, operation: Operation): Omit<AdmissionRequest, 'operation'> {
  const { definition, served, ref, user, dryRun, warnings, annotate } = operation;
  return { definition, served, ref, user, dryRun, warnings, annotate, cache: server.cache };
}

/** Throws 405 for a kind that has no new objects. */
export function requireOpen(definition: ResourceDefinition): void {
  if (verbsOf(definition).includes('create')) return;
  const error = newMethodNotSupported(qualifiedOf(definition), 'create');
  throw definition.closed === undefined ? error : new StatusError({ ...error.status, message: definition.closed });
}

function checkNamespace({ definition, ref }: Operation, object: KubeObject): void {
  const said = object.metadata.namespace;
  if (said !== undefined && said !== '' && said !== (definition.namespaced ? ref.namespace : undefined))
    throw newBadRequest('the namespace of the provided object does not match the namespace sent on the request');
  if (definition.namespaced) object.metadata.namespace = ref.namespace!;
  else delete object.metadata.namespace;
  if (object.metadata.resourceVersion !== undefined && object.metadata.resourceVersion !== '')
    throw newBadRequest('resourceVersion should not be set on objects to be created');
}

function fillMeta(operation: Operation, object: KubeObject): void {
  const { metadata } = object;
  delete metadata.resourceVersion;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata['selfLink' as never];
  delete metadata.generation;
  metadata.uid = randomUUID();
  metadata.creationTimestamp = operation.now;
  const finalizers = operation.definition.strategy?.finalizers;
  if (finalizers !== undefined) metadata.finalizers = [...new Set([...(metadata.finalizers ?? []), ...finalizers])];
}

async function prepare(server: ServerContext, operation: Operation, object: KubeObject, scope: AllocationScope): Promise<void> {
  const { definition } = operation;
  definition.strategy?.defaults?.(object);
  await definition.strategy?.prepareForCreate?.(object, strategyContext(server, operation, scope));
  if (definition.strategy?.generation ?? (definition.status !== undefined && object.spec !== undefined))
    object.metadata.generation = 1;
  const causes = causesOf(() => [
    ...validateObjectMeta(object, definition),
    ...(definition.strategy?.validateCreate?.(object) ?? []),
    ...(operation.served.conversion?.validateCreate?.(object) ?? []),
    ...(definition.strategy?.validate?.(object) ?? []),
  ]);
  if (causes.length > 0) throw newInvalid(operation.served, object.metadata.name ?? '', causes);
  operation.warnings.push(...(definition.strategy?.warnings?.(object) ?? []));
}

async function dryRun(server: ServerContext, operation: Operation, key: string, object: KubeObject): Promise<StoredObject> {
  await server.cache.fresh();
  const current = server.cache.resource(resourcePrefix(operation.definition)).get(key);
  if (current !== undefined) throw alreadyExists(operation, object, undefined, current);
  return unstored(key, object);
}

function alreadyExists(
  operation: Operation,
  object: KubeObject,
  prefix: string | undefined,
  current: StoredObject | undefined,
): StatusError {
  const error = newAlreadyExists(qualifiedOf(operation.definition), object.metadata.name ?? '');
  if (current?.object.metadata.deletionTimestamp !== undefined)
    error.status.message = `object is being deleted: ${error.status.message}`;
  if (prefix !== undefined && prefix !== '')
    error.status.message += ', the server was not able to generate a unique name for the object';
  error.message = error.status.message!;
  return error;
}
