import { InvalidArgumentError } from 'commander';
import { collect, type ConnectionFlags } from './connection-flags.ts';
import type { HostCommand, OptionDefinition } from './define-command.ts';

/** Flags that every command has. */
export interface GlobalFlags {
  readonly json: boolean;
  readonly verbose: boolean;
  readonly color: boolean;
  readonly yes: boolean;
}

/** Flags of every command that works on hosts. */
export interface HostFlags extends GlobalFlags, ConnectionFlags {
  readonly takeLock: boolean;
  /** Names and patterns; none: all hosts. */
  readonly limit: readonly string[];
  /** How many hosts are worked on at once. */
  readonly parallel?: number;
  /** A cluster.yaml. */
  readonly file?: string;
  /** Of the commands that take `dryRunOption`. */
  readonly dryRun?: boolean;
  /** Of the commands that take `nodeOptions`. */
  readonly nodeName?: string;
  readonly advertiseAddress?: string;
  readonly tlsSan?: readonly string[];
}

export const globalOptions: readonly OptionDefinition[] = [
  { flags: '--json', description: 'one JSON object per line, for programs' },
  { flags: '-v, --verbose', description: 'tell more' },
  { flags: '-y, --yes', description: 'ask nothing' },
  { flags: '--no-color', description: 'no colours (also: the environment variable NO_COLOR)', default: true },
];

export const hostOptions: readonly OptionDefinition[] = [
  { flags: '-f, --file <file>', description: 'the hosts of a cluster.yaml; names choose among them' },
  {
    flags: '--limit <names>',
    description: 'only these of the hosts: names or patterns, separated by commas',
    parse: collect,
    default: [],
  },
  { flags: '--parallel <number>', description: 'hosts that are worked on at once (default: 10)', parse: parallelOf },
  { flags: '--take-lock', description: 'take over from another run that is gone', ofChanges: true },
];

/** What a command on hosts is told to have beside its own flags. What is not told is taken all the same. */
export const toldHostOptions = ({ onlyLooks = false }: Pick<HostCommand, 'onlyLooks'>): readonly OptionDefinition[] =>
  hostOptions.filter(({ ofChanges = false }) => !(ofChanges && onlyLooks));

/** For commands that can tell what they would do. The session then has `dryRun`. */
export function dryRunOption(description = 'tell what would be done, and change nothing'): OptionDefinition {
  return { flags: '--dry-run', description };
}

/** `--parallel`: 1 to 100. */
export function parallelOf(text: string): number {
  const number = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > 100) throw new InvalidArgumentError('It must be a number from 1 to 100.');
  return number;
}
