import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../eventually.ts';
import { runCommand, type CommandOptions } from '../run-command.ts';
import type { TestHost } from '../test-host.ts';
import { ensureMachineDisk, type MachineDisk, type UserData } from './machine-disk.ts';

/** Emulation is slow: a boot takes most of a minute. */
const BOOT_TIMEOUT = 240_000;
const TAP = 'ootestvm0';

export interface TestMachineOptions {
  /** By which cloud-init sets the machine up. @default it has no cloud-init */
  readonly userData?: UserData;
  /** Who logs in, with sudo: where root may not. @default root */
  readonly user?: string;
  /** Size of an empty second disk on NVMe, as EC2's Nitro instances have their volumes. @default none */
  readonly nvme?: string;
}

export interface TestMachine extends TestHost {
  /** All that it wrote to its serial console. */
  console(): string;
}

/**
 * A Debian server as a virtual machine under software emulation, with its own kernel and modules, which containers lack.
 * Attached to Docker's bridge like the container hosts; one at a time.
 */
export async function startTestMachine(options: TestMachineOptions = {}): Promise<TestMachine> {
  const lan = await dockerLan();
  const machine = await ensureMachineDisk(lan, options.userData);
  await attachTap();
  // A layer on the pristine disk: the copy of a sparse file would be all of its gigabytes.
  await runCommand(['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', machine.disk, `${machine.disk}.run`]);
  if (options.nvme !== undefined)
    await runCommand(['qemu-img', 'create', '-q', '-f', 'qcow2', `${machine.disk}.nvme`, options.nvme]);
  const host = testMachine(machine, lan.ip, options);
  try {
    await host.start();
  } catch (error) {
    await host.dispose();
    throw error;
  }
  return host;
}

/** An address at the far end of Docker's default network, which gives its own out from the near one. */
async function dockerLan(): Promise<{ ip: string; bits: number; gateway: string }> {
  const format = '{{range .IPAM.Config}}{{.Subnet}}{{end}}';
  const subnet = (await runCommand(['docker', 'network', 'inspect', '--format', format, 'bridge'])).stdout.trim();
  const match = /^(\d+\.\d+)\.0\.0\/16$/.exec(subnet);
  if (match === null) throw new Error(`Docker's default network is ${subnet}; this test knows only /16 networks`);
  return { ip: `${match[1]}.255.250`, bits: 16, gateway: `${match[1]}.0.1` };
}

async function attachTap(): Promise<void> {
  await runCommand(['ip', 'link', 'del', TAP], { anyCode: true });
  await runCommand(['ip', 'tuntap', 'add', 'dev', TAP, 'mode', 'tap']);
  await runCommand(['ip', 'link', 'set', TAP, 'master', 'docker0', 'up']);
}

function testMachine(
  machine: MachineDisk,
  ip: string,
  { user = 'root', nvme }: TestMachineOptions,
): TestMachine & { start(): Promise<void> } {
  const console = join(machine.disk, '..', 'console.log');
  rmSync(console, { force: true });
  let qemu: ChildProcess | undefined;
  const options = '-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ConnectTimeout=5 -o BatchMode=yes'.split(' ');
  const ssh = ['ssh', '-q', '-i', machine.key, ...options, `${user}@${ip}`, ...(user === 'root' ? [] : ['sudo', '-n'])];
  const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
  const remote = (argv: readonly string[], options: CommandOptions = {}) => {
    const { env, ...rest } = options;
    const settings = Object.entries(env ?? {}).map(([key, value]) => `${key}=${value ?? ''}`);
    return runCommand([...ssh, ['env', ...settings, ...argv].map(quote).join(' ')], { timeout: 120_000, ...rest });
  };
  const bootId = async (): Promise<string> =>
    (await remote(['cat', '/proc/sys/kernel/random/boot_id'], { timeout: 10_000 })).stdout;
  const booted = async (): Promise<void> => {
    await eventually(
      async () => {
        if (qemu?.exitCode !== null)
          throw new Error(`qemu ended; its console says\n${readFileSync(console, 'utf8').slice(-3000)}`);
        const { stdout } = await remote(['systemctl', 'is-system-running', '--wait'], { anyCode: true, timeout: 60_000 });
        return ['running', 'degraded'].includes(stdout.trim());
      },
      { timeout: BOOT_TIMEOUT, what: 'boot of the virtual machine' },
    );
  };
  const stopped = async (): Promise<void> => {
    if (qemu === undefined || qemu.exitCode !== null || qemu.signalCode !== null) return;
    const gone = new Promise((resolve) => qemu!.once('exit', resolve));
    qemu.kill('SIGKILL');
    await gone;
  };
  const unpack = async (tarArguments: readonly string[], target: string, stdin?: string): Promise<void> => {
    const tar = spawn('tar', ['--owner=0', '--group=0', '-c', ...tarArguments], { stdio: ['pipe', 'pipe', 'inherit'] });
    tar.stdin.end(stdin ?? '');
    await remote(['tar', '-x', '-C', target], { stdin: tar.stdout, timeout: 600_000 });
  };
  const host: TestMachine & { start(): Promise<void> } = {
    name: 'oo-test-machine',
    console: () => readFileSync(console, 'utf8'),
    address: async () => ip,
    exec: remote,
    shell: (script, options) => remote(['sh', '-c', script], options),
    async write(files, mode = 0o644) {
      for (const [path, content] of Object.entries(files)) {
        const script = 'mkdir -p "$(dirname "$1")" && cat >"$1" && chmod "$2" "$1"';
        await remote(['sh', '-c', script, 'sh', path, mode.toString(8)], { stdin: content });
      }
    },
    async copyIn(folder, target, members) {
      await remote(['mkdir', '-p', target]);
      await unpack(
        ['-C', folder, ...(members === undefined ? ['.'] : ['--null', '--files-from=-'])],
        target,
        members?.join('\0'),
      );
    },
    async start() {
      const log = openSync(console, 'a');
      qemu = spawn('qemu-system-x86_64', qemuArguments(machine, nvme !== undefined), { stdio: ['ignore', log, log] });
      closeSync(log);
      await booted();
    },
    async restart() {
      const before = await bootId();
      await remote(['systemctl', 'reboot'], { anyCode: true });
      await eventually(async () => (await bootId()) !== before, { timeout: BOOT_TIMEOUT, what: 'reboot' });
      await booted();
    },
    powerOff: stopped,
    powerOn: () => host.start(),
    async powerCycle() {
      await stopped();
      await host.start();
    },
    async freeze() {
      qemu?.kill('SIGSTOP');
    },
    async thaw() {
      qemu?.kill('SIGCONT');
    },
    async dispose() {
      await stopped();
      await runCommand(['ip', 'link', 'del', TAP], { anyCode: true });
    },
    [Symbol.asyncDispose]: () => host.dispose(),
  };
  return host;
}

function qemuArguments(machine: MachineDisk, nvme: boolean): string[] {
  const fixed = '-accel tcg,thread=multi -cpu max -smp 2 -m 3072 -display none -serial stdio -monitor none';
  const devices = `-netdev tap,id=lan,ifname=${TAP},script=no,downscript=no -device virtio-net-pci,netdev=lan -device virtio-rng-pci`;
  // cache=writethrough: what the guest has synced survives that qemu is killed.
  const drive = `file=${machine.disk}.run,if=virtio,format=qcow2,cache=writethrough`;
  const kernel = ['-kernel', machine.kernel, '-initrd', machine.initrd, '-append', 'root=/dev/vda rw console=ttyS0 quiet'];
  const volume = `-drive file=${machine.disk}.nvme,if=none,id=volume,format=qcow2,cache=writethrough -device nvme,serial=volume,drive=volume`;
  const second = nvme ? volume.split(' ') : [];
  return [...fixed.split(' '), ...kernel, '-drive', drive, ...second, ...devices.split(' ')];
}
