import { errorText } from '../../../common/errors.ts';
import type { KubeObject, OwnerReference } from '../../api/meta.ts';
import type { GroupVersionResource } from '../../api/verbs.ts';
import { keyOf } from '../../client/object-store.ts';
import { isForbiddenByTermination, isNotFound, unlessGone } from '../api-errors.ts';
import type { Condition, Pod, PodTemplate } from '../core-types.ts';
import type { ReconcileContext, ReconcileResult } from '../define-controller.ts';
import { PODS, refTo } from '../resources.ts';
import { sameJson } from '../same-json.ts';
import type { PodLedger } from './pod-ledger.ts';
import { planReplicas, type ReplicaPlan } from './replica-plan.ts';
import { nextAvailable, type ReplicaFailure, replicaStatus } from './replica-status.ts';

/** What differs between the kinds that keep a number of equal pods (ReplicationController, ReplicaSet). */
export interface ReplicaKind<T extends ReplicaOwner> {
  readonly of: GroupVersionResource;
  readonly matches: (owner: T) => (labels: Readonly<Record<string, string>> | undefined) => boolean;
}

export interface ReplicaOwner extends KubeObject {
  spec: { replicas?: number; minReadySeconds?: number; template?: PodTemplate };
  status?: { conditions?: Condition[] };
}

/** Brings the pods of one owner to the number it wants, then tells its status. */
export async function reconcileReplicas<T extends ReplicaOwner>(
  key: string,
  kind: ReplicaKind<T>,
  ledger: PodLedger,
  context: ReconcileContext,
): Promise<ReconcileResult | void> {
  const { lister, client, clock } = context;
  const owner = lister<T>(kind.of).byKey(key);
  if (owner === undefined) {
    ledger.forget(key);
    return;
  }
  const namespace = owner.metadata.namespace!;
  const pods = await ledger.observe(key, namespace, lister<Pod>(PODS).list(namespace), client);
  const plan = planReplicas({ owner, replicas: owner.spec.replicas ?? 1, matches: kind.matches(owner), pods });
  await claim(owner, kind.of, plan, context);
  const outcome = await new Executor(owner, key, ledger, context).carryOut(plan);
  const minReadySeconds = owner.spec.minReadySeconds ?? 0;
  await writeStatus(owner, kind.of, plan.active, outcome.failure, context);
  if (outcome.error !== undefined) throw outcome.error;
  const requeueAfter = nextAvailable(plan.active, minReadySeconds, clock.now());
  return requeueAfter === undefined ? {} : { requeueAfter };
}

/** Adopts and releases. Each patch holds the version it saw, so that two controllers never both get a pod. */
async function claim(
  owner: ReplicaOwner,
  of: GroupVersionResource,
  plan: ReplicaPlan,
  { client }: ReconcileContext,
): Promise<void> {
  if (plan.adopt.length > 0) {
    // A cache that has missed our deletion must not adopt for someone who is gone.
    const live = await unlessGone(client.get(refTo(of, owner)));
    if (live?.metadata.uid !== owner.metadata.uid || live?.metadata.deletionTimestamp !== undefined)
      throw new Error(`cannot adopt pods: ${keyOf(owner)} is gone or being deleted`);
  }
  const reference = ownerReference(owner);
  const changes = [
    ...plan.adopt.map((pod) => ({ pod, owners: [...(pod.metadata.ownerReferences ?? []), reference] })),
    ...plan.release.map((pod) => ({
      pod,
      owners: pod.metadata.ownerReferences!.filter(({ uid }) => uid !== owner.metadata.uid),
    })),
  ];
  for (const { pod, owners } of changes) {
    const { uid, resourceVersion } = pod.metadata;
    const body = { metadata: { uid, resourceVersion, ownerReferences: owners } };
    await unlessGone(client.patch(refTo(PODS, pod), 'application/merge-patch+json', body));
  }
}

const ownerReference = ({ apiVersion, kind, metadata }: KubeObject): OwnerReference => ({
  apiVersion,
  kind,
  name: metadata.name!,
  uid: metadata.uid!,
  controller: true,
  blockOwnerDeletion: true,
});

interface Outcome {
  readonly failure?: ReplicaFailure;
  readonly error?: unknown;
}

/** Carries out the creates and deletes of a plan, and tells the ledger and the events of each. */
class Executor {
  readonly #owner: ReplicaOwner;
  readonly #key: string;
  readonly #ledger: PodLedger;
  readonly #context: ReconcileContext;

  constructor(owner: ReplicaOwner, key: string, ledger: PodLedger, context: ReconcileContext) {
    this.#owner = owner;
    this.#key = key;
    this.#ledger = ledger;
    this.#context = context;
  }

  async carryOut(plan: ReplicaPlan): Promise<Outcome> {
    const error = plan.create > 0 ? await this.#createAll(plan.create) : await this.#removeAll(plan.remove);
    if (error === undefined) return {};
    const reason = plan.create > 0 ? 'FailedCreate' : 'FailedDelete';
    return { failure: { reason, message: errorText(error) }, error };
  }

  /** In batches of 1, 2, 4 ...: a quota or a bad template costs one refused request, not hundreds. */
  async #createAll(count: number): Promise<unknown> {
    for (let size = 1, left = count; left > 0; size *= 2) {
      const now = Math.min(size, left);
      const errors = await Promise.all(Array.from({ length: now }, () => this.#create()));
      const failed = errors.find((error) => error !== undefined);
      if (failed !== undefined) return isForbiddenByTermination(failed) ? undefined : failed;
      left -= now;
    }
    return undefined;
  }

  async #create(): Promise<unknown> {
    const { client, recorder } = this.#context;
    const namespace = this.#owner.metadata.namespace!;
    try {
      const pod = await client.create<Pod>({ ...PODS, namespace }, podFromTemplate(this.#owner));
      this.#ledger.created(this.#key, pod);
      recorder.event(this.#owner, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
      return undefined;
    } catch (error) {
      this.#ledger.failed(this.#key, error);
      if (!isForbiddenByTermination(error))
        recorder.event(this.#owner, 'Warning', 'FailedCreate', `Error creating: ${errorText(error)}`);
      return error;
    }
  }

  async #removeAll(pods: readonly Pod[]): Promise<unknown> {
    const errors = await Promise.all(pods.map((pod) => this.#remove(pod)));
    return errors.find((error) => error !== undefined);
  }

  async #remove(pod: Pod): Promise<unknown> {
    const { client, recorder } = this.#context;
    try {
      await client.delete(refTo(PODS, pod), { preconditions: { uid: pod.metadata.uid! } });
      this.#ledger.deleted(this.#key, pod);
      recorder.event(this.#owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`);
      return undefined;
    } catch (error) {
      if (isNotFound(error)) {
        this.#ledger.deleted(this.#key, pod);
        return undefined;
      }
      this.#ledger.failed(this.#key, error);
      recorder.event(this.#owner, 'Warning', 'FailedDelete', `Error deleting: ${errorText(error)}`);
      return error;
    }
  }
}

/** kubernetes pkg/controller GetPodFromTemplate. */
export function podFromTemplate(owner: ReplicaOwner): KubeObject {
  const { metadata: template, spec } = owner.spec.template ?? { metadata: {}, spec: { containers: [] } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${owner.metadata.name}-`,
      namespace: owner.metadata.namespace!,
      ...(template?.labels === undefined ? {} : { labels: template.labels }),
      ...(template?.annotations === undefined ? {} : { annotations: template.annotations }),
      ...(template?.finalizers === undefined ? {} : { finalizers: template.finalizers }),
      ownerReferences: [ownerReference(owner)],
    },
    spec,
  };
}

async function writeStatus(
  owner: ReplicaOwner,
  of: GroupVersionResource,
  active: readonly Pod[],
  failure: ReplicaFailure | undefined,
  { client, clock }: ReconcileContext,
): Promise<void> {
  const facts = {
    generation: owner.metadata.generation ?? 0,
    templateLabels: owner.spec.template?.metadata?.labels ?? {},
    minReadySeconds: owner.spec.minReadySeconds ?? 0,
  };
  const status = replicaStatus(active, facts, clock.now(), owner.status, failure);
  if (sameStatus(owner.status, status)) return;
  await unlessGone(client.update(refTo(of, owner, 'status'), { ...owner, status }));
}

/** A count that is not there is 0 (Go leaves zeroes out). */
function sameStatus(known: object | undefined, next: object): boolean {
  const zeroes = { replicas: 0, fullyLabeledReplicas: 0, readyReplicas: 0, availableReplicas: 0, observedGeneration: 0 };
  return known !== undefined && sameJson({ ...zeroes, ...known }, next);
}
