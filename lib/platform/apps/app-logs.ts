import type { BuildConfig } from '../api/build/build-types.ts';
import type { KubeObject } from '../api/meta.ts';
import type { ResourceRef } from '../api/verbs.ts';
import { createTransport } from '../client/http-transport.ts';
import { resourcePath } from '../client/resource-path.ts';
import { requireWorkload } from './app-list.ts';
import { appErrors } from './app-errors.ts';
import { APP_RESOURCES } from './app-objects.ts';
import type { PlatformAccess } from './platform-access.ts';
import { isDeploymentConfig, type PlacedWorkload, versionOf } from './workload.ts';

/** Silence after which a log is given up, in ms: an application may have nothing to say for long. */
const SILENCE = 24 * 3_600_000;

export interface LogFlags {
  readonly follow?: boolean;
  /** Of the last build, in place of the application. */
  readonly build?: boolean;
  /** Of the latest version, also when it does not get ready; of one that crashes, its last run. */
  readonly latest?: boolean;
}

/** Says the log of an application, as it comes. Its first build's while it has never run. */
export async function appLogs(
  name: string,
  flags: LogFlags,
  access: PlatformAccess,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { client, namespace, kubeconfig } = access;
  const workload = await requireWorkload(access, name);
  const { status } = await client.get<BuildConfig>({ ...APP_RESOURCES.buildConfig, namespace, name });
  const isOfBuild = flags.build === true || (versionOf(workload) === 0 && (status?.lastVersion ?? 0) > 0);
  const { ref, container }: LogSource = isOfBuild
    ? { ref: { ...APP_RESOURCES.buildConfig, namespace, resource: 'builds', name: `${name}-${status?.lastVersion ?? 0}` } }
    : isDeploymentConfig(workload)
      ? workload
      : await podOf(workload, access, flags.latest === true);
  const transport = createTransport(kubeconfig);
  try {
    const query = new URLSearchParams({
      ...(flags.follow === true ? { follow: 'true' } : {}),
      ...(container === undefined ? {} : { container }),
    });
    const path = `${resourcePath({ ...ref, subresource: 'log' })}?${query}`;
    const log = await transport.open({ method: 'GET', path, timeout: SILENCE, streaming: true, signal });
    log.setEncoding('utf8');
    for await (const text of log) say(text as string);
  } catch (error) {
    // Who ends it has seen enough.
    if (!signal.aborted) throw error;
  } finally {
    transport.close();
  }
}

interface LogSource {
  readonly ref: ResourceRef;
  readonly container?: string;
}

interface Pod extends KubeObject {
  spec: { containers: { name: string }[] };
  status?: { phase?: string; conditions?: { type: string; status: string }[] };
}

/** The pod that a deployment's log is read from: one that answers before one that only runs, unless the latest is asked for, and of those the newest. */
async function podOf(
  { ref, object }: PlacedWorkload,
  { client, namespace }: PlatformAccess,
  latest: boolean,
): Promise<LogSource> {
  const pods = { group: '', version: 'v1', resource: 'pods', namespace };
  const labels = Object.entries(object.spec.selector?.matchLabels ?? {});
  const { items } = await client.list<Pod>(pods, { labelSelector: labels.map((label) => label.join('=')).join(',') });
  const [pod] = items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .sort((a, b) => (latest ? 0 : rank(b) - rank(a)) || (created(a) < created(b) ? 1 : -1));
  if (pod === undefined) throw appErrors.APP_RUNS_NOWHERE(ref.name);
  return { ref: { ...pods, name: pod.metadata.name! }, container: pod.spec.containers[0]!.name };
}

const created = ({ metadata }: Pod): string => metadata.creationTimestamp ?? '';

const rank = ({ status }: Pod): number =>
  status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true
    ? 2
    : status?.phase === 'Running'
      ? 1
      : 0;
