import { readFile } from 'node:fs/promises';
import { runCommand } from '../run-command.ts';

export const dockerUnit = 'docker.service';
const defaultConfigFile = '/etc/docker/daemon.json';

/** How dockerd is started on this server: its program and flags. */
export async function daemonCommand(): Promise<readonly string[]> {
  const pid = await daemonPid();
  if (pid !== undefined) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const argv = line.split('\0').filter((word) => word !== '');
    if (argv.length > 0) return argv;
  }
  const { stdout } = await runCommand(['systemctl', 'show', '--property=ExecStart,EnvironmentFiles,Environment', dockerUnit]);
  const command = parseExecStart(stdout, await environmentOf(stdout));
  return command.length > 0 ? command : ['dockerd'];
}

/** The file that it reads. */
export function configFileOf(argv: readonly string[]): string {
  const joined = argv.find((word) => word.startsWith('--config-file='))?.slice('--config-file='.length);
  const index = argv.indexOf('--config-file');
  const path = joined ?? (index < 0 ? undefined : argv[index + 1]);
  return path?.startsWith('/') === true ? path : defaultConfigFile;
}

/** The process that runs, by its own file. */
export async function daemonPid(): Promise<number | undefined> {
  const pid = Number.parseInt(await readFile('/var/run/docker.pid', 'utf8').catch(() => ''), 10);
  if (!(pid > 0)) return undefined;
  // A file that a crash left names a process that is somebody else's by now.
  const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
  return name.trim() === 'dockerd' ? pid : undefined;
}

/**
 * Words of ExecStart as `systemctl show` prints it (`{ path=... ; argv[]=... ; ... }`), with variables of the environment put in: one that stands alone
 * becomes several words, as systemd.service(5) has it.
 */
export function parseExecStart(shown: string, environment: ReadonlyMap<string, string>): string[] {
  const line = /argv\[\]=(.*?) ; ignore_errors=/s.exec(shown)?.[1] ?? '';
  return line.split(/\s+/).flatMap((word) => {
    const name = /^\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?$/.exec(word)?.[1];
    if (name === undefined) return word === '' ? [] : [word];
    return (environment.get(name) ?? '').split(/\s+/).filter((part) => part !== '');
  });
}

async function environmentOf(shown: string): Promise<Map<string, string>> {
  const environment = new Map<string, string>();
  for (const [, path = ''] of shown.matchAll(/^EnvironmentFiles=(\/\S+)/gm)) {
    const text = await readFile(path, 'utf8').catch(() => '');
    for (const [, name = '', value = ''] of text.matchAll(/^\s*([A-Za-z_][A-Za-z0-9_]*)=(.*)$/gm)) {
      environment.set(name, value.trim().replace(/^(["'])(.*)\1$/, '$2'));
    }
  }
  return environment;
}
