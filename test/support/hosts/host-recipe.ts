import { createHash } from 'node:crypto';
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

/** Units that a container only waits for. */
const MASKED = [
  'getty@.service',
  'console-getty.service',
  'getty.target',
  'systemd-udevd.service',
  'systemd-udev-trigger.service',
  'systemd-networkd.service',
  'systemd-networkd-wait-online.service',
  'systemd-timesyncd.service',
  'systemd-firstboot.service',
  'sys-kernel-config.mount',
  'sys-kernel-debug.mount',
  'sys-kernel-tracing.mount',
  'sys-fs-fuse-connections.mount',
  'dev-hugepages.mount',
  'dev-mqueue.mount',
  'apt-daily.timer',
  'apt-daily-upgrade.timer',
  'dpkg-db-backup.timer',
  'e2scrub_all.timer',
  'e2scrub_reap.service',
  'fstrim.timer',
];

/**
 * Docker mounts the container's own part of the cgroup tree read-only; systemd and a Docker inside need it writable.
 * Remounting it from inside leaves the machine's tree alone, which binding /sys/fs/cgroup in would not.
 */
export const WRITABLE_CGROUPS = `mount -o remount,bind,rw /sys/fs/cgroup
for controller in /sys/fs/cgroup/*/; do
  mountpoint -q "$controller" && mount -o remount,bind,rw "$controller"
done
`;

/** PID 1. In a container systemd takes its own arguments for the kernel's command line: trixie's boots on version 1 only when told. */
export const INIT_SCRIPT = `#!/bin/sh
${WRITABLE_CGROUPS}export container=docker
exec /sbin/init SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1
`;

/** Arguments of mmdebstrap that write the tree to standard output. */
export function treeArguments(settings: MachineSettings, release: HostRelease): string[] {
  return [
    '--variant=minbase',
    '--format=tar',
    '--quiet',
    `--include=${PACKAGES.join(',')}`,
    ...settings.aptOptions.map((option) => `--aptopt=${option}`),
    // Manuals and translations are most of what a minimal tree weighs.
    '--dpkgopt=path-exclude=/usr/share/man/*',
    '--dpkgopt=path-exclude=/usr/share/locale/*',
    '--dpkgopt=path-exclude=/usr/share/doc/*',
    '--dpkgopt=path-include=/usr/share/doc/*/copyright',
    `--customize-hook=${customizeScript()}`,
    release,
    '-',
    '-',
  ];
}

/** Run by mmdebstrap's shell with the tree's folder as $1. */
function customizeScript(): string {
  const links = MASKED.map((unit) => `ln -sf /dev/null "$1/etc/systemd/system/${unit}"`);
  return [
    ...links,
    `cat >"$1/sbin/container-init" <<'END'\n${INIT_SCRIPT}END`,
    'chmod 755 "$1/sbin/container-init"',
    'rm -f "$1/usr/sbin/policy-rc.d" "$1/etc/machine-id"',
    ': >"$1/etc/machine-id"',
    'mkdir -p "$1/etc/ssh/sshd_config.d"',
    `printf 'MaxStartups 100\\nMaxSessions 100\\n' >"$1/etc/ssh/sshd_config.d/tests.conf"`,
    // Rate limits of journald would drop the daemon's log lines, which tests read.
    'mkdir -p "$1/etc/systemd/journald.conf.d"',
    `printf '[Journal]\\nStorage=persistent\\nRateLimitIntervalSec=0\\n' >"$1/etc/systemd/journald.conf.d/tests.conf"`,
  ].join('\n');
}

/** What a server holds beyond the bare one: a set of packages each. */
export const VARIANTS = {
  bare: [],
  /** Docker as Debian packages it, neither enabled nor running. */
  docker: ['docker.io'],
  /** What the README asks for: git. */
  git: ['git'],
  /** Login shells that are no POSIX shells. */
  shells: ['fish', 'tcsh'],
  /** What Ansible needs on a server. */
  python: ['python3'],
  /** As cloud images have it; python3-cffi-backend is what its dependencies forget. */
  'cloud-init': ['cloud-init', 'python3-cffi-backend'],
} as const;
export type Variant = keyof typeof VARIANTS;

/** Debian 13 has the client in a package of its own. */
export function packagesOf(variant: Variant, release: HostRelease): readonly string[] {
  return variant === 'docker' && release !== 'bookworm' ? [...VARIANTS.docker, 'docker-cli'] : VARIANTS[variant];
}

/** Names the image by all that it is made from: a changed recipe is another image. */
export function imageTag(variant: Variant, settings: MachineSettings, release: HostRelease): string {
  const recipe = [treeArguments(settings, release), settings.sources, packagesOf(variant, release)];
  const hash = createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 12);
  return `oo-test/host-${release}-${variant}:${hash}`;
}
