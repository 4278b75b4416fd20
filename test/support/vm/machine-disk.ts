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
const DISK_SIZE = '12G';

/** Builds it, once for each recipe and address, into .cache/vm. */
export async function ensureMachineDisk(address: {
  readonly ip: string;
  readonly bits: number;
  readonly gateway: string;
}): Promise<MachineDisk> {
  const settings = await readMachineSettings(HOST_RELEASE);
  const recipe = JSON.stringify([PACKAGES, DISK_SIZE, settings.sources, settings.aptOptions, address, configure.toString()]);
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
  await buildTree(tree, settings);
  configure(tree, address, readFileSync(`${machine.key}.pub`, 'utf8'), settings);
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

async function buildTree(tree: string, settings: MachineSettings): Promise<void> {
  const options = settings.aptOptions.map((option) => `--aptopt=${option}`);
  const argv = ['--variant=minbase', '--quiet', `--include=${PACKAGES.join(',')}`, ...options, HOST_RELEASE, tree, '-'];
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
