import type { CommandDefinition } from '../define-command.ts';
import { bundleCreateCommand } from './bundle-create.ts';
import { bundleInspectCommand } from './bundle-inspect.ts';
import { bundleVerifyCommand } from './bundle-verify.ts';
import { checkCommand } from './check.ts';
import { completionCommand } from './completion.ts';
import { initCommand } from './init.ts';
import { installCommand } from './install.ts';
import { kubeconfigCommand } from './kubeconfig.ts';
import { logsCommand } from './logs.ts';
import { restartCommand } from './restart.ts';
import { startCommand } from './start.ts';
import { statusCommand } from './status.ts';
import { stopCommand } from './stop.ts';
import { uninstallCommand } from './uninstall.ts';
import { upgradeCommand } from './upgrade.ts';
import { versionCommand } from './version.ts';

/** Every command, in the order of the help. A new one is a file beside this, and its line here. */
export const commands: readonly CommandDefinition[] = [
  installCommand,
  checkCommand,
  statusCommand,
  kubeconfigCommand,
  logsCommand,
  startCommand,
  stopCommand,
  restartCommand,
  upgradeCommand,
  uninstallCommand,
  initCommand,
  bundleCreateCommand,
  bundleInspectCommand,
  bundleVerifyCommand,
  completionCommand,
  versionCommand,
];

/** What the help says of the first word of commands that have two: `bundle create`. */
export const commandGroups: Readonly<Record<string, string>> = {
  bundle: 'one file for sites without a network',
};
