import type { Facts } from '../transport/facts.ts';

/** Debian's own Docker. */
export const dockerPackage = 'docker.io';
/** CNI's plugins, and the programs by which the proxy talks to the kernel. */
const networkPackages = ['containernetworking-plugins', 'nftables', 'iptables', 'conntrack', 'iproute2'] as const;
/** Seconds that we wait for somebody else's package installation. */
export const packageLockTimeout = 600;

/** What pods need beside Docker and this server does not have. AppArmor's parser is only a recommendation of docker.io's. */
export function missingPackages({ packages, lacksAppArmorParser }: Facts): string[] {
  const missing: string[] = networkPackages.filter((name) => !packages.has(name));
  return lacksAppArmorParser ? [...missing, 'apparmor'] : missing;
}
