import type { ContainerSummary } from '../../runtime/container-runtime.ts';
import { containerNameOf, gracePeriodOf, isSandbox, LABEL, podUidOf } from './container-labels.ts';
import type { KubeletContext } from './kubelet-context.ts';
import { allStates } from './observed-pod.ts';
import { podView } from './pod-view.ts';
import type { Pod } from './types/pod-types.ts';
import { PodWorker } from './pod-worker.ts';
import type { NodePod, PodSource } from './server/pod-source.ts';
import { tearDownPod } from './volumes/pod-volumes.ts';

/** The pods of this node, a worker each. */
export class PodWorkers implements PodSource {
  readonly #context: KubeletContext;
  readonly #signal: AbortSignal;
  readonly #workers = new Map<string, PodWorker>();
  readonly #running = new Set<Promise<void>>();
  /** Whether the API still has a pod; asked before anything is called an orphan. */
  readonly #isKnown: (uid: string) => boolean;

  constructor(context: KubeletContext, isKnown: (uid: string) => boolean, signal: AbortSignal) {
    this.#context = context;
    this.#isKnown = isKnown;
    this.#signal = signal;
  }

  update(pod: Pod): void {
    const worker = this.#workers.get(pod.metadata.uid);
    if (worker === undefined) this.#add(new PodWorker(this.#context, pod, this.#signal));
    else worker.update(pod);
  }

  remove(pod: Pod): void {
    this.#workers.get(pod.metadata.uid)?.remove(pod);
  }

  wake(uid: string): void {
    this.#workers.get(uid)?.nudge();
  }

  /** Wakes the workers whose pods look different from what they last saw, and ends what belongs to no pod. */
  compare(containers: readonly ContainerSummary[]): void {
    const byPod = Map.groupBy(containers, podUidOf);
    for (const worker of this.#workers.values()) {
      if (worker.busy) continue;
      const seen = fingerprint(byPod.get(worker.uid) ?? []);
      if (seen !== fingerprint(allStates(worker.memory.observed))) worker.nudge();
    }
    for (const [uid, own] of byPod) if (!this.#workers.has(uid) && !this.#isKnown(uid)) this.#endOrphan(uid, own);
  }

  /** Removes what pods have left on disk of which neither the API nor the engine knows. */
  async removeLeftovers(containers: readonly ContainerSummary[]): Promise<void> {
    const alive = new Set(containers.map(podUidOf));
    for (const uid of await this.#context.dirs.list())
      if (!alive.has(uid) && !this.#workers.has(uid) && !this.#isKnown(uid)) await tearDownPod(this.#context.dirs, uid);
  }

  find(namespace: string, name: string, uid?: string): NodePod | undefined {
    const found = [...this.#workers.values()].filter(
      ({ pod }) =>
        pod.metadata.namespace === namespace && pod.metadata.name === name && (uid === undefined || pod.metadata.uid === uid),
    );
    // While an old pod goes, its name may be a new one's already.
    const worker = found.find((one) => !one.terminating) ?? found[0];
    return worker === undefined ? undefined : podView(worker);
  }

  list(): NodePod[] {
    return [...this.#workers.values()].map(podView);
  }

  /** Resolves when no worker runs any more: after the signal. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  #add(worker: PodWorker): void {
    this.#workers.set(worker.uid, worker);
    const run = worker.run().finally(() => {
      this.#workers.delete(worker.uid);
      this.#running.delete(run);
      worker.memory.stopProbes();
    });
    this.#running.add(run);
  }

  /** The API has deleted the pod while we were not looking: what its labels tell is enough to end it well. */
  #endOrphan(uid: string, containers: readonly ContainerSummary[]): void {
    const [first] = containers;
    this.#context.log.info(
      { pod: `${first!.labels[LABEL.podNamespace]}/${first!.labels[LABEL.podName]}`, uid },
      'ending orphaned pod',
    );
    const pod: Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: first!.labels[LABEL.podName] ?? '', namespace: first!.labels[LABEL.podNamespace] ?? '', uid },
      spec: {
        nodeName: this.#context.nodeName,
        terminationGracePeriodSeconds: gracePeriodOf(first!),
        containers: [...new Set(containers.filter((one) => !isSandbox(one)).map(containerNameOf))].map((name) => ({ name })),
      },
    };
    const worker = new PodWorker(this.#context, pod, this.#signal);
    worker.remove(pod);
    this.#add(worker);
  }
}

const fingerprint = (states: readonly { readonly id: string; readonly status: string }[]): string =>
  states
    .map(({ id, status }) => `${id} ${status}`)
    .sort()
    .join('\n');
