import type { KubeObject } from '../../meta.ts';
import { deepEqual } from '../../validation/causes.ts';

/** Which fields a type of service has (Kubernetes: registry/core/service needsClusterIP and its like). */
export interface ServicePort {
  name?: string;
  protocol?: string;
  port: number;
  targetPort?: number | string;
  nodePort?: number;
}

export const HEADLESS = 'None';

/** Its ports; none for a service that is only a name. */
export const portsOf = (service: KubeObject): ServicePort[] => service.spec?.ports ?? [];

/** Whether DNS answers with its endpoints, as it has no address. */
export const isHeadless = (service: KubeObject): boolean => service.spec.clusterIP === HEADLESS;

/** Whether it has an address inside the cluster, or `None`. */
export const needsClusterIP = (service: KubeObject): boolean => service.spec.type !== 'ExternalName';

/** Whether each of its ports is a port of every node too. */
export const needsNodePort = (service: KubeObject): boolean =>
  service.spec.type === 'NodePort' ||
  (service.spec.type === 'LoadBalancer' && service.spec.allocateLoadBalancerNodePorts !== false);

/** Whether a load balancer asks each node if it has endpoints. */
export const needsHealthCheckPort = (service: KubeObject): boolean =>
  service.spec.type === 'LoadBalancer' && service.spec.externalTrafficPolicy === 'Local';

/** Reachable from outside of the cluster by a node's or a given address. */
export const isExternal = (service: KubeObject): boolean =>
  service.spec.type === 'NodePort' || service.spec.type === 'LoadBalancer' || (service.spec.externalIPs ?? []).length > 0;

/** The addresses of the cluster's range that this service holds. */
export const heldIPs = (service: KubeObject): string[] =>
  needsClusterIP(service) ? ((service.spec.clusterIPs ?? []) as string[]).filter((ip) => ip !== '' && ip !== HEADLESS) : [];

/** All ports of nodes that it takes, each once. */
export const heldNodePorts = (service: KubeObject): number[] => {
  const ports = portsOf(service).map((port) => port.nodePort ?? 0);
  return [...new Set([...ports, Number(service.spec.healthCheckNodePort ?? 0)])].filter((port) => port !== 0);
};

/**
 * `clusterIP` is the first of `clusterIPs`: whichever is given fills the other. In an update that changes only the
 * singular, it decides, since clients that know no other send the plural back as it was.
 */
export function syncClusterIPs(service: KubeObject, old?: KubeObject): void {
  const { spec } = service;
  if (
    old !== undefined &&
    (spec.clusterIP ?? '') !== (old.spec.clusterIP ?? '') &&
    deepEqual(spec.clusterIPs, old.spec.clusterIPs)
  )
    delete spec.clusterIPs;
  if (!spec.clusterIPs?.length && spec.clusterIP) spec.clusterIPs = [spec.clusterIP];
  else if (spec.clusterIPs?.length && !spec.clusterIP) spec.clusterIP = spec.clusterIPs[0];
}
