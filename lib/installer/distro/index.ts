import type { Facts } from '../transport/facts.ts';
import { debianFamily } from './debian-family.ts';
import type { Distro, Need, SystemIdentity } from './distro.ts';
import { imageBased } from './image-based.ts';
import { redHatFamily } from './red-hat-family.ts';
import { suseFamily } from './suse-family.ts';

export type { AptArchive, Distro, Need, PackageManager, SystemIdentity } from './distro.ts';

/** What is told of a system that nobody has described: it gets upstream's static builds, if it has the rest. */
export const unknownDistro: Distro = {
  name: 'unknown',
  title: 'another Linux with glibc',
  isThis: () => true,
  packages: {},
  docker: 'static',
  cniPlugins: 'static',
  notes: [
    "Docker and the CNI plugins are upstream's static builds.",
    'nft, iptables, conntrack and ip must be there; a preflight names those that are not.',
  ],
  ranHere: 'tests',
};

/** Every distribution that is known, the first that recognises a system decides: releases stand before their families. */
export const distros: readonly Distro[] = [...imageBased, ...debianFamily, ...redHatFamily, ...suseFamily, unknownDistro];

/** Of the system that the probe found. Always answers one: `unknownDistro` when nothing else is true. */
export function distroOf(facts: Pick<Facts, 'os' | 'managers'>): Distro {
  const distro = recognise(facts.os);
  // A derivative that has another package manager than its ancestors, or none.
  const { packageManager } = distro;
  if (packageManager !== undefined && !facts.managers.has(packageManager)) return unknownDistro;
  return distro;
}

/** By os-release alone. */
export function recognise(system: SystemIdentity): Distro {
  return distros.find((distro) => distro.isThis(system)) ?? unknownDistro;
}

/** The one of that name, for `bundle create --for`. */
export function distroByName(name: string): Distro | undefined {
  return distros.find((distro) => distro.name === name);
}

/** Packages of a distribution for some needs, in their order. */
export function packagesFor(distro: Distro, needs: readonly Need[]): string[] {
  return needs.flatMap((need) => distro.packages[need] ?? []);
}
