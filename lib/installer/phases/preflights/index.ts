import { cloudInit, packageDatabase } from './boot-preflights.ts';
import { dockerClient, dockerFlavour, dockerNeighbours, dockerSettings, storageDriver, swarm } from './docker-preflights.ts';
import { firewall } from './firewall-preflights.ts';
import { cgroups, kernelFeatures, kernelSettings, selinux } from './kernel-preflights.ts';
import { dns, hostName, proxy } from './name-preflights.ts';
import { kubernetes } from './neighbour-preflights.ts';
import { address, ports, routerPreflight, routes } from './network-preflights.ts';
import type { Finding, Preflight, PreflightInput } from './preflight.ts';
import { disk, executable, inodes, memory } from './resource-preflights.ts';
import { architecture, clock, libc, operatingSystem, privileges } from './system-preflights.ts';

/** A check as docs/preflights.md tells of it. */
export interface PreflightEntry {
  /** Kebab-case, of every finding that it makes. Never changes. */
  readonly check: string;
  /** When it refuses, and when it only warns; a test holds the documentation to both. */
  readonly fails?: string;
  readonly warns?: string;
  readonly judge: Preflight;
}

/** Every check, in the order in which a person reads them. */
export const preflights: readonly PreflightEntry[] = [
  { check: 'privileges', judge: privileges, fails: 'neither root nor sudo; sudo does not know the user, or wants a terminal' },
  {
    check: 'operating-system',
    judge: operatingSystem,
    fails: 'not Linux, or a distribution that cannot be installed on',
    warns: 'a distribution that nobody has described',
  },
  { check: 'architecture', judge: architecture, fails: 'neither x86_64 nor arm64' },
  { check: 'libc', judge: libc, fails: 'musl, or a glibc older than 2.28', warns: 'it could not be told' },
  { check: 'memory', judge: memory, fails: 'less than 700 MiB', warns: 'less than 1.7 GiB' },
  { check: 'disk', judge: disk, fails: 'too little room on a file system, for all that goes there' },
  { check: 'inodes', judge: inodes, fails: 'fewer than 10000 free inodes on a file system that has a fixed number' },
  { check: 'mount-options', judge: executable, fails: 'noexec where programs go, read-only where anything goes' },
  { check: 'clock', judge: clock, fails: "more than an hour away from the operator's", warns: 'more than two minutes away' },
  {
    check: 'cloud-init',
    judge: cloudInit,
    warns: 'it still works, ended with errors, or ended before it was done',
  },
  { check: 'package-database', judge: packageDatabase, warns: 'another program holds a lock of apt, dnf or zypper' },
  { check: 'cgroups', judge: cgroups, fails: 'cpu, memory or pids is missing, not mounted, or not delegated to this container' },
  {
    check: 'kernel',
    judge: kernelFeatures,
    fails: 'overlay, bridge, veth, br_netfilter or nf_tables is neither built in nor to be had as a module',
    warns: 'the modules of the kernel that runs are gone',
  },
  { check: 'kernel-settings', judge: kernelSettings, fails: '/proc/sys is read-only while forwarding is off' },
  { check: 'selinux', judge: selinux, warns: 'it is enforcing, and Docker confines containers by it or is not there yet' },
  { check: 'address', judge: address, fails: 'no IPv4 address but loopback' },
  { check: 'ports', judge: ports, fails: '8443, 10250 or 8053 is taken, on an address that the platform needs' },
  { check: 'router-ports', judge: routerPreflight, warns: '80 or 443 is taken: the router waits until both are free' },
  { check: 'routes', judge: routes, fails: 'a network of the server overlaps with that of pods or services' },
  {
    check: 'firewall',
    judge: firewall,
    warns: "firewalld or ufw does not let the platform's ports in; a chain of nftables drops what is forwarded or unknown",
  },
  { check: 'dns', judge: dns, warns: 'no name server' },
  { check: 'host-name', judge: hostName, warns: "the server's own name has no address" },
  { check: 'proxy', judge: proxy, warns: 'the server is told to use a proxy, and its Docker is not' },
  { check: 'kubernetes', judge: kubernetes, fails: 'another node of Kubernetes or OpenShift runs', warns: 'one is installed' },
  {
    check: 'docker',
    judge: dockerFlavour,
    fails: 'a snap, podman, rootless, remapped users, on another machine, or older than 20.10',
  },
  { check: 'docker-neighbours', judge: dockerNeighbours, warns: 'containers that are not ours; a rootless Docker beside it' },
  { check: 'docker-swarm', judge: swarm, warns: 'Docker is a node of a swarm' },
  { check: 'docker-client', judge: dockerClient, warns: 'DOCKER_HOST or a context leads elsewhere' },
  { check: 'docker-storage', judge: storageDriver, warns: 'the storage driver is vfs' },
  { check: 'docker-settings', judge: dockerSettings },
];

/** Judges all of them: a person mends everything at once, not one thing per run. */
export function judge(input: PreflightInput): Finding[] {
  return preflights.flatMap((preflight) => preflight.judge(input));
}
