import { rfc3339 } from '../../common/clock.ts';
import { CLEANUP_FINALIZER } from '../api/apiextensions/definition-types.ts';
import type { KubeObject } from '../api/meta.ts';
import { unlessGone } from './api-errors.ts';
import { withCondition } from './conditions.ts';
import type { Condition } from './core-types.ts';
import { type ControllerDefinition, defineController, type ReconcileContext, type ReconcileResult } from './define-controller.ts';
import { definedKindInfo } from './definitions/defined-kind-info.ts';
import type { KindInfo } from './kind-info.ts';
import { CUSTOM_RESOURCE_DEFINITIONS, refTo } from './resources.ts';
import { sameJson } from './same-json.ts';

/** Finalizers may hold objects; they are looked for at this pace, in ms. */
const LOOK_AGAIN = 500;

/** Deletes the objects of a definition that is being deleted, and lets it go when they are gone (controller/finalizer). */
export function definitionCleanupController(): ControllerDefinition {
  return defineController({
    name: 'definition-cleanup-controller',
    for: CUSTOM_RESOURCE_DEFINITIONS,
    concurrency: 5,
    reconcile,
  });
}

async function reconcile(name: string, context: ReconcileContext): Promise<ReconcileResult | void> {
  const { client, lister } = context;
  const cached = lister(CUSTOM_RESOURCE_DEFINITIONS).byKey(name);
  if (cached === undefined || !isLeaving(cached)) return;
  const definition = await unlessGone(client.get({ ...CUSTOM_RESOURCE_DEFINITIONS, name }));
  if (definition === undefined || !isLeaving(definition)) return;
  const [kind] = definedKindInfo(definition);
  if (kind !== undefined && (await emptyKind(kind, context)) > 0) {
    await tellProgress(definition, context);
    return { requeueAfter: LOOK_AGAIN };
  }
  const { resourceVersion, uid, finalizers = [] } = definition.metadata;
  const left = finalizers.filter((finalizer) => finalizer !== CLEANUP_FINALIZER);
  const body = { metadata: { resourceVersion, uid, finalizers: left } };
  await unlessGone(client.patch({ ...CUSTOM_RESOURCE_DEFINITIONS, name }, 'application/merge-patch+json', body));
}

const isLeaving = ({ metadata }: KubeObject): boolean =>
  metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).includes(CLEANUP_FINALIZER);

/** Deletes what is there and gives how many objects are left. */
async function emptyKind({ group, version, resource }: KindInfo, { client }: ReconcileContext): Promise<number> {
  const all = { group, version, resource };
  const { items } = await client.list(all);
  const alive = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const namespaces = new Set(alive.map(({ metadata }) => metadata.namespace));
  for (const namespace of namespaces) await client.deleteCollection(namespace === undefined ? all : { ...all, namespace });
  return alive.length === 0 ? items.length : (await client.list(all)).items.length;
}

async function tellProgress(definition: KubeObject, { client, clock }: ReconcileContext): Promise<void> {
  const condition = {
    type: 'Terminating',
    status: 'True',
    reason: 'InstanceDeletionInProgress',
    message: 'CustomResource deletion is in progress',
  } as const;
  const known = definition['status']?.conditions as readonly Condition[] | undefined;
  const conditions = withCondition(known, condition, rfc3339(clock.now()));
  if (sameJson(known, conditions)) return;
  const status = { ...definition['status'], conditions };
  await unlessGone(client.update(refTo(CUSTOM_RESOURCE_DEFINITIONS, definition, 'status'), { ...definition, status }));
}
