import { connectionOptions } from '../connection-flags.ts';
import type { CommandDefinition, OptionDefinition } from '../define-command.ts';
import { globalOptions, toldHostOptions } from '../global-flags.ts';

/** A command as shells complete it. */
export interface CommandWords {
  /** One word, or two for one of a group. */
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly FlagWords[];
  /** It takes names of servers. */
  readonly hosts: boolean;
  /** The only values of its argument. */
  readonly choices: readonly string[];
}

export interface FlagWords {
  /** `--identity` */
  readonly long: string;
  /** `-i`, where it has one. */
  readonly short: string | undefined;
  readonly description: string;
  /** What follows it, if anything does. */
  readonly value: 'none' | 'file' | 'other';
  /** Values that are offered. */
  readonly choices: readonly string[];
}

/** Everything that shells know, from the registry itself. */
export function completionWords(commands: readonly CommandDefinition[]): readonly CommandWords[] {
  return commands.map((command) => {
    const shared = [...globalOptions, ...(command.on === 'hosts' ? [...toldHostOptions(command), ...connectionOptions] : [])];
    const own = (command.options ?? []).map(flagOf);
    const others = shared
      .map(flagOf)
      .map((flag) => (own.some(({ short }) => short === flag.short) ? { ...flag, short: undefined } : flag));
    return {
      name: command.name,
      summary: command.summary,
      flags: [...own, ...others],
      hosts: command.on === 'hosts',
      choices: command.on === 'hosts' ? [] : (command.arguments ?? []).flatMap(({ choices }) => choices ?? []),
    };
  });
}

function flagOf({ flags, description, choices = [] }: OptionDefinition): FlagWords {
  const value = !/[<[]/.test(flags) ? 'none' : /<(file|folder|path)/.test(flags) ? 'file' : 'other';
  return { long: /--[a-z0-9-]+/.exec(flags)![0], short: /^-[a-zA-Z]/.exec(flags)?.[0], description, value, choices };
}
