import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../lib/common/assets.ts';
import { HOST_RELEASE } from '../hosts/host-recipe.ts';
import { readMachineSettings, type MachineSettings } from '../hosts/machine-settings.ts';
import { runCommand } from '../run-command.ts';

/** A virtual machine's pristine disk with its kernel, and the key that opens it. */
export interface MachineDisk {
  readonly disk: string;
  readonly kernel: string;
  readonly initrd: string;
  readonly key: string;
}

const PACKAGES = [
  'systemd',
  'systemd-sysv',
  'dbus',
  'udev',
  'openssh-server',
  'iproute2',
  'procps',
  'kmod',
  'sudo',
  'ca-certificates',
  'netbase',
  'linux-image-cloud-amd64',
  'docker.io',
];
/** As cloud images have it, with what its dependencies forget and what makes file systems. */
const CLOUD_PACKAGES = ['cloud-init', 'python3-cffi-backend', 'e2fsprogs'];
const DISK_SIZE = '12G';

/** cloud-init's user data for whoever holds this key. */
export type UserData = (publicKey: string) => string;

/** Builds it, once for each recipe, address and user data, into .cache/vm. */
export async function ensureMachineDisk(
  address: { readonly ip: string; readonly bits: number; readonly gateway: string },
  userData?: UserData,
): Promise<MachineDisk> {
  const settings = await readMachineSettings(HOST_RELEASE);
  const packages = userData === undefined ? PACKAGES : [...PACKAGES, ...CLOUD_PACKAGES];
  const seed = userData === undefined ? [] : [userData('ssh-ed25519 AAAA'), seedTree.toString()];
  const sources = [settings.sources, settings.aptOptions];
  const recipe = JSON.stringify([packages, DISK_SIZE, ...sources, address, configure.toString(), ...seed]);
  const folder = join(packageRoot(), '.cache', 'vm', createHash('sha256').update(recipe).digest('hex').slice(0, 12));
  const machine = {
    disk: join(folder, 'disk.img'),
    kernel: join(folder, 'vmlinuz'),
    initrd: join(folder, 'initrd.img'),
    key: join(folder, 'key'),
  };
  if (existsSync(machine.disk)) return machine;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await runCommand(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', machine.key]);
  const tree = join(folder, 'tree');
  await buildTree(tree, settings, packages);
  const publicKey = readFileSync(`${machine.key}.pub`, 'utf8');
  configure(tree, address, publicKey, settings);
  if (userData !== undefined) seedTree(tree, userData(publicKey.trim()));
  const boot = readdirSync(join(tree, 'boot'));
  copyFileSync(
    join(
      tree,
      'boot',
      boot.find((name) => name.startsWith('vmlinuz-'))!,
    ),
    machine.kernel,
  );
  copyFileSync(
    join(
      tree,
      'boot',
      boot.find((name) => name.startsWith('initrd.img-'))!,
    ),
    machine.initrd,
  );
  // Renamed last: a disk at its path is a whole one.
  await runCommand(['mkfs.ext4', '-q', '-F', '-d', tree, `${machine.disk}.part`, DISK_SIZE], { timeout: 300_000 });
  renameSync(`${machine.disk}.part`, machine.disk);
  rmSync(tree, { recursive: true });
  return machine;
}

async function buildTree(tree: string, settings: MachineSettings, packages: readonly string[]): Promise<void> {
  const options = settings.aptOptions.map((option) => `--aptopt=${option}`);
  const argv = ['--variant=minbase', '--quiet', `--include=${packages.join(',')}`, ...options, HOST_RELEASE, tree, '-'];
  // Detached for the reason that hosts/host-images.ts gives.
  const child = spawn('mmdebstrap', argv, { stdio: ['pipe', 'inherit', 'inherit'], detached: true });
  child.stdin.end(`${settings.sources.join('\n')}\n`);
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`mmdebstrap ended with code ${String(code)}`);
}

function configure(
  tree: string,
  address: { ip: string; bits: number; gateway: string },
  key: string,
  settings: MachineSettings,
): void {
  const put = (path: string, content: string | Buffer, mode = 0o644): void => {
    mkdirSync(join(tree, path, '..'), { recursive: true });
    writeFileSync(join(tree, path), content, { mode });
  };
  const network = `[Match]\nName=en* eth*\n[Network]\nAddress=${address.ip}/${address.bits}\nGateway=${address.gateway}\n`;
  put('etc/systemd/network/80-lan.network', network);
  const wants = join(tree, 'etc/systemd/system/multi-user.target.wants');
  mkdirSync(wants, { recursive: true });
  symlinkSync('/lib/systemd/system/systemd-networkd.service', join(wants, 'systemd-networkd.service'));
  put('etc/hostname', 'oo-test-machine\n');
  put('etc/hosts', '127.0.0.1 localhost\n127.0.1.1 oo-test-machine\n');
  put('etc/fstab', '/dev/vda / ext4 defaults 0 1\n');
  put('root/.ssh/authorized_keys', key, 0o600);
  rmSync(join(tree, 'etc/resolv.conf'), { force: true });
  put('etc/resolv.conf', readFileSync('/etc/resolv.conf'));
  put('etc/machine-id', '');
  for (const file of settings.files) put(file.path, file.content, file.mode);
}

/** A NoCloud seed on the disk itself. The network is the tree's own, and locales are not generated: minimal trees cannot. */
function seedTree(tree: string, userData: string): void {
  const seed = join(tree, 'var/lib/cloud/seed/nocloud');
  mkdirSync(seed, { recursive: true });
  writeFileSync(join(seed, 'meta-data'), 'instance-id: oo-test-machine\n');
  writeFileSync(join(seed, 'user-data'), userData, { mode: 0o600 });
  writeFileSync(join(tree, 'etc/cloud/cloud.cfg.d/90-tests.cfg'), 'locale: "false"\nnetwork: { config: disabled }\n');
}
