import type { ContainerPort, Node, Pod } from '../core-types.ts';
import { add, type Amounts, amountsOf, podRequests } from './pod-requests.ts';

/** A node as the scheduler sees it: what it has, and what its pods have claimed of that. */
export interface NodeInfo {
  readonly node: Node;
  readonly allocatable: Amounts;
  readonly requested: Map<string, number>;
  readonly pods: Pod[];
}

/** The nodes with the pods that are bound to them, or will be in a moment. */
export function nodeInfos(nodes: readonly Node[], placed: Iterable<{ pod: Pod; nodeName: string }>): Map<string, NodeInfo> {
  const infos = new Map<string, NodeInfo>();
  for (const node of nodes)
    infos.set(node.metadata.name!, { node, allocatable: amountsOf(node.status?.allocatable), requested: new Map(), pods: [] });
  for (const { pod, nodeName } of placed) {
    const info = infos.get(nodeName);
    if (info === undefined) continue;
    info.pods.push(pod);
    add(info.requested, podRequests(pod));
  }
  return infos;
}

/** Ports that a pod takes on its node's own addresses. */
export function hostPorts(pod: Pod): ContainerPort[] {
  const found: ContainerPort[] = [];
  const sidecars = (pod.spec.initContainers ?? []).filter((container) => container.restartPolicy === 'Always');
  for (const container of [...pod.spec.containers, ...sidecars])
    for (const port of container.ports ?? []) {
      const hostPort = port.hostPort ?? (pod.spec.hostNetwork === true ? port.containerPort : 0);
      if (hostPort > 0) found.push({ ...port, hostPort });
    }
  return found;
}
