import type { OptionDefinition } from './define-command.ts';

/** Flags that every command has. */
export interface GlobalFlags {
  readonly json: boolean;
  readonly verbose: boolean;
  readonly color: boolean;
  readonly yes: boolean;
}

/** Flags of every command that works on hosts. */
export interface HostFlags extends GlobalFlags {
  readonly takeLock: boolean;
  /** Of the commands that take `dryRunOption`. */
  readonly dryRun?: boolean;
}

export const globalOptions: readonly OptionDefinition[] = [
  { flags: '--json', description: 'one JSON object per line, for programs' },
  { flags: '-v, --verbose', description: 'tell more' },
  { flags: '-y, --yes', description: 'ask nothing' },
  { flags: '--no-color', description: 'no colours (also: the environment variable NO_COLOR)', default: true },
];

export const hostOptions: readonly OptionDefinition[] = [
  { flags: '--take-lock', description: 'take over from another run that is gone' },
];

/** For commands that can tell what they would do. The session then has `dryRun`. */
export function dryRunOption(description = 'tell what would be done, and change nothing'): OptionDefinition {
  return { flags: '--dry-run', description };
}
