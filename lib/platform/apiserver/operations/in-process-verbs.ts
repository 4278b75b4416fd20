import { rfc3339 } from '../../../common/clock.ts';
import type { ResourceDefinition } from '../../api/define-resource.ts';
import type { KubeList, KubeObject, WatchEvent } from '../../api/meta.ts';
import { newBadRequest, newMethodNotSupported, newNotFound, newUnsupportedMediaType } from '../../api/status-error.ts';
import type {
  DeleteOptions,
  ListOptions,
  PatchType,
  ResourceRef,
  UserInfo,
  Verbs,
  WatchOptions,
  WriteOptions,
} from '../../api/verbs.ts';
import { requireAllowed } from '../auth/authorizer.ts';
import { applierName } from '../managed-fields/manager-name.ts';
import { askedWithin, groupVersionText, judgedLater, subresourceOf } from '../kinds/resource-table.ts';
import type { ServerContext } from '../server-context.ts';
import { cloneJson, freezeJson } from '../store/json-value.ts';
import { runAction } from './action-subresource.ts';
import { createObject } from './create-object.ts';
import { decodeObject } from './decode-object.ts';
import { deleteCollection } from './delete-collection.ts';
import { deletedStatus, deleteObject } from './delete-object.ts';
import { listObjects, type ListResult } from './list-objects.ts';
import { type Operation, qualifiedOf } from './operation.ts';
import { Pace } from './pace.ts';
import { APPLY, checkPatchType, patchObject } from './patch-object.ts';
import { readObject } from './read-object.ts';
import { replaceObject } from './replace-object.ts';
import { patchScale, scaleKindOf, scaleOf, updateScale } from './scale-object.ts';
import { fromStored, storedDefinition, toStored } from './served-version.ts';
import { deleteVirtual, listVirtual, patchVirtual, readPart, replaceVirtual, runVirtual } from './virtual-resource.ts';
import { watchStream } from './watch/watch-stream.ts';

/** Owner of the fields that the platform's own controllers set. */
const OWN_MANAGER = 'openshift';

/** The API as calls, for one user: authorization, admission and validation as over HTTP, without the bytes. */
export class InProcessVerbs implements Verbs {
  readonly #server: ServerContext;
  readonly #user: UserInfo;

  constructor(server: ServerContext, user: UserInfo) {
    this.#server = server;
    this.#user = user;
  }

  async get<T extends KubeObject>(ref: ResourceRef, options?: { resourceVersion?: string }): Promise<T> {
    const operation = this.#operation('get', named(ref));
    if (options?.resourceVersion !== '0') await this.#server.cache.fresh();
    const { definition } = operation;
    const part = ref.subresource === undefined ? undefined : subresourceOf(definition, ref.subresource);
    if (part?.kind === 'read') return freezeJson(await readPart(this.#server, operation, part)) as T;
    const { object } = await readObject(this.#server, operation);
    return (
      ref.subresource === 'scale' && definition.scale !== undefined
        ? freezeJson(scaleOf(definition.scale, object))
        : fromStored(operation.served, object)
    ) as T;
  }

  async list<T extends KubeObject>(ref: ResourceRef, options: ListOptions = {}): Promise<KubeList<T>> {
    const operation = this.#operation('list', ref, {}, options.fieldSelector);
    const list = operation.definition.virtual === undefined ? listObjects : listVirtual;
    return listOf<T>(operation.served, await list(this.#server, operation, options));
  }

  async *watch<T extends KubeObject>(ref: ResourceRef, options: WatchOptions = {}): AsyncGenerator<WatchEvent<T>> {
    yield* watchStream<T>(this.#server, this.#operation('watch', ref, {}, options.fieldSelector), options);
  }

  async create<T extends KubeObject>(ref: ResourceRef, object: KubeObject, options: WriteOptions = {}): Promise<T> {
    const operation = this.#operation('create', ref, options);
    const { definition } = operation;
    if (definition.virtual !== undefined)
      return (await runVirtual(this.#server, operation, decode(operation, object, definition))) as T;
    if (ref.subresource === undefined) {
      if (definition.namespaced && ref.namespace === undefined)
        throw newBadRequest('an empty namespace may not be set during creation');
      const { name: _name, ...collection } = ref;
      const created = await createObject(this.#server, { ...operation, ref: collection }, decodeWhole(operation, object));
      return fromStored(operation.served, created.object) as T;
    }
    const action = subresourceOf(definition, ref.subresource);
    if (action?.kind !== 'action') throw newMethodNotSupported(qualifiedOf(definition), 'create');
    return (await runAction(this.#server, operation, action, decode(operation, object, action.body))) as T;
  }

  async update<T extends KubeObject>(ref: ResourceRef, object: KubeObject, options: WriteOptions = {}): Promise<T> {
    const name = ref.name ?? object.metadata.name;
    const operation = this.#operation('update', named(name === undefined ? ref : { ...ref, name }), options);
    if (ref.subresource === 'scale' && operation.definition.scale !== undefined) {
      const wanted = decode(operation, object, scaleKindOf(operation.definition.scale));
      return (await updateScale(this.#server, operation, () => wanted)) as T;
    }
    if (operation.definition.virtual !== undefined)
      return (await replaceVirtual(this.#server, operation, decodeWhole(operation, object))).stored.object as T;
    this.#checkWritable(operation);
    const { stored } = await replaceObject(this.#server, operation, decodeWhole(operation, object));
    return fromStored(operation.served, stored.object) as T;
  }

  async patch<T extends KubeObject>(ref: ResourceRef, type: PatchType, body: unknown, options: WriteOptions = {}): Promise<T> {
    if (type === APPLY) applierName(options.fieldManager);
    const operation = this.#operation('patch', named(ref), options);
    checkPatchType(operation.definition, type);
    const patch = { type, value: cloneJson(body), strictErrors: [], force: options.force ?? false };
    if (type === 'application/apply-patch+yaml' && typeof body === 'string')
      throw newUnsupportedMediaType('apply patches in process are objects');
    if (ref.subresource === 'scale' && operation.definition.scale !== undefined)
      return (await patchScale(this.#server, operation, patch)) as T;
    if (operation.definition.virtual !== undefined)
      return (await patchVirtual(this.#server, operation, patch)).stored.object as T;
    this.#checkWritable(operation);
    const { stored } = await patchObject(this.#server, operation, patch);
    return fromStored(operation.served, stored.object) as T;
  }

  async delete(ref: ResourceRef, options: DeleteOptions = {}): Promise<KubeObject> {
    const operation = this.#operation('delete', named(ref), options.dryRun === true ? { dryRun: true } : {});
    if (operation.definition.virtual !== undefined) return deleteVirtual(this.#server, operation, options);
    const { stored, gone } = await deleteObject(this.#server, operation, options);
    return gone
      ? (deletedStatus(operation, stored.object) as unknown as KubeObject)
      : fromStored(operation.served, stored.object);
  }

  async deleteCollection(ref: ResourceRef, options: DeleteOptions & ListOptions = {}): Promise<KubeList> {
    const operation = this.#operation('deletecollection', ref, options.dryRun === true ? { dryRun: true } : {});
    return listOf(operation.served, await deleteCollection(this.#server, operation, options));
  }

  #checkWritable({ definition, ref }: Operation): void {
    if (ref.subresource === undefined || (ref.subresource === 'status' && definition.status !== undefined)) return;
    if (subresourceOf(definition, ref.subresource)?.kind !== 'replace')
      throw newMethodNotSupported(qualifiedOf(definition), 'update');
  }

  #operation(verb: string, ref: ResourceRef, options: WriteOptions = {}, fieldSelector?: string): Operation {
    const namespace = askedWithin(this.#server.table, ref);
    const query = {
      user: this.#user,
      verb,
      ...ref,
      ...(namespace === undefined ? {} : { namespace }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
    };
    if (!judgedLater(this.#server.table, query)) requireAllowed(this.#server.authorizer, query);
    const served = this.#server.table.findAny(ref);
    if (served === undefined) throw newNotFound({ group: ref.group, resource: ref.resource }, ref.name ?? '');
    return {
      user: this.#user,
      definition: storedDefinition(served),
      served,
      ref,
      now: rfc3339(this.#server.clock.now()),
      dryRun: options.dryRun ?? false,
      fieldValidation: options.fieldValidation ?? 'Strict',
      fieldManager: options.fieldManager ?? OWN_MANAGER,
      pace: new Pace(),
      warnings: [],
    };
  }
}

function named(ref: ResourceRef): ResourceRef {
  if (ref.name === undefined || ref.name === '') throw newBadRequest('resource name may not be empty');
  return ref;
}

const decode = (operation: Operation, object: KubeObject, kind: Parameters<typeof decodeObject>[1]): KubeObject =>
  decodeObject({ value: cloneJson(object), strictErrors: [] }, kind, operation.fieldValidation, operation.warnings);

/** A whole object of the kind, in the version that was asked for, as it is stored. */
const decodeWhole = (operation: Operation, object: KubeObject): KubeObject =>
  toStored(operation.served, decode(operation, object, operation.served));

function listOf<T extends KubeObject>(definition: ResourceDefinition, result: ListResult): KubeList<T> {
  return {
    apiVersion: groupVersionText(definition),
    kind: definition.listKind ?? `${definition.kind}List`,
    metadata: {
      resourceVersion: String(result.revision),
      ...(result.continue === undefined ? {} : { continue: result.continue }),
      ...(result.remaining === undefined ? {} : { remainingItemCount: result.remaining }),
    },
    items: result.items.map(({ object }) => fromStored(definition, object) as T),
  };
}
