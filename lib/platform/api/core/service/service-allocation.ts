import { isIPv6 } from 'node:net';
import type { StrategyContext } from '../../define-resource.ts';
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

/** Claims of one write. They are given back together when the write comes to nothing. */
class Claims {
  readonly #context: StrategyContext;
  readonly #taken: ['clusterIPs' | 'nodePorts', string][] = [];

  constructor(context: StrategyContext) {
    this.#context = context;
  }

  async take(pool: 'clusterIPs' | 'nodePorts', value: string): Promise<boolean> {
    const claimed = await this.#context.allocations.claim(pool, value);
    if (claimed) this.#taken.push([pool, value]);
    return claimed;
  }

  async takeAny(pool: 'clusterIPs' | 'nodePorts'): Promise<string> {
    const value = await this.#context.allocations.claimNext(pool);
    this.#taken.push([pool, value]);
    return value;
  }

  async giveBack(): Promise<void> {
    for (const [pool, value] of this.#taken) await this.#context.allocations.release(pool, value);
  }
}

/**
 * Gives a service the addresses and node ports that it needs and has not: those it names when they are free, any
 * otherwise. What `old` holds is its own already. Throws Invalid when a named one cannot be had; then nothing stays claimed.
 */
export async function allocate(service: KubeObject, old: KubeObject | undefined, context: StrategyContext): Promise<void> {
  if (context.dryRun) return;
  const claims = new Claims(context);
  try {
    const causes = [
      ...(await allocateIPs(service, old, context, claims)),
      ...(await allocateNodePorts(service, old, context, claims)),
    ];
    if (causes.length > 0) throw newInvalid({ group: '', kind: 'Service' }, service.metadata.name ?? '', causes);
  } catch (error) {
    await claims.giveBack();
    throw error;
  }
}

async function allocateIPs(
  service: KubeObject,
  old: KubeObject | undefined,
  context: StrategyContext,
  claims: Claims,
): Promise<StatusCause[]> {
  if (!needsClusterIP(service) || isHeadless(service)) return [];
  const { spec } = service;
  const [wanted] = (spec.clusterIPs ?? []) as string[];
  if (!wanted) {
    spec.clusterIP = await claims.takeAny('clusterIPs');
    spec.clusterIPs = [spec.clusterIP];
    return [];
  }
  if (old !== undefined && heldIPs(old).includes(wanted)) return [];
  const range = context.allocations.range('clusterIPs');
  const refuse = (why: string): StatusCause[] => [
    invalid('spec.clusterIPs', spec.clusterIPs, `failed to allocate IP ${wanted}: ${why}`),
  ];
  if (!cidrContains(range, wanted))
    return refuse(`the provided IP (${wanted}) is not in the valid range. The range of valid IPs is ${range}`);
  return (await claims.take('clusterIPs', wanted)) ? [] : refuse('provided IP is already allocated');
}

async function allocateNodePorts(
  service: KubeObject,
  old: KubeObject | undefined,
  context: StrategyContext,
  claims: Claims,
): Promise<StatusCause[]> {
  const causes: StatusCause[] = [];
  // One port number may serve two protocols of the same service.
  const own = new Set(old === undefined ? [] : heldNodePorts(old));
  const range = context.allocations.range('nodePorts');
  const [first, last] = range.split('-').map(Number) as [number, number];
  const claimNamed = async (field: string, port: number): Promise<void> => {
    if (own.has(port)) return;
    if (port < first || port > last)
      causes.push(invalid(field, port, `provided port is not in the valid range. The range of valid ports is ${range}`));
    else if (await claims.take('nodePorts', String(port))) own.add(port);
    else causes.push(invalid(field, port, 'provided port is already allocated'));
  };
  if (needsNodePort(service)) {
    // Named ones first, so that a free choice does not take them away.
    for (const [i, port] of portsOf(service).entries())
      if (port.nodePort) await claimNamed(`spec.ports[${i}].nodePort`, port.nodePort);
    if (causes.length === 0)
      for (const port of portsOf(service)) if (!port.nodePort) port.nodePort = Number(await claims.takeAny('nodePorts'));
  }
  if (needsHealthCheckPort(service)) {
    if (service.spec.healthCheckNodePort) await claimNamed('spec.healthCheckNodePort', service.spec.healthCheckNodePort);
    else if (causes.length === 0) service.spec.healthCheckNodePort = Number(await claims.takeAny('nodePorts'));
  }
  return causes;
}

/** Gives back what `gone` holds and `kept` does not. */
export async function releaseDifference(gone: KubeObject, kept: KubeObject | undefined, context: StrategyContext): Promise<void> {
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
