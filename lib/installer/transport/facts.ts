import type { PackageManager, SystemIdentity } from '../distro/distro.ts';

/** What the probe found on a server. Memory and disk in bytes, time in seconds since the epoch. */
export interface Facts {
  readonly uid: number;
  readonly user: string;
  readonly sudo: 'root' | 'nopasswd' | 'password' | 'none';
  readonly kernel: string;
  readonly kernelRelease: string;
  /** As uname -m says it. */
  readonly arch: string;
  readonly hostname: string;
  readonly time: number;
  readonly systemd: boolean;
  /** `glibc 2.36`, `musl`, or empty when it could not be told. */
  readonly libc: string;
  /** Of os-release(5), with what tells a system that is booted as an image (distro/distro.ts). */
  readonly os: SystemIdentity & { readonly name: string };
  /** Package managers that are there. */
  readonly managers: ReadonlySet<PackageManager>;
  /** Programs that the platform runs and that are there: `nft`, `iptables`, `conntrack`, `ip`. */
  readonly programs: ReadonlySet<string>;
  readonly hasApt: boolean;
  readonly memory: { readonly total: number; readonly available: number };
  readonly disks: readonly DiskFact[];
  /** Ports somebody listens on. */
  readonly listening: { readonly tcp: ReadonlySet<number>; readonly udp: ReadonlySet<number> };
  /** Who listens on a port that we need, where `ss` could tell: its own words. */
  readonly listeners: ReadonlyMap<number, string>;
  readonly cgroup: { readonly version: 1 | 2; readonly controllers: readonly string[] };
  readonly modules: ReadonlyMap<string, 'loaded' | 'builtin' | 'available' | 'missing' | 'unknown'>;
  readonly sysctls: ReadonlyMap<string, string>;
  /** The address that others reach it by, or empty. */
  readonly address: string;
  readonly routes: readonly RouteFact[];
  readonly selinux: string;
  /** The kernel confines by AppArmor, and nothing is there to load its profiles: Docker then starts no container. */
  readonly lacksAppArmorParser: boolean;
  readonly firewalls: readonly string[];
  readonly docker: DockerFacts;
  readonly units: { readonly docker: UnitFact | undefined; readonly openshift: UnitFact | undefined };
  /** Of those that we care about. */
  readonly packages: ReadonlySet<string>;
  /** Folders that hold the CNI plugins. */
  readonly cniFolders: readonly string[];
  readonly packagesLocked: boolean;
  readonly cloudInitRunning: boolean;
  /** What an earlier run left. */
  readonly ours: {
    readonly artifacts: ReadonlySet<string>;
    /** Which artifact of a kind is in use. */
    readonly current: ReadonlyMap<string, string>;
    /** Version of the bundle in use, as its package.json has it, or empty. */
    readonly version: string;
    /** An upgrade has begun and was neither finished nor taken back. */
    readonly upgradePending: boolean;
    readonly journal: boolean;
    readonly kubeconfig: boolean;
    /** sha256 of files of ours that are there. */
    readonly files: ReadonlyMap<string, string>;
    /** Services that run under our supervisor. */
    readonly services: ReadonlySet<string>;
  };
}

export interface DiskFact {
  readonly path: string;
  readonly free: number;
  readonly type: string;
  readonly options: readonly string[];
  readonly mountPoint: string;
}

export interface RouteFact {
  readonly device: string;
  /** As 32-bit numbers. */
  readonly network: number;
  readonly mask: number;
}

export interface UnitFact {
  /** ActiveState, UnitFileState, LoadState of systemd. */
  readonly active: string;
  readonly enabled: string;
  readonly load: string;
}

export interface DockerFacts {
  /** Paths of the programs, or empty. */
  readonly dockerd: string;
  readonly client: string;
  /** Where the client's path really leads. */
  readonly real: string;
  /** What `docker --version` prints. */
  readonly says: string;
  readonly running: boolean;
  readonly version: string;
  readonly storageDriver: string;
  readonly rootDir: string;
  readonly securityOptions: string;
  /** Why it does not answer. */
  readonly error: string;
  /** Sockets of Docker daemons that users run for themselves. */
  readonly rootlessSockets: readonly string[];
  /** Names of containers that no platform of ours made. */
  readonly foreign: readonly string[];
  /** IDs of the starting images that are loaded, by reference. */
  readonly images: ReadonlyMap<string, string>;
}
