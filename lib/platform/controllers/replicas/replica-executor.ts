import { errorText } from '../../../common/errors.ts';
import type { KubeObject } from '../../api/meta.ts';
import { isForbiddenByTermination, isNotFound } from '../api-errors.ts';
import type { Pod } from '../core-types.ts';
import type { ReconcileContext } from '../define-controller.ts';
import { PODS, refTo } from '../resources.ts';
import type { PodLedger } from './pod-ledger.ts';
import { ownerReference, type ReplicaOwner } from './replica-owner.ts';
import type { ReplicaPlan } from './replica-plan.ts';
import type { ReplicaFailure } from './replica-status.ts';

interface Outcome {
  readonly failure?: ReplicaFailure;
  readonly error?: unknown;
}

/** Carries out the creates and deletes of a plan, and tells the ledger and the events of each. */
export class ReplicaExecutor {
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
