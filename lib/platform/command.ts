import { Argument, Command, CommanderError } from 'commander';
import { pointToHelp } from '../common/help-pointer.ts';
import { addAppCommand, type AppHost } from './apps/app-command.ts';
import { completionScript, type Shell, SHELLS } from './completion-script.ts';
import { type PlatformFlags, withFlags } from './commands/platform-flags.ts';
import { addRotateCommands } from './commands/rotate-commands.ts';
import { addStartCommands } from './commands/start-commands.ts';
import { addStoreCommands } from './commands/store-commands.ts';
import { addLoginCommands } from './login/login-command.ts';
import { PLATFORM_VERSION } from './version.ts';

/** What the command line needs from its process, so that nothing here ends it or listens to it directly. */
export interface CommandHost extends AppHost {
  /** Aborts when the process is asked to end. */
  readonly signal: AbortSignal;
}

/**
 * Runs `openshift ARGS...`: what commands there are is loaded here, what one does when it runs. Resolves with the exit code when the command has ended; throws OoError.
 */
export async function runOpenshift(args: readonly string[], host: CommandHost): Promise<number> {
  // Its flags are not of the kind that Command reads.
  if (args[0] === 'kubecfg' || args[0] === 'kube') {
    const { runKubecfg } = await import('./kubecfg/command.ts');
    return runKubecfg(args.slice(1), host);
  }
  const write = (text: string): void => host.write(text);
  const program = new Command('openshift')
    .description('Kubernetes and OpenShift on one machine, on Docker')
    .version(PLATFORM_VERSION, '-V, --version', 'print the version')
    .addHelpText(
      'after',
      '\nExamples:\n  openshift app create shop -t nodejs\n  openshift app list\n  openshift start --config /etc/openshift/config.yaml\n  eval "$(openshift completion bash)"',
    )
    .exitOverride()
    .configureOutput({ writeOut: write });

  addStartCommands(program, host.signal);
  addStoreCommands(program, write);
  addRotateCommands(program, write);
  addLoginCommands(program, host);
  addAppCommand(program, host);
  program.command('kubecfg').alias('kube').description('the client of 2014 (docs/kubecfg.md)');

  const node = program.command('node').description('this machine as a node');
  withFlags(
    node.command('cleanup').description("remove the pods' containers, network rules, bridge and mounts from this machine"),
    ['files', 'machine', 'log'],
  ).action(async (flags: PlatformFlags) => {
    const [{ configFrom, logFor }, { cleanUpNode }] = await Promise.all([
      import('./commands/read-flags.ts'),
      import('./node/cleanup.ts'),
    ]);
    const config = await configFrom(flags);
    await cleanUpNode(config, logFor(config));
  });

  program
    .command('completion')
    .description('print a completion script')
    .addArgument(new Argument('<shell>', 'whose script is printed').choices(SHELLS))
    .action((shell: Shell) => write(completionScript(program, shell)));
  program
    .command('version')
    .description('print the version')
    .action(() => write(`openshift ${PLATFORM_VERSION}\n`));

  pointToHelp(program, 'openshift');
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
}
