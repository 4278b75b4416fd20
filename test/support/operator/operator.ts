import type { RunningCommand } from '../kubectl.ts';
import type { CommandOptions, CommandResult } from '../run-command.ts';
import type { SshHost } from '../ssh-host.ts';

/** Somebody who runs oo-install from a checkout, with a home folder and a ~/.ssh of their own. Disposed of with `await using`. */
export interface Operator extends AsyncDisposable {
  /** Of ~/.ssh/id_ed25519. */
  readonly publicKey: string;
  /** Writes files below the home folder, for its owner alone. */
  write(files: Readonly<Record<string, string>>): Promise<void>;
  /** Text of a file below the home folder; empty when there is none. */
  read(path: string): Promise<string>;
  /** Runs a program in the operator's environment. */
  exec(argv: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Runs `bin/oo-install ARGS...` with no terminal. Any exit code is a result. */
  ooInstall(args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Starts it, to be watched and met while it runs. */
  startOoInstall(args: readonly string[]): RunningCommand;
  /** The same at a terminal of 40 lines and 80 columns, where questions are answered. */
  ooInstallOnTerminal(args: readonly string[]): RunningCommand;
}

/** Makes hosts known, with the keys and addresses that they have now; others are forgotten. */
export async function trust(operator: Operator, ...hosts: readonly SshHost[]): Promise<void> {
  const lines = await Promise.all(hosts.map((host) => host.knownHosts()));
  await operator.write({ '.ssh/known_hosts': lines.join('') });
}

/** An argument vector that runs `argv` on a pseudo-terminal of util-linux' script(1). */
export function onTerminal(argv: readonly string[], size = { rows: 40, columns: 80 }): string[] {
  const quoted = argv.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const command = `stty rows ${size.rows} cols ${size.columns}; exec ${quoted}`;
  return ['script', '--quiet', '--return', '--flush', '--command', command, '/dev/null'];
}
