import { rfc3339 } from '../../common/clock.ts';
import { errorText } from '../../common/errors.ts';
import type { KubeObject } from '../api/meta.ts';
import { StatusError } from '../api/status-error.ts';
import type { GroupVersionResource } from '../api/verbs.ts';
import type { Client } from '../client/client.ts';
import { unlessGone } from './api-errors.ts';
import { withCondition } from './conditions.ts';
import type { Condition } from './core-types.ts';
import { type ControllerDefinition, defineController, type ReconcileContext, type ReconcileResult } from './define-controller.ts';
import type { KindInfo } from './kind-info.ts';
import { deletionConditions, type Remains } from './namespace/namespace-conditions.ts';
import { NAMESPACES, PODS, refTo } from './resources.ts';
import { sameJson } from './same-json.ts';

/** Pods tell when they are gone; other things that a finalizer holds are looked for at this pace, in ms. */
const LOOK_AGAIN = 500;
const KUBERNETES_FINALIZER = 'kubernetes';

/**
 * Empties namespaces that are being deleted, then lets them go: pods first, and everything else only once no pod runs any
 * more (KEP 5080: a pod must not outlive the network policy that confined it).
 */
export function namespaceController(
  kinds: readonly KindInfo[],
  defined?: { readonly of: GroupVersionResource; readonly kinds: (object: KubeObject) => readonly KindInfo[] },
): ControllerDefinition {
  const namespaced = (context: ReconcileContext): KindInfo[] => {
    const others = defined === undefined ? [] : context.lister(defined.of).list().flatMap(defined.kinds);
    return [...kinds, ...others].filter((kind) => kind.namespaced);
  };
  return defineController({
    name: 'namespace-controller',
    for: NAMESPACES,
    watches: [
      {
        of: PODS,
        map: ({ metadata }, { lister }) => terminating(lister(NAMESPACES).byKey(metadata.namespace!)),
        changed: () => false,
      },
      // Only looked at: which kinds there are.
      ...(defined === undefined ? [] : [{ of: defined.of, map: () => [], changed: () => false }]),
    ],
    concurrency: 5,
    reconcile: (key, context) => reconcile(key, namespaced(context), context),
  });
}

const terminating = (namespace: KubeObject | undefined): string[] =>
  namespace?.metadata.deletionTimestamp === undefined ? [] : [namespace.metadata.name!];

async function reconcile(name: string, kinds: readonly KindInfo[], context: ReconcileContext): Promise<ReconcileResult | void> {
  const { client, lister } = context;
  if (lister(NAMESPACES).byKey(name)?.metadata.deletionTimestamp === undefined) return;
  // Emptying acts on the name: the live object says whether it is still the namespace that was deleted.
  const namespace = await unlessGone(client.get({ ...NAMESPACES, name }));
  if (namespace?.metadata.deletionTimestamp === undefined) return;
  if (!hasFinalizer(namespace)) return;
  const remains = await empty(name, kinds, client);
  const shown = await showConditions(namespace, remains, context);
  if (remains.counts.length > 0 || remains.failures.length > 0) return { requeueAfter: LOOK_AGAIN };
  const spec = { ...shown['spec'], finalizers: shown['spec'].finalizers.filter((one: string) => one !== KUBERNETES_FINALIZER) };
  await unlessGone(client.update(refTo(NAMESPACES, shown, 'finalize'), { ...shown, spec }));
}

const hasFinalizer = (namespace: KubeObject): boolean => (namespace['spec']?.finalizers ?? []).includes(KUBERNETES_FINALIZER);

async function empty(namespace: string, kinds: readonly KindInfo[], client: Client): Promise<Remains> {
  const isPods = (kind: KindInfo): boolean => kind.group === '' && kind.resource === 'pods';
  const pods = await emptyKinds(namespace, kinds.filter(isPods), client);
  if (pods.counts.length > 0 || pods.failures.length > 0) return pods;
  return emptyKinds(
    namespace,
    kinds.filter((kind) => !isPods(kind)),
    client,
  );
}

async function emptyKinds(namespace: string, kinds: readonly KindInfo[], client: Client): Promise<Remains> {
  const counts: { kind: KindInfo; objects: readonly KubeObject[] }[] = [];
  const failures: string[] = [];
  for (const kind of kinds) {
    try {
      const objects = await emptyKind(namespace, kind, client);
      if (objects.length > 0) counts.push({ kind, objects });
    } catch (error) {
      // Kinds that cannot be listed or deleted at all (virtual ones) hold nothing back.
      if (!(error instanceof StatusError && (error.code === 404 || error.code === 405))) failures.push(errorText(error));
    }
  }
  return { counts, failures };
}

/** Deletes the namespace's objects of one kind and returns those that are still there. */
async function emptyKind(namespace: string, kind: KindInfo, client: Client): Promise<readonly KubeObject[]> {
  const { group, version, resource } = kind;
  const collection = { group, version, resource, namespace };
  const before = await client.list(collection);
  const alive = before.items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  if (alive.length === 0) return before.items;
  await client.deleteCollection(collection, { propagationPolicy: 'Background' });
  return (await client.list(collection)).items;
}

async function showConditions(namespace: KubeObject, remains: Remains, { client, clock }: ReconcileContext): Promise<KubeObject> {
  const known = namespace['status']?.conditions as readonly Condition[] | undefined;
  const now = rfc3339(clock.now());
  let conditions = known ?? [];
  for (const condition of deletionConditions(remains)) conditions = withCondition(conditions, condition, now);
  const status = { ...namespace['status'], phase: 'Terminating', conditions };
  // An empty namespace goes at once: nobody could read the conditions that say so.
  if (known === undefined && remains.counts.length === 0 && remains.failures.length === 0) return namespace;
  if (sameJson(namespace['status'], status)) return namespace;
  return client.update(refTo(NAMESPACES, namespace, 'status'), { ...namespace, status });
}
