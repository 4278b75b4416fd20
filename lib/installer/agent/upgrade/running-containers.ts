import { z } from 'zod';
import { type ApiAccess, callApi } from '../handlers/api-access.ts';
import { docker } from '../handlers/docker-handlers.ts';
import type { RunningContainer } from './upgrade-record.ts';

/** ms that a container which was started again must have run to count: one that keeps crashing changes by itself. */
const settled = 60_000;

const podList = z.object({
  items: z.array(
    z.object({
      metadata: z.object({
        namespace: z.string(),
        name: z.string(),
        uid: z.string(),
        deletionTimestamp: z.string().optional(),
      }),
      status: z.object({
        phase: z.string().optional(),
        containerStatuses: z
          .array(
            z.object({
              containerID: z.string().optional(),
              restartCount: z.int(),
              state: z.object({ running: z.object({ startedAt: z.string().optional() }).optional() }),
            }),
          )
          .optional(),
      }),
    }),
  ),
});
type Pod = z.infer<typeof podList>['items'][number];

/** All pods, as the API knows them. Throws what it answered instead. */
export async function listPods(access: ApiAccess): Promise<Pod[]> {
  const { status, body } = await callApi(access, 'GET', '/api/v1/pods');
  if (status !== 200) throw new Error(`the list of pods was answered with ${status}: ${body.slice(0, 200)}`);
  return podList.parse(JSON.parse(body)).items;
}

/** The containers of Running pods that nobody is taking away and that do not keep crashing. */
export function steadyContainers(pods: readonly Pod[], now: number): RunningContainer[] {
  return pods
    .filter(({ metadata, status }) => status.phase === 'Running' && metadata.deletionTimestamp === undefined)
    .flatMap(({ metadata, status }) =>
      (status.containerStatuses ?? []).flatMap(({ containerID, restartCount, state }) => {
        if (containerID === undefined || state.running === undefined) return [];
        const age = now - Date.parse(state.running.startedAt ?? '');
        if (restartCount > 0 && !(age > settled)) return [];
        return [{ pod: `${metadata.namespace}/${metadata.name}`, uid: metadata.uid, id: bare(containerID) }];
      }),
    );
}

/**
 * Which of these containers does not run any more although its pod is still there, in words; or nothing. A pod that somebody
 * has deleted meanwhile, or whose work is done, is no loss.
 */
export async function lostContainers(before: readonly RunningContainer[], pods: readonly Pod[]): Promise<string> {
  const byUid = new Map(pods.map((pod) => [pod.metadata.uid, pod]));
  const lost: string[] = [];
  for (const { pod: name, uid, id } of before) {
    const pod = byUid.get(uid);
    if (pod === undefined || pod.metadata.deletionTimestamp !== undefined || pod.status.phase === 'Succeeded') continue;
    const told = (pod.status.containerStatuses ?? []).some(({ containerID }) => bare(containerID ?? '') === id);
    if (!told || !(await runs(id))) lost.push(`container ${id.slice(0, 12)} of pod ${name}`);
  }
  if (lost.length === 0) return '';
  const shown = lost.slice(0, 3).join(', ');
  return `${shown}${lost.length > 3 ? ` and ${lost.length - 3} more` : ''} did not stay running`;
}

/** How many sandboxes of pods run, by Docker's own word: also when the API does not answer. */
export async function runningSandboxes(): Promise<number> {
  const filters = { label: ['io.kubernetes.docker.type=podsandbox', 'io.openshift.node'], status: ['running'] };
  return (await (await docker()).listContainers({ filters: JSON.stringify(filters) })).length;
}

async function runs(id: string): Promise<boolean> {
  return (await docker())
    .getContainer(id)
    .inspect()
    .then(
      ({ State: state }) => state.Running,
      () => false,
    );
}

/** `docker://abc` is Kubernetes' way to write it. */
const bare = (containerID: string): string => containerID.replace(/^[a-z]+:\/\//, '');
