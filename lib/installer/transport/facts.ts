import type { PackageManager, SystemIdentity } from '../distro/distro.ts';

/** What the probe found on a server. Memory and disk in bytes, time in seconds since the epoch. */
export interface Facts {
  readonly uid: number;
  readonly user: string;
  /** `tty`: sudo only works on a terminal. `refused`: sudo does not know this user. */
  readonly sudo: 'root' | 'nopasswd' | 'password' | 'tty' | 'refused' | 'none';
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
  /** What keeps it from being a machine of its own (`docker`, `lxc`), or empty. */
  readonly container: string;
  /** `total`: what it may use, which is less in a container with a limit. */
  readonly memory: { readonly total: number; readonly available: number };
  readonly disks: readonly DiskFact[];
  readonly inodes: readonly InodeFact[];
  /** Sockets on which somebody listens. */
  readonly listening: readonly ListenFact[];
  /** Who listens on a port that we need, where `ss` could tell: its own words. */
  readonly listeners: ReadonlyMap<number, string>;
  /** Programs that run here and matter, with their process: `kubelet`, `chronyd`. Not those of containers. */
  readonly processes: ReadonlyMap<string, number>;
  /** Kubernetes of others that is installed, running or not: `k3s`. */
  readonly kubernetes: readonly string[];
  readonly cgroup: {
    readonly version: 1 | 2;
    readonly controllers: readonly string[];
    /** Version 1 with version 2 beside it, for systemd. */
    readonly hybrid: boolean;
    /** Controllers that are mounted (version 1). */
    readonly mounted: ReadonlySet<string>;
    readonly readOnly: boolean;
  };
  readonly modules: ReadonlyMap<string, 'loaded' | 'builtin' | 'available' | 'missing' | 'unknown'>;
  /** Whether the modules of the kernel that runs are there. */
  readonly hasModulesFolder: boolean;
  readonly sysctls: ReadonlyMap<string, string>;
  readonly sysctlsReadOnly: boolean;
  /** The address that others reach it by, or empty. */
  readonly address: string;
  /** Whether that is the only address of the default route's interface: a program on the server finds the same one, and the next one after a change. */
  readonly addressIsOfRoute: boolean;
  readonly routes: readonly RouteFact[];
  readonly selinux: string;
  /** The kernel confines by AppArmor, and nothing is there to load its profiles: Docker then starts no container. */
  readonly lacksAppArmorParser: boolean;
  readonly firewalls: readonly string[];
  /** Ports and ranges that a firewall lets in, in its own words. */
  readonly openPorts: readonly string[];
  /** nftables' chains that drop what they do not know: `forward inet filter forward`, hook, family, table and chain. */
  readonly dropChains: readonly string[];
  readonly dns: {
    /** Of resolv.conf(5). */
    readonly servers: readonly string[];
    /** Whom systemd-resolved asks. */
    readonly upstreams: readonly string[];
    /** Whether the server's own name has an address. */
    readonly ownName: 'yes' | 'no' | 'unknown';
  };
  /** Proxies that programs of this server are told to use, without passwords: where, and what is said there. */
  readonly proxies: readonly string[];
  readonly docker: DockerFacts;
  readonly units: { readonly docker: UnitFact | undefined; readonly openshift: UnitFact | undefined };
  /** Of those that we care about. */
  readonly packages: ReadonlySet<string>;
  /** Folders that hold the CNI plugins. */
  readonly cniFolders: readonly string[];
  /** Who holds a package database: lock file and program. */
  readonly packageLocks: readonly string[];
  readonly cloudInit: CloudInitFact;
  /** What an earlier run left. */
  readonly ours: {
    readonly artifacts: ReadonlySet<string>;
    /** Which artifact of a kind is in use. */
    readonly current: ReadonlyMap<string, string>;
    /** Version of the bundle in use, as its package.json has it, or empty. */
    readonly version: string;
    /** An upgrade has begun and was neither finished nor taken back. */
    readonly upgradePending: boolean;
    /** The bundle and the version that it began from, or empty. */
    readonly upgradeFrom: { readonly openshift: string; readonly version: string };
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

export interface InodeFact {
  readonly path: string;
  /** 0 where the file system makes them as it needs them. */
  readonly total: number;
  readonly free: number;
  readonly mountPoint: string;
}

export interface ListenFact {
  readonly protocol: 'tcp' | 'udp';
  /** `any`: every IPv4 address. `none`: IPv6 alone, which is in nobody's way. */
  readonly address: string;
  readonly port: number;
}

export interface CloudInitFact {
  /** `absent`: not there, or turned off. `failed`: it ended without an end, or with errors. */
  readonly state: 'absent' | 'running' | 'done' | 'failed';
  /** What it is at: `modules-final`. */
  readonly stage: string;
  /** Its own words. */
  readonly errors: readonly string[];
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
  /** Also of a Docker that does not run. */
  readonly rootDir: string;
  readonly securityOptions: string;
  readonly cgroupDriver: string;
  readonly liveRestore: boolean;
  /** `active` on a node of a swarm. */
  readonly swarm: string;
  /** What it says it runs on; another kernel than the server's is another machine. */
  readonly operatingSystem: string;
  readonly kernelRelease: string;
  /** Proxies that the daemon uses, without passwords. */
  readonly proxies: readonly string[];
  /** Where /var/run/docker.sock leads when it is a link. */
  readonly socket: string;
  /** DOCKER_HOST, and the context that the command line uses: both may lead elsewhere. */
  readonly host: string;
  readonly context: string;
  /** Why it does not answer. */
  readonly error: string;
  /** Sockets of Docker daemons that users run for themselves. */
  readonly rootlessSockets: readonly string[];
  /** Names of containers that no platform of ours made: the first twenty, and how many there are. */
  readonly foreign: readonly string[];
  readonly foreignCount: number;
  /** IDs of the starting images that are loaded, by reference. */
  readonly images: ReadonlyMap<string, string>;
}
