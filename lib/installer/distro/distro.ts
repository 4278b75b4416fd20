/** Programs by which software is installed from a distribution's own repositories. */
export const packageManagers = ['apt', 'dnf', 'zypper'] as const;
export type PackageManager = (typeof packageManagers)[number];

/** What the platform needs of a server that a distribution may have as packages. */
export type Need = 'docker' | 'cni-plugins' | 'nftables' | 'iptables' | 'conntrack' | 'iproute' | 'apparmor';

/** The fields of os-release(5) and the marks of a system that distributions are told by. */
export interface SystemIdentity {
  /** ID. */
  readonly id: string;
  /** ID_LIKE, as it stands: words separated by spaces. */
  readonly like: string;
  /** VERSION_ID. */
  readonly version: string;
  /** VARIANT_ID. */
  readonly variant: string;
  /** Booted from an image whose /usr is read-only (/run/ostree-booted). */
  readonly imageBased: boolean;
}

/** Where apt finds the packages of one release: what an operator without that release on it needs to ask for them. */
export interface AptArchive {
  /** Codename, as in `deb URI CODENAME main`. */
  readonly codename: string;
  /** Suites beside the release itself, each with the archive that has it. */
  readonly suites: readonly { readonly suite: string; readonly archive: 'main' | 'security' }[];
  readonly components: readonly string[];
  /** URIs by architecture; tried when the operator's own apt names none for this distribution. */
  readonly mirrors: Readonly<Record<'amd64' | 'arm64', { readonly main: string; readonly security: string }>>;
  /** File of the keys that sign it, and the package that brings it. */
  readonly keyring: string;
  readonly keyringPackage: string;
}

/** What differs between distributions, as data. */
export interface Distro {
  /** `debian-12`: what `bundle create --for` and the documentation call it. Never changes. */
  readonly name: string;
  /** What a person calls it. */
  readonly title: string;
  readonly isThis: (system: SystemIdentity) => boolean;
  /** Absent where nothing can be installed from repositories while the system runs. */
  readonly packageManager?: PackageManager;
  /** Its packages for each need. A need that is left out is not packaged there, or nothing has it. */
  readonly packages: Readonly<Partial<Record<Need, readonly string[]>>>;
  /** Where Docker comes from: the distribution's packages, or Docker's static build. */
  readonly docker: 'distribution' | 'static';
  /** Where the CNI plugins come from. */
  readonly cniPlugins: 'distribution' | 'static';
  readonly archive?: AptArchive;
  /** Sentences for docs/distributions.md. */
  readonly notes: readonly string[];
  /** `tests`: our tests install on it. `recorded facts`: it was never run; recognising and naming are tested. */
  readonly ranHere: 'tests' | 'recorded facts';
}

/** Whether one of the words of ID_LIKE, or the ID itself, is this. */
export const isLike = (system: SystemIdentity, id: string): boolean => system.id === id || system.like.split(' ').includes(id);

/** The whole number that a version begins with, 0 when there is none. */
export const majorOf = (system: SystemIdentity): number => Number.parseInt(system.version, 10) || 0;
