import { recipeHash, treeArguments } from '../../../lib/installer/lab/local/image/system-recipe.ts';
import type { MachineSettings } from './machine-settings.ts';

/** A Debian release that servers of the end-to-end tests are made of. */
export type HostRelease = 'bookworm' | 'trixie';
/** The one that tests get when they name none. */
export const HOST_RELEASE: HostRelease = 'bookworm';

/**
 * A server with an init system, an SSH server and nothing that the installer may need: no curl, no iptables, no git. What a
 * Debian without them shows is what a user with a minimal server sees.
 */
const PACKAGES = [
  'systemd',
  'systemd-sysv',
  'dbus',
  'openssh-server',
  'iproute2',
  'procps',
  'kmod',
  'sudo',
  'ca-certificates',
  'netbase',
  'passwd',
];

/** What the tests want of every server beside its packages. */
const FILES = {
  '/etc/ssh/sshd_config.d/tests.conf': 'MaxStartups 100\nMaxSessions 100\n',
  // Rate limits of journald would drop the daemon's log lines, which tests read.
  '/etc/systemd/journald.conf.d/tests.conf': '[Journal]\nStorage=persistent\nRateLimitIntervalSec=0\n',
};

/** Made as the hosts of a lab are; their apt keeps this machine's settings, since tests install packages there. */
export function hostTreeArguments(settings: MachineSettings, release: HostRelease): string[] {
  return treeArguments({ release, packages: PACKAGES, files: FILES }, settings.aptOptions);
}

/** All that the platform needs on a server: an installation brings no package. */
const PLATFORM_PACKAGES = ['docker.io', 'containernetworking-plugins', 'nftables', 'iptables', 'conntrack'] as const;
/** As cloud images have it; python3-cffi-backend is what its dependencies forget. */
const CLOUD_INIT = ['cloud-init', 'python3-cffi-backend'] as const;

/** What a server holds beyond the bare one: a set of packages each. */
export const VARIANTS = {
  bare: [],
  /** Docker as Debian packages it, neither enabled nor running. */
  docker: ['docker.io'],
  equipped: PLATFORM_PACKAGES,
  /** What the README asks for: git. */
  git: ['git'],
  /** Login shells that are no POSIX shells. */
  shells: ['fish', 'tcsh'],
  /** What Ansible needs on a server. */
  python: ['python3'],
  'cloud-init': CLOUD_INIT,
  'cloud-init-equipped': [...CLOUD_INIT, ...PLATFORM_PACKAGES],
} as const;
export type Variant = keyof typeof VARIANTS;
/** The variant that a variant is made from, for those that hold another one's packages. */
export const BASES: Partial<Record<Variant, Variant>> = { equipped: 'docker', 'cloud-init-equipped': 'cloud-init' };

/** Debian 13 has the client in a package of its own. */
export function packagesOf(variant: Variant, release: HostRelease): readonly string[] {
  const packages: readonly string[] = VARIANTS[variant];
  return packages.includes('docker.io') && release !== 'bookworm' ? [...packages, 'docker-cli'] : packages;
}

/** Names the image by all that it is made from: a changed recipe is another image. */
export function imageTag(variant: Variant, settings: MachineSettings, release: HostRelease): string {
  const hash = recipeHash(hostTreeArguments(settings, release), settings.sources, packagesOf(variant, release));
  return `oo-test/host-${release}-${variant}:${hash}`;
}
