import type { Pod } from '../types/pod-types.ts';

const aliases = (pod: Pod): string => {
  const list = pod.spec.hostAliases ?? [];
  if (list.length === 0) return '';
  return `\n# Entries added by HostAliases.\n${list.map(({ ip, hostnames = [] }) => `${ip}\t${hostnames.join('\t')}\n`).join('')}`;
};

/** A pod's host name: its own or its name, cut to what the kernel takes (kubelet: GeneratePodHostNameAndDomain). */
export function podHostname(pod: Pod): string {
  const name = pod.spec.hostname || pod.metadata.name;
  return name.slice(0, 63).replace(/[-.]+$/, '');
}

/** `name.subdomain.namespace.svc.domain`; undefined without a subdomain. */
export const podFqdn = (pod: Pod, clusterDomain: string): string | undefined =>
  pod.spec.subdomain ? `${podHostname(pod)}.${pod.spec.subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}` : undefined;

/** kubelet: managedHostsFileContent. */
export function podHostsFile(pod: Pod, podIPs: readonly string[], clusterDomain: string): string {
  const fqdn = podFqdn(pod, clusterDomain);
  const names = fqdn === undefined ? podHostname(pod) : `${fqdn}\t${podHostname(pod)}`;
  return [
    '# Kubernetes-managed hosts file.\n',
    '127.0.0.1\tlocalhost\n',
    '::1\tlocalhost ip6-localhost ip6-loopback\n',
    'fe00::0\tip6-localnet\n',
    'fe00::0\tip6-mcastprefix\n',
    'fe00::1\tip6-allnodes\n',
    'fe00::2\tip6-allrouters\n',
    ...podIPs.map((ip) => `${ip}\t${names}\n`),
    aliases(pod),
  ].join('');
}

/** hostNetwork pods see the machine's own file (kubelet: nodeHostsFileContent). */
export const hostNetworkHostsFile = (pod: Pod, machine: string): string =>
  `# Kubernetes-managed hosts file (host network).\n${machine}${aliases(pod)}`;
