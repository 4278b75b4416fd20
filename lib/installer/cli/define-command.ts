import type { ClusterSettings } from '../config/cluster-settings.ts';
import type { SessionOptions } from '../session.ts';
import type { GlobalFlags, HostFlags } from './global-flags.ts';

/** A flag of a command, as commander reads it: `--node-name <name>`, `-f, --follow`. */
export interface OptionDefinition {
  readonly flags: string;
  /** Lower case, no full stop. */
  readonly description: string;
  /** Turns the text into the value, given the value so far; throws commander's InvalidArgumentError. */
  readonly parse?: (text: string, previous: unknown) => unknown;
  /** Values that it can have, or one of them first in a list. Completion offers them; `parse` judges. */
  readonly choices?: readonly string[];
  /** Only of commands that change something on hosts. */
  readonly ofChanges?: boolean;
  /** @default undefined; false for a flag without a value */
  readonly default?: unknown;
}

export interface ArgumentDefinition {
  /** As commander reads it: `<file>`, `[shell]`, `<files...>`. */
  readonly name: string;
  readonly description: string;
  readonly default?: string;
  /** The only values that it can have. Completion offers them. */
  readonly choices?: readonly string[];
}

/** What a command is: every start loads this of all commands. What it does is loaded when it runs, by `await import()` in `run`. */
interface CommandBase {
  /** What is typed: `install`, or `bundle create` for one of a group (commands/index.ts describes the groups). */
  readonly name: string;
  /** One line of the help: imperative or noun, lower case, no full stop. */
  readonly summary: string;
  /** Each a command line as it is typed, and what it is good for. The help of the command shows them. */
  readonly examples: readonly (readonly [commandLine: string, explanation: string])[];
  /** Those that no other command has. Global flags: global-flags.ts. A short letter here takes the place of a global one. */
  readonly options?: readonly OptionDefinition[];
  /** Runs when no command is named. One command has this. */
  readonly isDefault?: boolean;
}

/** A command that is run on each of the hosts that are named. */
export interface HostCommand<Flags = object> extends CommandBase {
  readonly on: 'hosts';
  /** It looks and changes nothing on the host. @default false */
  readonly onlyLooks?: boolean;
  /** Whether it must be root on the server: this machine is then asked for the password before anything is drawn. */
  needsRoot(flags: Flags & HostFlags): boolean;
  /** A question that is asked once for all hosts, before the first change, unless --yes or --dry-run is given. */
  confirm?(hosts: readonly string[], flags: Flags & HostFlags): string;
  /** Prints lines of its own, such as a log: nothing is drawn around them, and no summary follows. @default false */
  readonly printsLines?: boolean | ((flags: Flags & HostFlags) => boolean);
  /** What the flags and cluster.yaml say of all hosts. Asked once, before any of them is reached. @default the port alone */
  settings?(flags: Flags & HostFlags, file: ClusterSettings): Partial<SessionOptions> | Promise<Partial<SessionOptions>>;
  /** The work on one host. What it tells goes to `session.reporter`; what it throws is told as that host's failure. */
  run(session: SessionOptions, flags: Flags & HostFlags): Promise<unknown>;
}

/** A command of this machine alone. */
export interface PlainCommand<Flags = object> extends CommandBase {
  readonly on: 'nothing';
  readonly arguments?: readonly ArgumentDefinition[];
  /** Answers the exit status where it is not 0. What it throws is told on standard error. */
  run(context: CommandContext<Flags>): Promise<number | void>;
}

export interface CommandContext<Flags = object> {
  /** One for each of `arguments`; several values of a variadic one follow each other. */
  readonly args: readonly string[];
  readonly flags: Flags & GlobalFlags;
  /** Writes to standard output; secrets are taken out. */
  readonly write: (text: string) => void;
  /** Aborts when the person who waits presses Ctrl-C. */
  readonly signal: AbortSignal;
  /** oo-install's own. */
  readonly version: string;
  /** All commands, for those that tell about the others. */
  readonly commands: readonly CommandDefinition[];
}

export type CommandDefinition = HostCommand | PlainCommand;

/** A command that works on hosts: `oo-install NAME HOST...`. */
export function defineHostCommand<Flags = object>(command: Omit<HostCommand<Flags>, 'on'>): CommandDefinition {
  return named({ ...command, on: 'hosts' }) as CommandDefinition;
}

/** A command that needs no host: `oo-install NAME`. */
export function defineCommand<Flags = object>(command: Omit<PlainCommand<Flags>, 'on'>): CommandDefinition {
  return named({ ...command, on: 'nothing' }) as CommandDefinition;
}

function named<C extends CommandBase>(command: C): C {
  if (!/^[a-z]+(-[a-z]+)*( [a-z]+)?$/.test(command.name)) throw new TypeError(`command name ${JSON.stringify(command.name)}`);
  if (command.examples.length === 0) throw new TypeError(`${command.name}: a command has examples`);
  return command;
}
