import type { Command } from 'commander';

/** Tells whoever mistypes a command or a flag where it is explained: `(sti build --help tells more)`. */
export function pointToHelp(command: Command, name: string): void {
  command.showHelpAfterError(`(${name} --help tells more)`);
  for (const each of command.commands) pointToHelp(each, `${name} ${each.name()}`);
}
