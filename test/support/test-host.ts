import { randomBytes } from 'node:crypto';
import { writableCgroups } from '../../lib/installer/lab/local/image/system-recipe.ts';
import { booted, containerHost, serving } from './hosts/container-host.ts';
import { ownerOption, removeOrphans } from './hosts/disposables.ts';
import { copyFilesIn } from './hosts/host-files.ts';
import { ensureHostImage } from './hosts/host-images.ts';
import { HOST_RELEASE, type HostRelease, type Variant } from './hosts/host-recipe.ts';
import { readMachineSettings, type HostFile } from './hosts/machine-settings.ts';
import type { TestNetwork } from './hosts/test-network.ts';
import { runCommand, type CommandOptions, type CommandResult } from './run-command.ts';

/** The four states in which an installer meets Docker. */
export type DockerState = 'absent' | 'stopped' | 'running' | 'broken';

export interface TestHostOptions {
  /** @default 'bookworm' */
  readonly release?: HostRelease;
  /** @default 'absent' */
  readonly docker?: DockerState;
  /** Beside its Docker it has the packages that the platform needs: for tests whose subject is not their installation. @default false */
  readonly equipped?: boolean;
  /** What the bare server (without Docker) holds beyond itself. `git`: what the README asks for. @default 'bare' */
  readonly variant?: Exclude<Variant, 'docker' | 'equipped'>;
  /** Whether systemd runs. Without it the host has no services at all, as in a plain container. @default true */
  readonly init?: boolean;
  /** Networks that it stands on, the first one as eth0. @default Docker's own, which leads out */
  readonly networks?: readonly Pick<TestNetwork, 'name'>[];
  /** Folders of this machine that the host sees, as `from:to[:ro]`. */
  readonly mounts?: readonly string[];
  /** Folders on a small disk of their own, with its size as mount(8) takes it: `{ '/opt': '32m' }`. Unmounting one mends it. */
  readonly disks?: Readonly<Record<string, string>>;
  /** Block devices of this machine by the names that the host has for them: `{ '/dev/sdf': '/dev/loop3' }`. */
  readonly devices?: Readonly<Record<string, string>>;
  /** dpkg syncs all that it writes, as on a server that is to last: for measurements. @default false */
  readonly durable?: boolean;
  /** Files that are there when it boots. */
  readonly files?: readonly HostFile[];
  /** cloud-init's user data (variant `cloud-init`). The host is handed over when SSH is served, with cloud-init still at work. */
  readonly userData?: string;
}

/**
 * A Debian server with systemd and sshd, as a container that is near to a machine: own init, own network, own Docker.
 * Near-root on this machine, so for tests only. Disposed of with `await using`.
 */
export interface TestHost extends AsyncDisposable {
  readonly name: string;
  /** IPv4 address on this network (its first by default), reachable from this machine. May change when the host restarts. */
  address(network?: Pick<TestNetwork, 'name'>): Promise<string>;
  /** Runs a program as root, with a login's environment. */
  exec(argv: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Runs a script by sh; for pipes and loops that `exec` has no words for. */
  shell(script: string, options?: CommandOptions): Promise<CommandResult>;
  /** Writes files, each with its mode. */
  write(files: Readonly<Record<string, string>>, mode?: number): Promise<void>;
  /** Copies a folder's named members (all by default, NUL-separated list on request) below `target`. */
  copyIn(folder: string, target: string, members?: readonly string[]): Promise<void>;
  /** A reboot: systemd stops every service, then boots again. What is in memory is gone, disks stay. */
  restart(): Promise<void>;
  /** A power cut: everything is killed at once; then it boots. */
  powerCycle(): Promise<void>;
  /** The same in two steps: the time between them is the test's. */
  powerOff(): Promise<void>;
  powerOn(): Promise<void>;
  /** Nothing on it runs any more, yet its connections stay open: a machine that hangs. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  dispose(): Promise<void>;
}

/** test-hosts recipe: all capabilities but one, no seccomp, own cgroup namespace; `--privileged` would need SYS_RESOURCE. */
const RUN_OPTIONS = [
  '--cap-add=ALL',
  '--cap-drop=SYS_RESOURCE',
  '--security-opt=seccomp=unconfined',
  '--security-opt=apparmor=unconfined',
  '--security-opt=systempaths=unconfined',
  '--cgroupns=private',
  '--tmpfs=/run',
  '--tmpfs=/run/lock',
  '--tmpfs=/tmp:exec',
  '--volume=/var/lib/docker',
  '--volume=/var/lib/containerd',
  '--stop-signal=SIGRTMIN+3',
];

const LOGIN = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', LANG: 'C.UTF-8' };

/** Once in a process is enough: who dies later leaves the work to the next one. */
let orphansGone: Promise<void> | undefined;

/** Starts a server and brings its Docker into the wanted state. Its image is built when it is not there. */
export async function startTestHost(options: TestHostOptions = {}): Promise<TestHost> {
  const { docker = 'absent', equipped = false, release = HOST_RELEASE, init = true } = options;
  await (orphansGone ??= removeOrphans());
  const settings = await readMachineSettings(release);
  const withDocker = equipped ? 'equipped' : 'docker';
  const image = await ensureHostImage(docker === 'absent' ? (options.variant ?? 'bare') : withDocker, release, settings);
  const name = `oo-test-host-${randomBytes(4).toString('hex')}`;
  const [first, ...others] = options.networks ?? [];
  await runCommand([
    'docker',
    'create',
    `--name=${name}`,
    `--hostname=${name}`,
    ownerOption,
    ...RUN_OPTIONS,
    ...(first === undefined ? [] : [`--network=${first.name}`]),
    ...(options.mounts ?? []).map((mount) => `--volume=${mount}`),
    ...Object.entries(options.disks ?? {}).map(([folder, size]) => `--tmpfs=${folder}:exec,size=${size}`),
    ...Object.entries(options.devices ?? {}).map(([name, device]) => `--device=${device}:${name}`),
    ...Object.entries({ ...LOGIN, ...settings.env }).map(([key, value]) => `--env=${key}=${value}`),
    ...(init ? [image] : ['--init', image, 'sh', '-c', `${writableCgroups}exec sleep infinity`]),
  ]);
  const ready = !init ? async () => undefined : options.userData === undefined ? booted : serving;
  const host = containerHost(name, ready);
  try {
    for (const network of others) await runCommand(['docker', 'network', 'connect', network.name, name]);
    await copyFilesIn(name, [
      ...settings.files,
      ...(options.durable === true ? [] : shortLived),
      ...(options.files ?? []),
      ...seedFiles(name, options.userData),
    ]);
    await runCommand(['docker', 'start', name]);
    await ready(host);
    if (init) await bringDockerInto(docker, host);
  } catch (error) {
    await host.dispose();
    throw error;
  }
  return host;
}

/** Nobody reads descriptions of packages there, and a power cut ends its processes: what they wrote this machine still has. */
const shortLived: readonly HostFile[] = [
  { path: '/etc/apt/apt.conf.d/90tests', content: 'Acquire::Languages "none";\n', mode: 0o644 },
  { path: '/etc/dpkg/dpkg.cfg.d/tests', content: 'force-unsafe-io\n', mode: 0o644 },
];

/** A NoCloud seed: without a datasource cloud-init's generator turns it off. Locales are not generated: minimal trees cannot. */
function seedFiles(name: string, userData: string | undefined): HostFile[] {
  if (userData === undefined) return [];
  const seed = '/var/lib/cloud/seed/nocloud';
  return [
    { path: `${seed}/meta-data`, content: `instance-id: ${name}\nlocal-hostname: ${name}\n`, mode: 0o600 },
    { path: `${seed}/user-data`, content: userData, mode: 0o600 },
    { path: '/etc/cloud/cloud.cfg.d/90-tests.cfg', content: 'locale: "false"\n', mode: 0o644 },
  ];
}

async function bringDockerInto(state: DockerState, host: TestHost): Promise<void> {
  if (state === 'running') await host.exec(['systemctl', 'enable', '--now', '--quiet', 'docker'], { timeout: 120_000 });
  if (state === 'broken') await host.write({ '/etc/docker/daemon.json': '{ "storage-driver": "overlay2", }\n' });
}
