import { type Distro, distroOf, type Need, packagesFor } from '../distro/index.ts';
import type { Facts } from '../transport/facts.ts';

/** CNI's plugins, and the programs by which the proxy talks to the kernel. */
const networkNeeds = ['cni-plugins', 'nftables', 'iptables', 'conntrack', 'iproute'] as const satisfies readonly Need[];
/** Seconds that we wait for somebody else's package installation. */
export const packageLockTimeout = 600;

/** Packages that carry Docker on this server's distribution; none where it is upstream's static build. */
export function dockerPackages(facts: Facts): string[] {
  const distro = distroOf(facts);
  return distro.docker === 'distribution' ? packagesFor(distro, ['docker']) : [];
}

/** What pods need beside Docker and this server does not have. AppArmor's parser is only a recommendation of Docker's packages. */
export function missingPackages(facts: Facts): string[] {
  const distro = distroOf(facts);
  const needs: Need[] = networkNeeds.filter((need) => !(need === 'cni-plugins' && hasOtherPlugins(facts, distro)));
  if (facts.lacksAppArmorParser) needs.push('apparmor');
  return packagesFor(distro, needs).filter((name) => name === 'apparmor' || !facts.packages.has(name));
}

/** All that a server of this distribution may be asked to install: what a bundle must hold. */
export function allPackages(distro: Distro): string[] {
  return packagesFor(distro, ['docker', ...networkNeeds, 'apparmor']);
}

/** Plugins that came some other way are used as they are. */
function hasOtherPlugins({ cniFolders, packages }: Facts, distro: Distro): boolean {
  return cniFolders.length > 0 && !packagesFor(distro, ['cni-plugins']).some((name) => packages.has(name));
}
