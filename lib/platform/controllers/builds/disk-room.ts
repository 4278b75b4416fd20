import { hasDiskPressure } from '../../api/core/node/disk-pressure.ts';
import { REGISTRY_SERVICE } from '../../api/image/internal-registry.ts';
import { unlessGone } from '../api-errors.ts';
import { hasLabels, type Node, type Pod, type Service } from '../core-types.ts';
import type { ReconcileContext } from '../define-controller.ts';
import { NODES, PODS, SERVICES } from '../resources.ts';

/**
 * The node whose disk is too full for a build to begin: every one is on which it could run, or the one that keeps what is pushed. A build writes more
 * than most, and what it has made would be refused at its end.
 */
export async function nodeWithoutRoom(pushesHere: boolean, context: ReconcileContext): Promise<string | undefined> {
  const nodes = context.lister<Node>(NODES).list();
  const full = nodes.filter(hasDiskPressure).map(({ metadata }) => metadata.name!);
  if (full.length === 0) return undefined;
  if (!nodes.some((node) => node.spec?.unschedulable !== true && !hasDiskPressure(node))) return full[0];
  return pushesHere ? (await registryNodes(context)).find((name) => full.includes(name)) : undefined;
}

/** Where the registry's pods are. */
async function registryNodes({ client, lister }: ReconcileContext): Promise<string[]> {
  const service = await unlessGone(client.get<Service>({ ...SERVICES, ...REGISTRY_SERVICE }));
  const selector = service?.spec.selector;
  if (selector === undefined) return [];
  return lister<Pod>(PODS)
    .list(REGISTRY_SERVICE.namespace)
    .filter(({ metadata }) => hasLabels(metadata.labels, selector))
    .flatMap(({ spec }) => spec.nodeName ?? []);
}
