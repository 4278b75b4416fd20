import type { KubeObject } from '../api/meta.ts';
import { isNotFound } from '../api/status-error.ts';
import type { Client } from '../client/client.ts';
import { type AddressedRoute, routerPorts, routeUrl } from '../client/route-address.ts';
import { followWorkload, type Telling, type Workload } from './follow-workload.ts';
import type { Repository } from './repository.ts';

const WORKLOADS = [
  { group: 'apps.openshift.io', version: 'v1', resource: 'deploymentconfigs' },
  { group: 'apps', version: 'v1', resource: 'deployments' },
] as const;

/**
 * Tells when what belongs to the application (label `app`) runs the image of this digest, and where it answers; or, as soon as that is known,
 * why it does not get ready. An application without anything that runs it, or whose owner stopped its triggers, is told of as it is.
 */
export async function followRollout(repository: Repository, digest: string | undefined, telling: Telling): Promise<void> {
  const { client, config } = repository;
  const { tell, signal } = telling;
  const namespace = config.metadata.namespace!;
  const app = config.metadata.labels?.['app'] ?? config.metadata.name!;
  const labelSelector = `app=${app}`;
  let failed = false;
  for (const kind of WORKLOADS) {
    for (const workload of await all<Workload>(client, kind, namespace, labelSelector)) {
      const ref = { ...kind, namespace, name: workload.metadata.name! };
      const say = (text: string): Promise<void> => tell(`${kind.resource.slice(0, -1)} ${ref.name}: ${text}\n`);
      const { text, hopeless } = await followWorkload(client, ref, workload, digest, { ...telling, tell: say });
      signal.throwIfAborted();
      await say(text);
      failed ||= hopeless;
    }
  }
  // An address as the last word would say that it answers there.
  if (failed) return;
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
