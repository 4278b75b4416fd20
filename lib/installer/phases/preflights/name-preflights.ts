import { isIPv4 } from 'node:net';
import { ok, type Preflight, warning } from './preflight.ts';

/**
 * Whom this server asks for names. The cluster's DNS asks the same servers, from the server itself, so that a stub on loopback serves pods as well;
 * only what a pod with `dnsPolicy: Default` is given must be reachable from a pod.
 */
export const dns: Preflight = ({ facts: { dns: found } }) => {
  const [first] = found.servers;
  if (first === undefined) {
    const hint =
      'name one in /etc/resolv.conf, unless this server is to reach nobody: images then come from elsewhere than a registry';
    return warning('dns', 'it has no name server: nothing but names of the cluster will be found', hint);
  }
  if (!found.servers.every(isLoopback))
    return ok('dns', `asks ${found.servers.filter((server) => !isLoopback(server)).join(', ')}`);
  if (found.upstreams.some((server) => !isLoopback(server))) {
    return ok('dns', `asks ${first}, which is systemd-resolved and asks ${found.upstreams.join(', ')}`);
  }
  return ok('dns', `asks ${first}, a resolver of its own`);
};

const isLoopback = (server: string): boolean => (isIPv4(server) && server.startsWith('127.')) || server === '::1';

/** sudo looks its own machine up at every call, and waits for DNS to give up. */
export const hostName: Preflight = ({ facts }) => {
  if (facts.dns.ownName !== 'no') return ok('host-name', facts.hostname);
  return warning(
    'host-name',
    `its own name ${facts.hostname} has no address`,
    `put the line 127.0.1.1 ${facts.hostname} into /etc/hosts`,
  );
};

/** A proxy that the server uses and its Docker does not. */
export const proxy: Preflight = ({ facts, settings }) => {
  const { docker, proxies } = facts;
  const given = settings.proxy?.https ?? settings.proxy?.http;
  if (given !== undefined) return ok('proxy', 'Docker and OpenShift are told to use the one that you name');
  if (docker.proxies.length > 0) return ok('proxy', `Docker uses ${docker.proxies.join(' and ')}`);
  // What apt or dnf alone are told (a cache of packages) is no way to a registry.
  const general = proxies.filter((line) => /^(environment|\/etc\/environment) https?_proxy=/i.test(line));
  if (docker.running && general[0] !== undefined) {
    const hint = 'name it with --https-proxy if Docker is to pull images through it';
    return warning('proxy', `this server is told to use a proxy (${general[0]}), and its Docker is not`, hint);
  }
  return ok('proxy', proxies.length === 0 ? 'none' : proxies.join('; '));
};
