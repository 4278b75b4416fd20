import { failure, type Finding, ok, type Preflight, warning } from './preflight.ts';

/** Who needs which port on the host. */
export const neededPorts = (api: number): readonly { port: number; udp: boolean; what: string }[] => [
  { port: api, udp: false, what: 'the API' },
  { port: 10_250, udp: false, what: 'the node' },
  { port: 8053, udp: true, what: 'cluster DNS' },
];

export const ports: Preflight = ({ facts, settings, platformRuns }) => {
  if (platformRuns) return ok('ports', 'in use by the platform');
  const findings: Finding[] = [];
  for (const { port, udp, what } of neededPorts(settings.port)) {
    if (!facts.listening.tcp.has(port) && !(udp && facts.listening.udp.has(port))) continue;
    const users = facts.listeners.get(port) ?? '';
    const process = /\(\("([^"]+)",pid=(\d+)/.exec(users);
    const holder = process === null ? 'another program' : `${process[1]} (process ${process[2]})`;
    findings.push(
      failure('ports', `port ${port}, which ${what} needs, is used by ${holder}`, 'stop it, or have it listen elsewhere'),
    );
  }
  return findings.length > 0
    ? findings
    : ok(
        'ports',
        `${neededPorts(settings.port)
          .map(({ port }) => port)
          .join(', ')} are free`,
      );
};

export const address: Preflight = ({ settings }) => {
  if (settings.advertiseAddress !== '') return ok('address', settings.advertiseAddress);
  return failure('address', 'this server has no IPv4 address but loopback', 'give it one, or name one with --advertise-address');
};

/** Networks that the platform makes its own. */
const clusterNetworks = [
  { name: 'the pod network 10.128.0.0/14', network: 0x0a800000, mask: 0xfffc0000 },
  { name: 'the service network 172.30.0.0/16', network: 0xac1e0000, mask: 0xffff0000 },
];

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

export const firewall: Preflight = ({ facts }) => {
  if (facts.firewalls.length === 0) return ok('firewall', 'none that we know of');
  const names = facts.firewalls.join(' and ');
  return warning(
    'firewall',
    `${names} is active`,
    'others reach the API and node ports only once it lets ports 8443 and 30000-32767 in',
  );
};
