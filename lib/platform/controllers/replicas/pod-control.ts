import { errorText } from '../../../common/errors.ts';
import type { KubeObject } from '../../api/meta.ts';
import { isForbiddenByTermination, isNotFound } from '../api-errors.ts';
import type { Pod, PodTemplate } from '../core-types.ts';
import type { ReconcileContext } from '../define-controller.ts';
import { ownerReference } from '../ownership/claims.ts';
import { PODS, refTo } from '../resources.ts';
import type { PodLedger } from './pod-ledger.ts';

/** What events say of a pod that was made or deleted, or why not. */
export interface PodWords {
  created(pod: string): string;
  notCreated(pod: string, error: string): string;
  deleted(pod: string): string;
  notDeleted(pod: string, error: string): string;
}

const PLAIN: PodWords = {
  created: (pod) => `Created pod: ${pod}`,
  notCreated: (_pod, error) => `Error creating: ${error}`,
  deleted: (pod) => `Deleted pod: ${pod}`,
  notDeleted: (_pod, error) => `Error deleting: ${error}`,
};

/** Pods of one owner that are made, or removed, at a look; what was done brings the owner back for more, after those of others. */
const AT_A_LOOK = 100;

/** Creates and deletes an owner's pods, and tells the ledger and the events of each (kubernetes pkg/controller PodControl). */
export class PodControl {
  readonly #owner: KubeObject;
  readonly #key: string;
  readonly #ledger: PodLedger;
  readonly #context: ReconcileContext;
  readonly #words: PodWords;

  constructor(owner: KubeObject, key: string, ledger: PodLedger, context: ReconcileContext, words = PLAIN) {
    this.#words = words;
    this.#owner = owner;
    this.#key = key;
    this.#ledger = ledger;
    this.#context = context;
  }

  /**
   * In batches of 1, 2, 4 ...: a quota or a bad template costs one refused request, not hundreds. The first error, after which
   * nothing more is made; none where the namespace is going away.
   */
  async create(pods: readonly KubeObject[]): Promise<unknown> {
    const now = pods.slice(0, AT_A_LOOK);
    for (let at = 0, size = 1; at < now.length; at += size, size *= 2) {
      const errors = await Promise.all(now.slice(at, at + size).map((pod) => this.#create(pod)));
      const failed = errors.find((error) => error !== undefined);
      if (failed !== undefined) return isForbiddenByTermination(failed) ? undefined : failed;
    }
    return undefined;
  }

  async #create(made: KubeObject): Promise<unknown> {
    const { client, recorder, clock, signal } = this.#context;
    const namespace = this.#owner.metadata.namespace!;
    await this.#ledger.pace.turn(clock, signal);
    try {
      const pod = await client.create<Pod>({ ...PODS, namespace }, made);
      this.#ledger.created(this.#key, pod);
      recorder.event(this.#owner, 'Normal', 'SuccessfulCreate', this.#words.created(pod.metadata.name!));
      return undefined;
    } catch (error) {
      this.#ledger.failed(this.#key, error);
      if (!isForbiddenByTermination(error))
        recorder.event(
          this.#owner,
          'Warning',
          'FailedCreate',
          this.#words.notCreated(made.metadata.name ?? '', errorText(error)),
        );
      return error;
    }
  }

  /** All of them, whatever becomes of the others. The first error; a pod that is gone already is none. */
  async remove(pods: readonly Pod[]): Promise<unknown> {
    const errors = await Promise.all(pods.slice(0, AT_A_LOOK).map((pod) => this.#remove(pod)));
    return errors.find((error) => error !== undefined);
  }

  async #remove(pod: Pod): Promise<unknown> {
    const { client, recorder, clock, signal } = this.#context;
    await this.#ledger.pace.turn(clock, signal);
    try {
      await client.delete(refTo(PODS, pod), { preconditions: { uid: pod.metadata.uid! } });
      this.#ledger.deleted(this.#key, pod);
      recorder.event(this.#owner, 'Normal', 'SuccessfulDelete', this.#words.deleted(pod.metadata.name!));
      return undefined;
    } catch (error) {
      if (isNotFound(error)) {
        this.#ledger.deleted(this.#key, pod);
        return undefined;
      }
      this.#ledger.failed(this.#key, error);
      recorder.event(this.#owner, 'Warning', 'FailedDelete', this.#words.notDeleted(pod.metadata.name!, errorText(error)));
      return error;
    }
  }
}

/** A pod of a template, controlled by `owner` (kubernetes pkg/controller GetPodFromTemplate). */
export function podFromTemplate(owner: KubeObject, template: PodTemplate | undefined): Pod {
  const { metadata = {}, spec } = template ?? { metadata: {}, spec: { containers: [] } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${owner.metadata.name}-`,
      namespace: owner.metadata.namespace!,
      ...(metadata.labels === undefined ? {} : { labels: metadata.labels }),
      ...(metadata.annotations === undefined ? {} : { annotations: metadata.annotations }),
      ...(metadata.finalizers === undefined ? {} : { finalizers: metadata.finalizers }),
      ownerReferences: [ownerReference(owner)],
    },
    spec,
  };
}
