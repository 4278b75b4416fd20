import { dockerFlavour, dockerNeighbours, storageDriver } from './docker-preflights.ts';
import { cgroups, kernelFeatures, selinux } from './kernel-preflights.ts';
import { address, firewall, ports, routes } from './network-preflights.ts';
import type { Finding, Preflight, PreflightInput } from './preflight.ts';
import { disk, executable, memory } from './resource-preflights.ts';
import { architecture, clock, libc, operatingSystem, packageDatabase, privileges } from './system-preflights.ts';

/** Every check, in the order in which a person reads them. */
export const preflights: readonly Preflight[] = [
  privileges,
  operatingSystem,
  architecture,
  libc,
  memory,
  disk,
  executable,
  clock,
  cgroups,
  kernelFeatures,
  selinux,
  address,
  ports,
  routes,
  firewall,
  packageDatabase,
  dockerFlavour,
  dockerNeighbours,
  storageDriver,
];

/** Judges all of them: a person mends everything at once, not one thing per run. */
export function judge(input: PreflightInput): Finding[] {
  return preflights.flatMap((preflight) => preflight(input));
}
