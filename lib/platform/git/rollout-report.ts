import type { KubeObject } from '../api/meta.ts';
import { isNotFound } from '../api/status-error.ts';
import type { Client } from '../client/client.ts';
import { type AddressedRoute, routerPorts, routeUrl } from '../client/route-address.ts';
import type { Tell } from './build-after-push.ts';
import type { Repository } from './repository.ts';

/** How long a rollout is followed, in ms: a deployment config's own limit, and a little. */
const PATIENCE = 630_000;

interface Workload extends KubeObject {
  spec: { replicas?: number; template?: { spec?: { containers?: { image?: string }[] } } };
  status?: {
    observedGeneration?: number;
    updatedReplicas?: number;
    availableReplicas?: number;
    replicas?: number;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
  };
}

const WORKLOADS = [
  { group: 'apps.openshift.io', version: 'v1', resource: 'deploymentconfigs' },
  { group: 'apps', version: 'v1', resource: 'deployments' },
] as const;

/**
 * Tells when what belongs to the application (label `app`) runs the image of this digest, and where it answers. An application without
 * anything that runs it, or whose owner stopped its triggers, is told of as it is.
 */
export async function followRollout(
  repository: Repository,
  digest: string | undefined,
  tell: Tell,
  signal: AbortSignal,
): Promise<void> {
  const { client, config } = repository;
  const namespace = config.metadata.namespace!;
  const app = config.metadata.labels?.['app'] ?? config.metadata.name!;
  const labelSelector = `app=${app}`;
  for (const kind of WORKLOADS) {
    for (const { metadata } of await all<Workload>(client, kind, namespace, labelSelector)) {
      const ref = { ...kind, namespace, name: metadata.name! };
      const end = await rolledOut(client, ref, digest, AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]));
      signal.throwIfAborted();
      await tell(`${kind.resource.slice(0, -1)} ${metadata.name}: ${end}\n`);
    }
  }
  const routes = await all<AddressedRoute>(
    client,
    { group: 'route.openshift.io', version: 'v1', resource: 'routes' },
    namespace,
    labelSelector,
  );
  const ports = await routerPorts(client);
  for (const route of routes) {
    const url = routeUrl(route, ports);
    if (url !== undefined) await tell(`\n    ${url}\n\n`);
  }
}

/** None where the kind is not served, or not for this user. */
async function all<T extends KubeObject>(
  client: Client,
  kind: { group: string; version: string; resource: string },
  namespace: string,
  labelSelector: string,
): Promise<readonly T[]> {
  try {
    return (await client.list<T>({ ...kind, namespace }, { labelSelector })).items;
  } catch (error) {
    if (isNotFound(error) || (error as { code?: number }).code === 403) return [];
    throw error;
  }
}

async function rolledOut(
  client: Client,
  ref: { group: string; version: string; resource: string; namespace: string; name: string },
  digest: string | undefined,
  signal: AbortSignal,
): Promise<string> {
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
  return 'does not run the new image yet';
}

/** What became of it; undefined: it is at work. */
function outcome({ metadata, spec, status = {} }: Workload, digest: string | undefined): string | undefined {
  const images = spec.template?.spec?.containers?.map(({ image = '' }) => image) ?? [];
  if (digest !== undefined && !images.some((image) => image.endsWith(digest))) return undefined;
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) return undefined;
  const progressing = status.conditions?.find((condition) => condition.type === 'Progressing');
  if (progressing?.status === 'False') return `failed, ${progressing.message ?? progressing.reason ?? 'no reason given'}`;
  const wanted = spec.replicas ?? 1;
  if (progressing?.reason !== 'NewReplicationControllerAvailable' && progressing?.reason !== 'NewReplicaSetAvailable')
    return undefined;
  const { updatedReplicas = 0, availableReplicas = 0, replicas = 0 } = status;
  return updatedReplicas >= wanted && availableReplicas >= wanted && replicas === updatedReplicas ? 'rolled out' : undefined;
}
