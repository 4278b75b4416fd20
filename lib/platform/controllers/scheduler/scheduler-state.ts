import { backoffDelay } from '../../../common/retry.ts';
import { claimsOfPod } from '../../api/core/pod/pod-claims.ts';
import type { Lister } from '../../client/lister.ts';
import { keyOf } from '../../client/object-store.ts';
import { isFinished, type Pod } from '../core-types.ts';

/** A pod that no node can take is tried again when a node or a pod changes, but no sooner than this after its last try. */
const RETRY = { base: 50, cap: 10_000 };

/** A pod whose node is chosen, and which takes room there already. */
export interface Assumed {
  readonly key: string;
  readonly pod: Pod;
  readonly nodeName: string;
  /** Until the volumes of its claims are there it is not bound. */
  readonly volumes?: AwaitedVolumes;
}

export interface AwaitedVolumes {
  /** ms since the epoch: no longer than this. */
  readonly until: number;
  /** Names of volumes that were chosen for its claims. */
  readonly chosen: ReadonlySet<string>;
  /** Names of claims that the cache has shown with the node as the selected one. */
  readonly seen: Set<string>;
}

const isOurs = (pod: Pod): boolean => (pod.spec.schedulerName ?? 'default-scheduler') === 'default-scheduler';

/** What the caches do not know yet: pods whose binding is on its way, and pods that wait for room or for volumes. */
export class SchedulerState {
  readonly #assumed = new Map<string, Assumed>();
  /** Those that take room on their nodes, by key: a copy of what the cache shows, for a walk over all pods is long. */
  readonly #running = new Map<string, Pod>();
  /** Of the parked, those that want to be near others. */
  readonly #lonely = new Set<string>();
  readonly #parked = new Map<string, { attempts: number; notBefore: number }>();

  /** A pod without a node is looked at itself; one that leaves its node makes room for those that wait. */
  affected(pod: Pod, pods: Lister<Pod>): readonly string[] {
    const key = keyOf(pod);
    const before = this.#running.get(key);
    const now = pods.byKey(key);
    if (now === undefined || !now.spec.nodeName || isFinished(now)) this.#running.delete(key);
    else this.#running.set(key, now);
    if (!pod.spec.nodeName) return isOurs(pod) ? [key] : [];
    // Whoever waits is many: they are woken once for a pod that leaves, not by all that is heard of it later.
    if (before !== undefined && this.#running.get(key)?.metadata.uid !== before.metadata.uid) return this.waiting();
    // A pod that was bound or labelled may be the company that another waits for.
    return [...this.#lonely];
  }

  waiting(): readonly string[] {
    return [...this.#parked.keys()];
  }

  /** Pods without a node that use that claim, or any claim at all. */
  waitingForVolumes(pods: Lister<Pod>, claim?: { readonly namespace: string; readonly name: string }): readonly string[] {
    const keys = [...this.#parked.keys(), ...[...this.#assumed.values()].filter((one) => one.volumes).map((one) => one.key)];
    return keys.filter((key) => {
      const pod = pods.byKey(key);
      if (pod === undefined || (claim !== undefined && claim.namespace !== pod.metadata.namespace)) return false;
      return claimsOfPod(pod).some((each) => claim === undefined || each.claim === claim.name);
    });
  }

  assumed(pod: Pod): Assumed | undefined {
    return this.#assumed.get(pod.metadata.uid!);
  }

  assume(pod: Pod, nodeName: string, volumes?: AwaitedVolumes): void {
    this.unpark(keyOf(pod));
    const entry = { key: keyOf(pod), pod, nodeName };
    this.#assumed.set(pod.metadata.uid!, volumes === undefined ? entry : { ...entry, volumes });
  }

  forget(pod: Pod): void {
    this.#assumed.delete(pod.metadata.uid!);
  }

  /** Every pod that takes room: bound ones that still run, and assumed ones until the cache shows their binding. */
  *placed(pods: Lister<Pod>): Generator<{ pod: Pod; nodeName: string }> {
    for (const [uid, { key, pod, nodeName }] of this.#assumed) {
      const now = pods.byKey(key);
      if (now === undefined || now.metadata.uid !== uid || now.spec.nodeName) this.#assumed.delete(uid);
      else yield { pod, nodeName };
    }
    for (const pod of this.#running.values()) yield { pod, nodeName: pod.spec.nodeName! };
  }

  takenVolumes(): ReadonlySet<string> {
    return new Set([...this.#assumed.values()].flatMap(({ volumes }) => [...(volumes?.chosen ?? [])]));
  }

  park(pod: Pod, now: number): void {
    const key = keyOf(pod);
    if (pod.spec.affinity?.podAffinity !== undefined) this.#lonely.add(key);
    const attempts = this.#parked.get(key)?.attempts ?? 0;
    this.#parked.set(key, { attempts: attempts + 1, notBefore: now + backoffDelay(RETRY, attempts) });
  }

  unpark(key: string): void {
    this.#parked.delete(key);
    this.#lonely.delete(key);
  }

  /** How long a parked pod must still wait, in ms. */
  pause(key: string, now: number): number {
    return Math.max(0, (this.#parked.get(key)?.notBefore ?? 0) - now);
  }
}
