import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { packageRoot } from '../../common/assets.ts';
import { errorText, OoError } from '../../common/errors.ts';
import { redact } from '../../common/secrets.ts';
import { findClusterFile } from '../config/cluster-file.ts';
import { commandGroups, commands } from './commands/index.ts';
import { exitCodes } from './exit-codes.ts';
import { type Actions, buildProgram } from './program.ts';
import { write } from './progress/choose-reporter.ts';
import { refuseCommands } from './refuse-commands.ts';
import { runOnHosts } from './run-on-hosts.ts';

/** Runs `oo-install ARGS...` and answers the exit status. Aborting the signal ends the run between two changes. */
export async function main(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string };
  let exitCode = 0;
  const actions: Actions = {
    onHosts: async (command, hosts, flags) => {
      if (command.isDefault === true && args[0] !== command.name) await refuseCommands(hosts, flags);
      exitCode = await runOnHosts(command, hosts, flags, signal);
    },
    plain: async (command, given, flags) => {
      const text = () => `\n${errorText(signal.reason)}: this step is being finished (again to leave at once)\n`;
      const tell = () => void process.stderr.write(text());
      signal.addEventListener('abort', tell, { once: true });
      exitCode = (await command.run({ args: given, flags, write, signal, version, commands })) ?? 0;
    },
  };
  const program = buildProgram(commands, commandGroups, actions, version);
  try {
    await program.parseAsync(args.length > 0 ? args : await withoutArguments(), { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
    if (!(error instanceof OoError)) throw error;
    process.stderr.write(redact(`error: ${errorText(error)}${error.hint === undefined ? '' : `\n  ${error.hint}`}\n`));
    return exitCodes[error.failure];
  }
}

/** The cluster.yaml of the working folder is installed; where there is none, help is what is missing. */
async function withoutArguments(): Promise<readonly string[]> {
  return (await findClusterFile()) === undefined ? ['--help'] : ['install'];
}
