import { Command, CommanderError } from 'commander';
import { errorText, OoError } from '../../../common/errors.ts';
import { pointToHelp } from '../../../common/help-pointer.ts';
import { PLATFORM_VERSION } from '../../version.ts';
import { BUILDER, type BuildFlags, describeBuild, pullOption, urlOption } from './build-flags.ts';
import { type StiHost, tellError } from './sti-host.ts';

const EXAMPLES = `
Examples:
  sti build ./shop openshift/nodejs shop
  sti build https://git.example.com/shop.git openshift/nodejs shop --ref v2
  sti usage openshift/nodejs`;
const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** Runs `sti ARGS...`; what speaks to Docker is loaded when a command runs. Resolves with the exit code; never rejects. */
export async function runSti(args: readonly string[], host: StiHost): Promise<number> {
  const json = args.includes('--json');
  const program = new Command('sti')
    .description('Source to image: puts a source into a builder image and keeps what its scripts make of it (docs/sti.md)')
    .version(PLATFORM_VERSION, '-V, --version', 'print the version')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    // With their arguments they would leave no room for what they are for.
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .configureOutput({ writeOut: host.write, writeErr: host.writeError });
  describeBuild(program).action(async (source: string, builder: string, tag: string, flags: BuildFlags) => {
    const { runBuild } = await import('./run-build.ts');
    await runBuild({ source, builder, tag, flags }, host);
  });
  program
    .command('usage')
    .argument('<builder-image>', BUILDER)
    .description("run the builder image's usage script")
    .addOption(urlOption())
    .addOption(pullOption())
    .action(async (builder: string, flags: BuildFlags) => {
      const { runUsage } = await import('./run-usage.ts');
      await runUsage(builder, flags, host);
    });
  program
    .command('version')
    .description('print the version')
    .action(() => host.write(`sti ${PLATFORM_VERSION}\n`));
  pointToHelp(program, 'sti');
  try {
    await program.parseAsync(args, { from: 'user' });
    return EXIT.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (host.signal.aborted) {
      tellError(host, json, 'Interrupted', 'the build was interrupted; nothing of it is left');
      return EXIT.interrupted;
    }
    const hint = error instanceof OoError ? error.hint : undefined;
    tellError(host, json, error instanceof OoError ? error.code : 'GenericBuildFailed', errorText(error), hint);
    return EXIT.failed;
  }
}
