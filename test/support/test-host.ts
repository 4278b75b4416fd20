import { randomBytes } from 'node:crypto';
import { eventually } from './eventually.ts';
import { copyFilesIn, copyTree } from './hosts/host-files.ts';
import { ensureHostImage } from './hosts/host-images.ts';
import { HOST_RELEASE, WRITABLE_CGROUPS } from './hosts/host-recipe.ts';
import { readMachineSettings } from './hosts/machine-settings.ts';
import { isAlive } from './platform-slot.ts';
import { runCommand, type CommandOptions, type CommandResult } from './run-command.ts';

/** The four states in which an installer meets Docker, and `git`: without Docker, with git, as the README asks. */
export type DockerState = 'absent' | 'stopped' | 'running' | 'broken';

export interface TestHostOptions {
  /** @default 'absent' */
  readonly docker?: DockerState;
  /** Adds git, and only git, to the bare server. */
  readonly git?: boolean;
  /** Whether systemd runs. Without it the host has no services at all, as in a plain container. @default true */
  readonly init?: boolean;
  /** Folders of this machine that the host sees, as `from:to[:ro]`. */
  readonly mounts?: readonly string[];
}

/**
 * A Debian server with systemd and sshd, as a container that is near to a machine: own init, own network, own Docker.
 * Near-root on this machine, so for tests only. Disposed of with `await using`.
 */
export interface TestHost extends AsyncDisposable {
  readonly name: string;
  /** IPv4 address, reachable from this machine. May change when the host restarts. */
  address(): Promise<string>;
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

/** The test process that disposes of the host. */
const OWNER_LABEL = 'io.openshift.test-host';

const LOGIN = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', LANG: 'C.UTF-8' };

/** Starts a server and brings its Docker into the wanted state. Its image is built when it is not there. */
export async function startTestHost(options: TestHostOptions = {}): Promise<TestHost> {
  const state = options.docker ?? 'absent';
  await removeOrphans();
  const settings = await readMachineSettings(HOST_RELEASE);
  const image = await ensureHostImage(state !== 'absent' ? 'docker' : options.git === true ? 'git' : 'bare', settings);
  const name = `oo-test-host-${randomBytes(4).toString('hex')}`;
  const env = { ...LOGIN, ...settings.env };
  await runCommand([
    'docker',
    'create',
    `--name=${name}`,
    `--hostname=${name}`,
    ...RUN_OPTIONS,
    `--label=${OWNER_LABEL}=${process.pid}`,
    ...(options.mounts ?? []).map((mount) => `--volume=${mount}`),
    ...Object.entries(env).map(([key, value]) => `--env=${key}=${value}`),
    ...(options.init === false ? ['--init', image, 'sh', '-c', `${WRITABLE_CGROUPS}exec sleep infinity`] : [image]),
  ]);
  const host = testHost(name, options.init !== false);
  try {
    await copyFilesIn(name, settings.files);
    await runCommand(['docker', 'start', name]);
    if (options.init === false) return host;
    await booted(host);
    await bringDockerInto(state, host);
  } catch (error) {
    await host.dispose();
    throw error;
  }
  return host;
}

function testHost(name: string, init: boolean): TestHost {
  const exec: TestHost['exec'] = (argv, options = {}) => {
    const env = Object.entries(options.env ?? {}).flatMap(([key, value]) =>
      value === undefined ? [] : ['--env', `${key}=${value}`],
    );
    const { env: _passed, ...rest } = options;
    return runCommand(['docker', 'exec', ...(options.stdin === undefined ? [] : ['-i']), ...env, name, ...argv], rest);
  };
  const dispose = async (): Promise<void> => {
    await runCommand(['docker', 'rm', '-fv', name], { anyCode: true });
  };
  const host: TestHost = {
    name,
    exec,
    dispose,
    [Symbol.asyncDispose]: dispose,
    shell: (script, options) => exec(['sh', '-c', script], options),
    async address() {
      const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
      return (await runCommand(['docker', 'inspect', '--format', format, name])).stdout.trim();
    },
    write: (files, mode = 0o644) =>
      copyFilesIn(
        name,
        Object.entries(files).map(([path, content]) => ({ path, content, mode })),
      ),
    async copyIn(folder, target, members) {
      await exec(['mkdir', '-p', target]);
      const list = members === undefined ? ['.'] : ['--null', '--files-from=-'];
      await copyTree(name, target, ['-C', folder, ...list], members?.join('\0'));
    },
    async restart() {
      await runCommand(['docker', 'restart', '--time=60', name], { timeout: 120_000 });
      if (init) await booted(host);
    },
    async powerCycle() {
      await runCommand(['docker', 'kill', '--signal=KILL', name]);
      await runCommand(['docker', 'start', name]);
      if (init) await booted(host);
    },
  };
  return host;
}

/** Hosts whose test process was killed before it could dispose of them. */
async function removeOrphans(): Promise<void> {
  const format = `{{.ID}} {{.Label "${OWNER_LABEL}"}}`;
  const { stdout } = await runCommand(['docker', 'ps', '-a', '--filter', `label=${OWNER_LABEL}`, '--format', format]);
  for (const [id, owner] of stdout.split('\n').map((line) => line.split(' '))) {
    if (id !== undefined && owner !== undefined && !isAlive(Number(owner))) {
      await runCommand(['docker', 'rm', '-fv', id], { anyCode: true });
    }
  }
}

/** Until systemd has nothing left to start. `degraded` (some unit failed) is a booted host too. */
async function booted(host: TestHost): Promise<void> {
  await eventually(
    async () => {
      const { stdout } = await host.exec(['systemctl', 'is-system-running', '--wait'], { anyCode: true, timeout: 60_000 });
      return ['running', 'degraded'].includes(stdout.trim());
    },
    { timeout: 60_000, what: `boot of ${host.name}` },
  );
}

async function bringDockerInto(state: DockerState, host: TestHost): Promise<void> {
  if (state === 'running') await host.exec(['systemctl', 'enable', '--now', '--quiet', 'docker'], { timeout: 120_000 });
  if (state === 'broken') await host.write({ '/etc/docker/daemon.json': '{ "storage-driver": "overlay2", }\n' });
}
