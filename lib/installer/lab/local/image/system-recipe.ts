import { createHash } from 'node:crypto';

/**
 * A Debian tree that boots as a container. Images of single programs are put together from the files of packages
 * (lib/installer/artifacts/images); a system needs its packages installed and configured, which mmdebstrap does.
 */
export interface SystemRecipe {
  readonly release: 'bookworm' | 'trixie';
  readonly packages: readonly string[];
  /** By path: contents. Mode 0644, folders on the way are made. */
  readonly files: Readonly<Record<string, string>>;
}

/** Units that a container only waits for. */
const masked = [
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
 * Remounting it from inside leaves the machine's tree alone, which binding /sys/fs/cgroup in would not. Version 1 has a mount for each
 * controller, version 2 the one.
 */
export const writableCgroups = `mount -o remount,bind,rw /sys/fs/cgroup
for controller in /sys/fs/cgroup/*/; do
  mountpoint -q "$controller" && mount -o remount,bind,rw "$controller"
done
`;

/** Path of PID 1 in the image. */
export const initProgram = '/sbin/container-init';

/** PID 1. In a container systemd takes its own arguments for the kernel's command line: trixie's boots on version 1 only when told. */
const initScript = `#!/bin/sh
${writableCgroups}export container=docker
exec /sbin/init SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1
`;

/** Arguments of mmdebstrap that write the tree to standard output; sources come by standard input. `hook` is run last, with the tree as $1. */
export function treeArguments(recipe: SystemRecipe, aptOptions: readonly string[], hook = ''): string[] {
  return [
    '--variant=minbase',
    '--format=tar',
    '--quiet',
    `--include=${recipe.packages.join(',')}`,
    ...aptOptions.map((option) => `--aptopt=${option}`),
    // Manuals and translations are most of what a minimal tree weighs.
    '--dpkgopt=path-exclude=/usr/share/man/*',
    '--dpkgopt=path-exclude=/usr/share/locale/*',
    '--dpkgopt=path-exclude=/usr/share/doc/*',
    '--dpkgopt=path-include=/usr/share/doc/*/copyright',
    `--customize-hook=${customizeScript(recipe)}${hook}`,
    recipe.release,
    '-',
    '-',
  ];
}

/** Run by mmdebstrap's shell. Every host makes a machine-id of its own when it boots: that of the image would be everybody's. */
function customizeScript(recipe: SystemRecipe): string {
  return `set -e
${masked.map((unit) => `ln -sf /dev/null "$1/etc/systemd/system/${unit}"`).join('\n')}
${fileScript(initProgram, initScript)}chmod 755 "$1${initProgram}"
rm -f "$1/usr/sbin/policy-rc.d" "$1/etc/machine-id"
: >"$1/etc/machine-id"
${Object.entries(recipe.files)
  .map(([path, content]) => fileScript(path, content))
  .join('')}`;
}

/** Shell that writes a file of ours. Contents are whole lines. */
const fileScript = (path: string, content: string): string =>
  `mkdir -p "$1${path.slice(0, path.lastIndexOf('/'))}"
cat >"$1${path}" <<'END-OF-FILE'
${content}END-OF-FILE
`;

/** Names an image by all that it is made from: a changed recipe is another image. */
export function recipeHash(...parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);
}
