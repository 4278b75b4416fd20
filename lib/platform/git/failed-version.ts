import type { KubeObject } from '../api/meta.ts';
import type { Client } from '../client/client.ts';
import type { PodSelection } from './follow-pods.ts';
import { isReady, type Pod, type PodTrouble } from './pod-trouble.ts';

/** A pod, what is wrong with it, and the end of its log. */
export interface TroubledPod {
  readonly pod: Pod;
  readonly trouble: PodTrouble;
  readonly lines: readonly string[];
}

/** What whoever pushes is told of a version that does not get ready, when nobody waits for it any longer. */
export async function failedVersion(
  client: Client,
  workload: KubeObject,
  troubled: TroubledPod,
  pods: PodSelection,
  isMeant: (pod: Pod) => boolean,
): Promise<string> {
  const { name = '', namespace = '' } = workload.metadata;
  return [
    'this version does not get ready',
    ...podLines(troubled),
    `The push is accepted, and what was pushed is built. ${await serving(client, pods, isMeant)}`,
    'The platform goes on trying this one. The next version is a push with what mends it, or `git revert` and a push. To see more:',
    `    ${isApp(workload) ? `openshift app logs ${name} --latest` : `kubectl describe pod ${troubled.pod.metadata.name} -n ${namespace}`}`,
    '',
  ].join('\n');
}

/** What is told of a pod for which it may make sense to wait. */
export const slowVersion = (troubled: TroubledPod): string =>
  ['is not ready yet', ...podLines(troubled), 'Still waiting. Ctrl-C ends the waiting, and changes nothing.', ''].join('\n');

function podLines({ pod, trouble, lines }: TroubledPod): string[] {
  const { reason, message } = trouble;
  const log = lines.length === 0 ? [] : ['    The last lines of its log:', ...lines.map((line) => `        ${line}`)];
  return [`    pod ${pod.metadata.name}: ${reason}${message === '' ? '' : `, ${message}`}`, ...log];
}

/** Who answers meanwhile. A rollout that replaces pods one by one takes none away before there is another. */
async function serving(
  client: Client,
  { namespace, labelSelector }: PodSelection,
  isMeant: (pod: Pod) => boolean,
): Promise<string> {
  const ref = { group: '', version: 'v1', resource: 'pods', namespace };
  const { items } = await client.list<Pod>(ref, { labelSelector });
  const ready = items.filter((pod) => pod.metadata.deletionTimestamp === undefined && isReady(pod));
  if (ready.some((pod) => !isMeant(pod))) return 'The version before goes on serving.';
  return ready.length > 0 ? 'Other pods of this version serve.' : 'No other version is there that could serve.';
}

/** Whether `openshift app` knows it (apps/application.ts). */
const isApp = ({ metadata }: KubeObject): boolean => metadata.labels?.['app.kubernetes.io/managed-by'] === 'openshift-app';
