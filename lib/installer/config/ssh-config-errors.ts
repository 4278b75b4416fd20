import { defineErrors } from '../../common/errors.ts';
import { printable } from '../../common/printable.ts';

/** A line of a configuration file, for messages: `~/.ssh/config:12`. */
export interface ConfigPosition {
  readonly file: string;
  /** From 1; 0 for what stands on no line. */
  readonly line: number;
}

/** What was typed, not read from a file. */
export const commandLine: ConfigPosition = { file: 'command line', line: 0 };

const at = ({ file, line }: ConfigPosition) => (line === 0 ? file : `${printable(file)}:${line}`);

/** What can be wrong with the files of ssh_config(5). */
export const sshConfigErrors = defineErrors({
  SSH_CONFIG_INVALID: {
    failure: 'usage',
    message: (position: ConfigPosition, why: string) => `${at(position)}: ${printable(why)}`,
    hint: () => 'mend that line; ssh -G HOST reads the same files',
  },
  SSH_CONFIG_UNREADABLE: {
    failure: 'usage',
    message: (file: string, why: string) => `${printable(file)} cannot be read: ${why}`,
    hint: () => 'mend its permissions, or name another file',
  },
  SSH_CONFIG_UNSAFE: {
    failure: 'usage',
    message: (file: string, why: string) => `${printable(file)} is not trusted: ${why}`,
    hint: (file: string) => `chmod 600 ${printable(file)}, and let it be yours (ssh refuses it too)`,
  },
  SSH_CONFIG_TOO_DEEP: {
    failure: 'usage',
    message: (position: ConfigPosition) => `${at(position)}: Include is nested too deeply; does a file include itself?`,
    hint: () => 'take one Include out of the circle',
  },
  SSH_JUMP_LOOP: {
    failure: 'usage',
    message: (names: readonly string[]) => `the jump hosts lead in a circle: ${names.map(printable).join(' -> ')}`,
    hint: (names: readonly string[]) =>
      `put a section "Host ${printable(names.at(-1) ?? '')}" with "ProxyJump none" before the others in ~/.ssh/config`,
  },
  SSH_PROXY_COMMAND: {
    failure: 'usage',
    message: (position: ConfigPosition, command: string) =>
      `${at(position)}: ProxyCommand is not supported, since it runs a program of this machine: ${printable(command).slice(0, 200)}`,
    hint: () => 'name the hosts in between with ProxyJump, or with --jump USER@HOST:PORT',
  },
});
