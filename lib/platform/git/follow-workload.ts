import { type Clock, systemClock } from '../../common/clock.ts';
import type { KubeObject } from '../api/meta.ts';
import type { GroupVersionResource } from '../api/verbs.ts';
import type { Client } from '../client/client.ts';
import type { Tell } from './build-after-push.ts';
import { failedVersion, slowVersion, type TroubledPod } from './failed-version.ts';
import { followPods } from './follow-pods.ts';
import type { LastLines } from './last-lines.ts';
import type { Pod, PodTrouble } from './pod-trouble.ts';

/** How long a rollout is followed, in ms: a deployment config's own limit, and a little. */
const PATIENCE = 630_000;
const NOT_YET = 'does not run the new image yet';

/** What runs an application: a deployment or a deployment config. */
export interface Workload extends KubeObject {
  spec: { replicas?: number; selector?: object; template?: { spec?: { containers?: { image?: string }[] } } };
  status?: {
    observedGeneration?: number;
    updatedReplicas?: number;
    availableReplicas?: number;
    replicas?: number;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
  };
}

/** Which it is. */
export type WorkloadRef = GroupVersionResource & { readonly namespace: string; readonly name: string };

/** Who is told, and by what. */
export interface Telling {
  readonly tell: Tell;
  /** Whoever pushes has gone. */
  readonly signal: AbortSignal;
  readonly lastLines: LastLines;
  /** @default the machine's own */
  readonly clock?: Clock;
}

/** What became of it. */
export interface End {
  readonly text: string;
  /** A pod of it will not get ready by itself. */
  readonly hopeless: boolean;
}

/** Until it is rolled out, has failed, or one of its pods will not get ready. Nothing of it goes on behind that, nor behind the signal. */
export async function followWorkload(
  client: Client,
  ref: WorkloadRef,
  workload: Workload,
  digest: string | undefined,
  { tell, signal, lastLines, clock = systemClock }: Telling,
): Promise<End> {
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  const isMeant = (pod: Pod): boolean => digest !== undefined && runs(pod.spec.containers, digest);
  const pods = { namespace: ref.namespace, labelSelector: selectorOf(workload) };
  const hopeless = Promise.withResolvers<TroubledPod>();
  const notes: Promise<void>[] = [];
  const found = async (pod: Pod, trouble: PodTrouble): Promise<void> => {
    const troubled = { pod, trouble, lines: await lastLines(pod, trouble, until) };
    if (trouble.hopeless) hopeless.resolve(troubled);
    else if (!until.aborted) await tell(slowVersion(troubled));
  };
  const rollout = rolledOut(client, ref, digest, until);
  const followed = followPods(
    client,
    pods,
    isMeant,
    (pod, trouble) => void notes.push(found(pod, trouble).catch(() => undefined)),
    clock,
    until,
  );
  const patience = clock.sleep(PATIENCE, until).catch(() => undefined);
  try {
    return await Promise.race([
      Promise.race([rollout, patience]).then((text = NOT_YET) => ({ text, hopeless: false })),
      hopeless.promise
        .then((troubled) => failedVersion(client, workload, troubled, pods, isMeant))
        .then((text) => ({ text, hopeless: true })),
    ]);
  } finally {
    over.abort();
    await Promise.allSettled([rollout, followed, patience, ...notes]);
  }
}

/** Labels of its pods: a deployment's are `matchLabels`, a deployment config's the selector itself. */
function selectorOf({ spec: { selector = {} } }: Workload): string {
  const { matchLabels = selector as Record<string, string> } = selector as { matchLabels?: Record<string, string> };
  return Object.entries(matchLabels)
    .map((label) => label.join('='))
    .join(',');
}

const runs = (containers: readonly { image?: string }[], digest: string): boolean =>
  containers.some(({ image = '' }) => image.endsWith(digest));

async function rolledOut(client: Client, ref: WorkloadRef, digest: string | undefined, signal: AbortSignal): Promise<string> {
  const { name, ...collection } = ref;
  while (!signal.aborted) {
    for await (const { type, object } of client.watch<Workload>(collection, {
      fieldSelector: `metadata.name=${name}`,
      signal,
    })) {
      if (type === 'DELETED') return 'was removed';
      if (type !== 'ADDED' && type !== 'MODIFIED') continue;
      const end = outcome(object as Workload, digest);
      if (end !== undefined) return end;
    }
  }
  return NOT_YET;
}

/** What became of it; undefined: it is at work. */
function outcome({ metadata, spec, status = {} }: Workload, digest: string | undefined): string | undefined {
  if (digest !== undefined && !runs(spec.template?.spec?.containers ?? [], digest)) return undefined;
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) return undefined;
  const progressing = status.conditions?.find((condition) => condition.type === 'Progressing');
  if (progressing?.status === 'False') return `failed, ${progressing.message ?? progressing.reason ?? 'no reason given'}`;
  const wanted = spec.replicas ?? 1;
  if (progressing?.reason !== 'NewReplicationControllerAvailable' && progressing?.reason !== 'NewReplicaSetAvailable')
    return undefined;
  const { updatedReplicas = 0, availableReplicas = 0, replicas = 0 } = status;
  return updatedReplicas >= wanted && availableReplicas >= wanted && replicas === updatedReplicas ? 'rolled out' : undefined;
}
