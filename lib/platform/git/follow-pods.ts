import type { Clock } from '../../common/clock.ts';
import type { Client } from '../client/client.ts';
import { type Pod, type PodTrouble, troubleOf } from './pod-trouble.ts';

/** Pods of one workload. */
export interface PodSelection {
  readonly namespace: string;
  readonly labelSelector: string;
}

/** `found` hears once of each trouble of each pod that `isMeant`, when it has lasted. Ends with the signal, and leaves nothing behind. Never throws. */
export async function followPods(
  client: Client,
  { namespace, labelSelector }: PodSelection,
  isMeant: (pod: Pod) => boolean,
  found: (pod: Pod, trouble: PodTrouble) => void,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const pods = new Map<string, Pod>();
  const told = new Set<string>();
  const waiting = new Set<string>();

  const look = (pod: Pod): void => {
    const trouble = troubleOf(pod);
    if (trouble === undefined) return;
    const uid = pod.metadata.uid!;
    const what = `${uid} ${trouble.reason}`;
    const rest = trouble.due - clock.now();
    if (rest <= 0) {
      if (!told.has(what)) found(pod, trouble);
      told.add(what);
      return;
    }
    const when = `${what} ${trouble.due}`;
    if (waiting.has(when)) return;
    waiting.add(when);
    clock.sleep(rest, signal).then(
      () => {
        waiting.delete(when);
        const now = pods.get(uid);
        if (now !== undefined) look(now);
      },
      () => undefined,
    );
  };

  try {
    while (!signal.aborted) {
      // A new watch begins with all that there are.
      pods.clear();
      for await (const { type, object } of client.watch<Pod>(
        { group: '', version: 'v1', resource: 'pods', namespace },
        { labelSelector, signal },
      )) {
        if (type === 'ERROR' || type === 'BOOKMARK') continue;
        const pod = object as Pod;
        pods.delete(pod.metadata.uid!);
        if (type === 'DELETED' || pod.metadata.deletionTimestamp !== undefined || !isMeant(pod)) continue;
        pods.set(pod.metadata.uid!, pod);
        look(pod);
      }
    }
  } catch {
    // Who may not see pods is told what becomes of the workload all the same.
  }
}
