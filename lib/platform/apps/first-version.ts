import { type Clock, systemClock } from '../../common/clock.ts';
import type { Client } from '../client/client.ts';
import { type Pod, type PodTrouble, troubleOf } from '../git/pod-trouble.ts';
import { selectorOf } from './application.ts';
import { appErrors } from './app-errors.ts';
import { workloadsOf } from './workload.ts';

/** How long a version that was built may take to answer, in ms, when nothing tells why it does not. */
const PATIENCE = 60_000;
/** How often it is looked at meanwhile, in ms: mostly it answers by now, since the push has waited for it. */
const POLL = 200;

const PODS = { group: '', version: 'v1', resource: 'pods' } as const;

interface Where {
  readonly client: Client;
  readonly namespace: string;
}

/** Until a pod of an application answers, or none is wanted. @throws OoError APP_DOES_NOT_START, APP_NOT_FOUND */
export async function firstVersion(where: Where, name: string, signal: AbortSignal, clock: Clock = systemClock): Promise<void> {
  const until = clock.monotonic() + PATIENCE;
  for (;;) {
    const [workload] = await workloadsOf(where, name);
    if (workload === undefined) throw appErrors.APP_NOT_FOUND(name, where.namespace);
    const { spec, status } = workload.object;
    if (spec.replicas === 0 || (status?.availableReplicas ?? 0) > 0) return;
    const found = await troubledPod(where, name);
    if (found?.trouble.hopeless === true || clock.monotonic() > until) throw appErrors.APP_DOES_NOT_START(name, whyOf(found));
    await clock.sleep(POLL, signal);
  }
}

interface Troubled {
  readonly pod: string;
  readonly trouble: PodTrouble;
}

async function troubledPod({ client, namespace }: Where, name: string): Promise<Troubled | undefined> {
  const { items } = await client.list<Pod>({ ...PODS, namespace }, { labelSelector: selectorOf(name) });
  for (const pod of items) {
    const trouble = troubleOf(pod);
    if (trouble !== undefined) return { pod: pod.metadata.name!, trouble };
  }
  return undefined;
}

const whyOf = (found: Troubled | undefined): string =>
  found === undefined ? 'no pod of it answers' : `pod ${found.pod}: ${found.trouble.reason}, ${found.trouble.message}`;
