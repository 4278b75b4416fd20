import type { CommandDefinition } from '../define-command.ts';
import { checkCommand } from './check.ts';
import { completionCommand } from './completion.ts';
import { installCommand } from './install.ts';
import { statusCommand } from './status.ts';
import { uninstallCommand } from './uninstall.ts';
import { versionCommand } from './version.ts';

/** Every command, in the order of the help. A new one is a file beside this, and its line here. */
export const commands: readonly CommandDefinition[] = [
  installCommand,
  checkCommand,
  statusCommand,
  uninstallCommand,
  completionCommand,
  versionCommand,
];

/** What the help says of the first word of commands that have two: `bundle create`. */
export const commandGroups: Readonly<Record<string, string>> = {};
