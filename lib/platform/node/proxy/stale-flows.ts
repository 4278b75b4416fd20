import { parseCidr } from '../../../common/cidr.ts';
import type { ProxyHost } from './proxy-host.ts';
import { inCidr, type ServicePort } from './service-ports.ts';

/** UDP flows from one service address to one former endpoint. */
export interface StaleFlow {
  readonly destination: string;
  readonly port: number;
  readonly endpoint: string;
  readonly endpointPort: number;
}

/**
 * The flows in the kernel's table (`conntrack -L -p udp`) that would keep going to an endpoint that a service does not have, or past a
 * service that has come since: UDP flows last as long as somebody sends. TCP ones end by themselves.
 */
export function staleFlows(listing: string, ports: readonly ServicePort[], serviceCIDR: string): StaleFlow[] {
  const services = parseCidr(serviceCIDR);
  const udp = ports.filter(({ protocol }) => protocol === 'udp');
  const byAddress = new Map<string, ServicePort>();
  const byNodePort = new Map<number, ServicePort>();
  for (const port of udp) {
    for (const ip of [...port.clusterIPs, ...port.externalIPs]) byAddress.set(`${ip}:${port.port}`, port);
    if (port.nodePort !== undefined) byNodePort.set(port.nodePort, port);
  }
  const stale = new Map<string, StaleFlow>();
  for (const line of listing.split('\n')) {
    const flow = parseFlow(line);
    if (flow === undefined) continue;
    const owner = byAddress.get(`${flow.destination}:${flow.port}`) ?? byNodePort.get(flow.port);
    const isService = owner !== undefined || (services !== undefined && inCidr(services, flow.destination));
    if (!isService || owner?.endpoints.some(({ ip, port }) => ip === flow.endpoint && port === flow.endpointPort)) continue;
    stale.set(Object.values(flow).join(' '), flow);
  }
  return [...stale.values()];
}

/** `udp 17 29 src=10.128.0.5 dst=172.30.0.10 sport=4000 dport=53 src=192.0.2.2 dst=10.128.0.5 sport=8053 dport=4000 mark=0 use=1` */
function parseFlow(line: string): StaleFlow | undefined {
  if (!line.startsWith('udp')) return undefined;
  // Each name stands twice: first as the packet was sent, then as its answer comes back.
  const sent = new Map<string, string>();
  const answer = new Map<string, string>();
  for (const word of line.split(/\s+/)) {
    const [name, value] = word.split('=', 2);
    if (name === undefined || value === undefined) continue;
    (sent.has(name) ? answer : sent).set(name, value);
  }
  const destination = sent.get('dst');
  const endpoint = answer.get('src');
  if (destination === undefined || endpoint === undefined) return undefined;
  return { destination, port: Number(sent.get('dport')), endpoint, endpointPort: Number(answer.get('sport')) };
}

/** Forgets such flows. Resolves with how many kinds there were; undefined when there is no `conntrack` program. */
export async function flushStaleFlows(
  host: ProxyHost,
  ports: readonly ServicePort[],
  serviceCIDR: string,
): Promise<number | undefined> {
  const { code, stdout } = await host.run('conntrack', ['-L', '-p', 'udp']);
  if (code === 127) return undefined;
  const stale = staleFlows(stdout, ports, serviceCIDR);
  for (const flow of stale) {
    const from = ['--orig-dst', flow.destination, '--orig-port-dst', String(flow.port)];
    const to = ['--reply-src', flow.endpoint, '--reply-port-src', String(flow.endpointPort)];
    await host.run('conntrack', ['-D', '-p', 'udp', ...from, ...to]);
  }
  return stale.length;
}
