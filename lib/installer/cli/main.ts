import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { packageRoot } from '../../common/assets.ts';
import { errorText } from '../../common/errors.ts';
import { findClusterFile } from '../config/working-folder.ts';
import { commandGroups, commands } from './commands/index.ts';
import { exitCodes } from './exit-codes.ts';
import { failureOf } from './failure.ts';
import type { GlobalFlags } from './global-flags.ts';
import { type Actions, buildProgram } from './program.ts';
import { refuseCommands, refuseHelp } from './refuse-commands.ts';
import { write } from './write.ts';

/** Runs `oo-install ARGS...` and answers the exit status. Aborting the signal ends the run between two changes. */
export async function main(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string };
  let exitCode = 0;
  const actions: Actions = {
    onHosts: async (command, hosts, flags) => {
      if (command.isDefault === true && args[0] !== command.name) await refuseCommands(hosts, flags);
      const { runOnHosts } = await import('./run-on-hosts.ts');
      exitCode = await runOnHosts(command, hosts, flags, signal);
    },
    plain: async (command, given, flags) => {
      const text = () => `\n${errorText(signal.reason)}: this step is being finished (again to leave at once)\n`;
      const tell = () => void process.stderr.write(text());
      signal.addEventListener('abort', tell, { once: true });
      const running = command.run({ args: given, flags, write, signal, version, commands });
      exitCode = await running.then(
        (status) => status ?? 0,
        (error: unknown) => tellFailure(error, flags),
      );
    },
  };
  const program = buildProgram(commands, commandGroups, actions, version);
  try {
    refuseHelp(args);
    await program.parseAsync(args.length > 0 ? args : await withoutArguments(), { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
    return tellFailure(error, { json: args.includes('--json'), verbose: false, color: !args.includes('--no-color'), yes: false });
  }
}

/** On standard error, as what goes wrong on a host; answers the exit status. */
async function tellFailure(error: unknown, flags: GlobalFlags): Promise<number> {
  const { chooseReporter } = await import('./progress/choose-reporter.ts');
  const event = failureOf(error, '', { aborted: false, verbose: flags.verbose });
  chooseReporter({ flags, hosts: [], parallel: 1, plain: true }).report(event);
  return event.exitCode;
}

/** The cluster.yaml of the working folder is installed; where there is none, help is what is missing. */
async function withoutArguments(): Promise<readonly string[]> {
  return (await findClusterFile()) === undefined ? ['--help'] : ['install'];
}
