import { homedir } from 'node:os';
import { defineErrors } from '../../common/errors.ts';
import { nearestName } from '../config/nearest-name.ts';
import { printable } from '../../common/printable.ts';
import { commands } from './commands/index.ts';
import type { HostFlags } from './global-flags.ts';

const elsewhere = (name: string) => `a server of that name: oo-install install ${name}`;

const commandErrors = defineErrors({
  COMMAND_NOT_FIRST: {
    failure: 'usage',
    message: (name: string) => `${name} is a command, and stands behind something else`,
    hint: (name: string) => `commands come first: oo-install ${name} ...; ${elsewhere(name)}`,
  },
  COMMAND_UNKNOWN: {
    failure: 'usage',
    message: (typed: string, meant: string) =>
      `${printable(typed)} is no command, nor a server that is known here; did you mean ${meant}?`,
    hint: (typed: string) => `nothing was done; ${elsewhere(typed)}`,
  },
  HELP_UNKNOWN: {
    failure: 'usage',
    message: (typed: string, meant: string | undefined) =>
      `${printable(typed)} is no command${meant === undefined ? '' : `; did you mean ${meant}?`}`,
    hint: () => 'oo-install --help lists all of them',
  },
});

/**
 * Where no command was named, the words are servers that are installed on: neither a command that stands elsewhere (`oo-install --json status web1`)
 * nor a mistyped one (`oo-install uninstal web1`) is to be taken for one. A server that ssh's configuration or cluster.yaml knows is meant as it is typed.
 * @throws OoError COMMAND_NOT_FIRST, COMMAND_UNKNOWN
 */
export async function refuseCommands(hosts: readonly string[], { file }: HostFlags): Promise<void> {
  const names = [...new Set([...commands.map(({ name }) => name.split(' ')[0]!), 'help'])];
  const command = hosts.find((host) => names.includes(host));
  if (command !== undefined) throw commandErrors.COMMAND_NOT_FIRST(command);
  // With a file, names choose among its hosts.
  if (file !== undefined) return;
  const doubtful = hosts.find((host) => mistyped(host, names) !== undefined);
  if (doubtful === undefined) return;
  const { knownHostNames } = await import('../config/host-names.ts');
  if ((await knownHostNames(homedir())).includes(doubtful)) return;
  throw commandErrors.COMMAND_UNKNOWN(doubtful, mistyped(doubtful, names)!);
}

/** `oo-install help NAME` of what is none. @throws OoError HELP_UNKNOWN */
export function refuseHelp([first, name]: readonly string[]): void {
  if (first !== 'help' || name === undefined || name.startsWith('-')) return;
  const names = [...new Set(commands.map((command) => command.name.split(' ')[0]!)), 'help'];
  if (!names.includes(name)) throw commandErrors.HELP_UNKNOWN(name, nearestName(name, names));
}

/** The command that was meant. Servers are told apart by digits, dots and users more often than not: `log1` is none. */
function mistyped(typed: string, names: readonly string[]): string | undefined {
  if (!/^[a-z-]+$/i.test(typed)) return undefined;
  const long = names.filter((name) => name.length > 4);
  return nearestName(typed, long) ?? nearestName(typed, names, 1);
}
