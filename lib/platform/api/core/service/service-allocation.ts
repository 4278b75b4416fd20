import { isIPv6 } from 'node:net';
import type { Allocations } from '../../allocations.ts';
import type { StrategyContext } from '../../strategy.ts';
import type { KubeObject } from '../../meta.ts';
import { type StatusCause, newInvalid } from '../../status-error.ts';
import { invalid } from '../../validation/causes.ts';
import { cidrContains } from '../../validation/ip.ts';
import {
  HEADLESS,
  heldIPs,
  heldNodePorts,
  isHeadless,
  needsClusterIP,
  needsHealthCheckPort,
  needsNodePort,
  portsOf,
} from './service-fields.ts';

/**
 * Gives a service the addresses and node ports that it needs and has not: those it names when they are free, any
 * otherwise. What `old` holds is its own already. Throws Invalid when a named one cannot be had.
 */
export async function allocate(service: KubeObject, old: KubeObject | undefined, context: StrategyContext): Promise<void> {
  const { allocations } = context;
  const causes = [...(await allocateIPs(service, old, allocations)), ...(await allocateNodePorts(service, old, allocations))];
  if (causes.length > 0) throw newInvalid({ group: '', kind: 'Service' }, service.metadata.name ?? '', causes);
}

async function allocateIPs(service: KubeObject, old: KubeObject | undefined, allocations: Allocations): Promise<StatusCause[]> {
  if (!needsClusterIP(service) || isHeadless(service)) return [];
  const { spec } = service;
  const [wanted] = (spec.clusterIPs ?? []) as string[];
  if (!wanted) {
    spec.clusterIP = await allocations.claimNext('clusterIPs');
    spec.clusterIPs = [spec.clusterIP];
    return [];
  }
  if (old !== undefined && heldIPs(old).includes(wanted)) return [];
  const range = allocations.range('clusterIPs');
  const refuse = (why: string): StatusCause[] => [
    invalid('spec.clusterIPs', spec.clusterIPs, `failed to allocate IP ${wanted}: ${why}`),
  ];
  if (!cidrContains(range, wanted))
    return refuse(`the provided IP (${wanted}) is not in the valid range. The range of valid IPs is ${range}`);
  return (await allocations.claim('clusterIPs', wanted)) ? [] : refuse('provided IP is already allocated');
}

async function allocateNodePorts(
  service: KubeObject,
  old: KubeObject | undefined,
  allocations: Allocations,
): Promise<StatusCause[]> {
  const causes: StatusCause[] = [];
  // One port number may serve two protocols of the same service.
  const own = new Set(old === undefined ? [] : heldNodePorts(old));
  const range = allocations.range('nodePorts');
  const [first, last] = range.split('-').map(Number) as [number, number];
  const claimNamed = async (field: string, port: number): Promise<void> => {
    if (own.has(port)) return;
    if (port < first || port > last)
      causes.push(invalid(field, port, `provided port is not in the valid range. The range of valid ports is ${range}`));
    else if (await allocations.claim('nodePorts', String(port))) own.add(port);
    else causes.push(invalid(field, port, 'provided port is already allocated'));
  };
  if (needsNodePort(service)) {
    // Named ones first, so that a free choice does not take them away.
    for (const [i, port] of portsOf(service).entries())
      if (port.nodePort) await claimNamed(`spec.ports[${i}].nodePort`, port.nodePort);
    if (causes.length === 0)
      for (const port of portsOf(service)) if (!port.nodePort) port.nodePort = Number(await allocations.claimNext('nodePorts'));
  }
  if (needsHealthCheckPort(service)) {
    if (service.spec.healthCheckNodePort) await claimNamed('spec.healthCheckNodePort', service.spec.healthCheckNodePort);
    else if (causes.length === 0) service.spec.healthCheckNodePort = Number(await allocations.claimNext('nodePorts'));
  }
  return causes;
}

/** Gives back what `gone` holds and `kept` does not. */
export async function release(gone: KubeObject, kept: KubeObject | undefined, context: StrategyContext): Promise<void> {
  const keptIPs = new Set(kept === undefined ? [] : heldIPs(kept));
  for (const ip of heldIPs(gone)) if (!keptIPs.has(ip)) await context.allocations.release('clusterIPs', ip);
  const keptPorts = new Set(kept === undefined ? [] : heldNodePorts(kept));
  for (const port of heldNodePorts(gone)) if (!keptPorts.has(port)) await context.allocations.release('nodePorts', String(port));
}

/** ipFamilies and ipFamilyPolicy of a cluster with one range. */
export function chooseFamilies(service: KubeObject, context: StrategyContext): StatusCause[] {
  const { spec } = service;
  if (!needsClusterIP(service)) return [];
  const [family, other] = isIPv6(context.allocations.range('clusterIPs').split('/')[0] ?? '')
    ? ['IPv6', 'IPv4']
    : ['IPv4', 'IPv6'];
  if (spec.clusterIP === HEADLESS && Object.keys(spec.selector ?? {}).length === 0) {
    // Whoever writes its endpoints may use both.
    spec.ipFamilyPolicy ??= 'RequireDualStack';
    spec.ipFamilies ??= [family];
    if (spec.ipFamilyPolicy !== 'SingleStack' && spec.ipFamilies.length === 1)
      spec.ipFamilies = [spec.ipFamilies[0], spec.ipFamilies[0] === family ? other : family];
    return [];
  }
  spec.ipFamilyPolicy ??= 'SingleStack';
  spec.ipFamilies ??= [family];
  if (spec.ipFamilyPolicy === 'RequireDualStack')
    return [invalid('spec.ipFamilyPolicy', 'RequireDualStack', 'this cluster is not configured for dual-stack services')];
  return (spec.ipFamilies as string[]).flatMap((each, i) =>
    each === family ? [] : [invalid(`spec.ipFamilies[${i}]`, each, 'not configured on this cluster')],
  );
}
