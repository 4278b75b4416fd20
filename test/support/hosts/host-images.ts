import { buildTree } from '../../../lib/installer/lab/local/image/build-tree.ts';
import { initProgram } from '../../../lib/installer/lab/local/image/system-recipe.ts';
import { runCommand } from '../run-command.ts';
import { BASES, imageTag, hostTreeArguments, HOST_RELEASE, packagesOf, type HostRelease, type Variant } from './host-recipe.ts';
import { copyFilesIn } from './host-files.ts';
import { readMachineSettings, type MachineSettings } from './machine-settings.ts';

/** The reference of the image, which is built when Docker does not have it. Two builders at once only waste time. */
export async function ensureHostImage(
  variant: Variant,
  release: HostRelease = HOST_RELEASE,
  settings?: MachineSettings,
): Promise<string> {
  const machine = settings ?? (await readMachineSettings(release));
  const tag = imageTag(variant, machine, release);
  if ((await runCommand(['docker', 'image', 'inspect', tag], { anyCode: true })).code === 0) return tag;
  if (variant === 'bare') await buildBare(tag, machine, release);
  else {
    const base = await ensureHostImage(BASES[variant] ?? 'bare', release, machine);
    await buildVariant(tag, base, packagesOf(variant, release), machine);
  }
  return tag;
}

/** mmdebstrap | docker import: no tree on disk. */
async function buildBare(tag: string, settings: MachineSettings, release: HostRelease): Promise<void> {
  const tree = buildTree(hostTreeArguments(settings, release), settings.sources);
  const change = `CMD ["${initProgram}"]`;
  const image = runCommand(['docker', 'import', '--change', change, '-', tag], { stdin: tree.tar, timeout: 600_000 });
  const failed = (await Promise.allSettled([tree.ended, image])).find((result) => result.status === 'rejected');
  if (failed !== undefined) throw new Error(`cannot build ${tag}`, { cause: failed.reason });
}

/** Installs packages in a container of the bare image and keeps the result, with no service of theirs enabled. */
async function buildVariant(tag: string, base: string, packages: readonly string[], settings: MachineSettings): Promise<void> {
  const script = `set -e
    printf '#!/bin/sh\\nexit 101\\n' >/usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends ${packages.join(' ')}
    for unit in docker.service docker.socket containerd.service; do systemctl disable -q $unit 2>/dev/null || true; done
    apt-get clean
    rm -rf /usr/sbin/policy-rc.d /var/lib/apt/lists/*`;
  const env = Object.entries(settings.env).flatMap(([key, value]) => ['-e', `${key}=${value}`]);
  const { stdout } = await runCommand(['docker', 'create', ...env, base, 'sh', '-c', script]);
  const id = stdout.trim();
  try {
    await copyFilesIn(id, settings.files);
    await runCommand(['docker', 'start', '-a', id], { timeout: 300_000 });
    const changes = [`CMD ["${initProgram}"]`, ...Object.keys(settings.env).map((key) => `ENV ${key}=`)];
    // Credentials of this machine must not stay in an image.
    for (const file of settings.files) if (!file.path.startsWith('/etc/ssl/')) await blank(id, file.path);
    await runCommand(['docker', 'commit', ...changes.flatMap((change) => ['--change', change]), id, tag], { timeout: 120_000 });
  } finally {
    await runCommand(['docker', 'rm', '-fv', id], { anyCode: true });
  }
}

const blank = (id: string, path: string): Promise<void> => copyFilesIn(id, [{ path, content: '', mode: 0o600 }]);
