import { eventually } from '../eventually.ts';
import { runCommand } from '../run-command.ts';
import type { TestHost } from '../test-host.ts';
import { copyFilesIn, copyTree } from './host-files.ts';

/** A host that is the container of this name. `ready` resolves when it has booted. */
export function containerHost(name: string, ready: (host: TestHost) => Promise<void>): TestHost {
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
    async address(network) {
      const networks = '{{range $name, $net := .NetworkSettings.Networks}}{{$name}} {{$net.IPAddress}}\n{{end}}';
      const { stdout } = await runCommand(['docker', 'inspect', '--format', networks, name]);
      const rows = stdout.split('\n').map((line) => line.split(' '));
      const address = (network === undefined ? rows[0] : rows.find(([own]) => own === network.name))?.[1];
      if (address === undefined || address === '') throw new Error(`${name} has no address on ${network?.name ?? 'any network'}`);
      return address;
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
      await ready(host);
    },
    async powerOff() {
      await runCommand(['docker', 'kill', '--signal=KILL', name]);
    },
    async powerOn() {
      await runCommand(['docker', 'start', name]);
      await ready(host);
    },
    async powerCycle() {
      await host.powerOff();
      await host.powerOn();
    },
    async freeze() {
      await runCommand(['docker', 'pause', name]);
    },
    async thaw() {
      await runCommand(['docker', 'unpause', name]);
    },
  };
  return host;
}

/** Until systemd has nothing left to start. `degraded` (some unit failed) is a booted host too. */
export async function booted(host: TestHost): Promise<void> {
  await eventually(
    async () => {
      const { stdout } = await host.exec(['systemctl', 'is-system-running', '--wait'], { anyCode: true, timeout: 60_000 });
      return ['running', 'degraded'].includes(stdout.trim());
    },
    { timeout: 60_000, what: `boot of ${host.name}` },
  );
}

/** Until SSH is served: cloud-init may be at work for long after that. */
export async function serving(host: TestHost): Promise<void> {
  await eventually(
    async () => (await host.exec(['systemctl', 'is-active', 'ssh'], { anyCode: true })).stdout.trim() === 'active',
    { timeout: 60_000, what: `SSH server of ${host.name}` },
  );
}
