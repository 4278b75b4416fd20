import type { Facts } from '../../transport/facts.ts';
import { failure, type Finding, ok, type Preflight, warning } from './preflight.ts';

/** Who needs which port on the host. */
const neededPorts = (api: number): readonly { port: number; udp: boolean; what: string }[] => [
  { port: api, udp: false, what: 'the API' },
  { port: 10_250, udp: false, what: 'the node' },
  { port: 8053, udp: true, what: 'cluster DNS' },
];

/** Ports of the API, the kubelet and DNS. */
export const ports: Preflight = ({ facts, settings, platformRuns }) => {
  if (platformRuns) return ok('ports', 'in use by the platform');
  const findings: Finding[] = [];
  for (const { port, udp, what } of neededPorts(settings.port)) {
    const inTheWay = facts.listening.filter((socket) => socket.port === port && (socket.protocol === 'tcp' || udp));
    // DNS takes one address alone; the others take all of them, so that one on any of the server's addresses is in their way.
    const taken = inTheWay.find(({ address: at }) => at !== 'none' && (!udp || at === 'any' || at === settings.advertiseAddress));
    if (taken === undefined) continue;
    const where = taken.address === 'any' ? '' : ` on ${taken.address}`;
    findings.push(
      failure(
        'ports',
        `port ${port}, which ${what} needs, is used by ${holderOf(facts.listeners.get(port))}${where}`,
        wayOut(facts, port),
      ),
    );
  }
  if (findings.length > 0) return findings;
  const all = neededPorts(settings.port).map(({ port }) => port);
  return ok('ports', `${all.join(', ')} are free`);
};

/** Ports of the machine that routes answer on, unless the daemon's configuration says others (router.httpPort, router.httpsPort). */
const routerPorts = [80, 443];

/** Ports of the router, without which the rest of the platform works. */
export const routerPreflight: Preflight = ({ facts, platformRuns }) => {
  const check = 'router-ports';
  if (platformRuns) return ok(check, 'in use by the platform');
  const taken = routerPorts.filter((port) =>
    facts.listening.some((socket) => socket.port === port && socket.protocol === 'tcp' && socket.address !== 'none'),
  );
  if (taken.length === 0) return ok(check, `${routerPorts.join(' and ')} are free`);
  return taken.map((port) =>
    warning(
      check,
      `port ${port} is used by ${holderOf(facts.listeners.get(port))}: no route answers until the router has it`,
      'have that listen elsewhere, or give the router other ports (router.httpPort and router.httpsPort in /etc/openshift/config.yaml)',
    ),
  );
};

function holderOf(users: string | undefined): string {
  const process = /\(\("([^"]+)",pid=(\d+)/.exec(users ?? '');
  return process === null ? 'another program' : `${process[1]} (process ${process[2]})`;
}

function wayOut({ listeners }: Facts, port: number): string {
  if (/"docker-proxy"/.test(listeners.get(port) ?? '')) {
    return `a container publishes it: docker ps --filter publish=${port} names it; publish it elsewhere`;
  }
  return 'stop it, or have it listen elsewhere';
}

/** An address at which others reach the server. */
export const address: Preflight = ({ settings }) => {
  if (settings.advertiseAddress !== '') return ok('address', settings.advertiseAddress);
  return failure('address', 'this server has no IPv4 address but loopback', 'give it one, or name one with --advertise-address');
};

/** Networks that the platform makes its own. */
const clusterNetworks = [
  { name: 'the pod network 10.128.0.0/14', network: 0x0a800000, mask: 0xfffc0000 },
  { name: 'the service network 172.30.0.0/16', network: 0xac1e0000, mask: 0xffff0000 },
];

/** Routes of the server that lead where pods and services will be. */
export const routes: Preflight = ({ facts, platformRuns }) => {
  if (platformRuns) return ok('routes', 'in use by the platform');
  const findings: Finding[] = [];
  for (const route of facts.routes) {
    if (route.mask === 0 || route.device === 'oobr0') continue;
    for (const { name, network, mask } of clusterNetworks) {
      // Two networks overlap when they are equal under the shorter of their masks.
      const shorter = (route.mask & mask) >>> 0;
      if ((route.network & shorter) >>> 0 !== (network & shorter) >>> 0) continue;
      const route4 = [24, 16, 8, 0].map((shift) => (route.network >>> shift) & 255).join('.');
      const bits = route.mask.toString(2).replaceAll('0', '').length;
      const hint = 'move that network, or choose another with clusterCIDR and serviceCIDR in /etc/openshift/config.yaml';
      findings.push(failure('routes', `${name} overlaps ${route4}/${bits} on ${route.device}`, hint));
    }
  }
  return findings.length > 0 ? findings : ok('routes', 'no network overlaps with that of pods and services');
};
