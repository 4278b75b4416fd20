import type { CommandDefinition } from '../define-command.ts';
import { bundleCreateCommand } from './bundle-create.ts';
import { bundleInspectCommand } from './bundle-inspect.ts';
import { bundleVerifyCommand } from './bundle-verify.ts';
import { checkCommand } from './check.ts';
import { completionCommand } from './completion.ts';
import { imagesBuildCommand } from './images-build.ts';
import { initCommand } from './init.ts';
import { installCommand } from './install.ts';
import { kubeconfigCommand } from './kubeconfig.ts';
import { labDownCommand } from './lab-down.ts';
import { labExecCommand } from './lab-exec.ts';
import { labExtendCommand } from './lab-extend.ts';
import { labHandoutCommand } from './lab-handout.ts';
import { labInitCommand } from './lab-init.ts';
import { labJanitorCommand } from './lab-janitor.ts';
import { labPlanCommand } from './lab-plan.ts';
import { labStartCommand } from './lab-start.ts';
import { labStatusCommand } from './lab-status.ts';
import { labStopCommand } from './lab-stop.ts';
import { labUpCommand } from './lab-up.ts';
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
  labInitCommand,
  labPlanCommand,
  labUpCommand,
  labStatusCommand,
  labExecCommand,
  labHandoutCommand,
  labExtendCommand,
  labStopCommand,
  labStartCommand,
  labDownCommand,
  labJanitorCommand,
  bundleCreateCommand,
  bundleInspectCommand,
  bundleVerifyCommand,
  imagesBuildCommand,
  completionCommand,
  versionCommand,
];

/** What the help says of the first word of commands that have two: `bundle create`. */
export const commandGroups: Readonly<Record<string, string>> = {
  lab: 'a classroom: hosts for every attendee',
  bundle: 'one file for sites without a network',
  images: "the images that the platform's own pods run",
};
