import { isIPv4 } from 'node:net';
import { Command, InvalidArgumentError } from 'commander';

/** Flags that every command has. */
export interface GlobalFlags {
  readonly json: boolean;
  readonly verbose: boolean;
  readonly color: boolean;
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly takeLock: boolean;
  readonly nodeName?: string;
  readonly advertiseAddress?: string;
}

/** What the command line asks for. */
export interface Actions {
  install(hosts: readonly string[], flags: GlobalFlags): Promise<void>;
  check(hosts: readonly string[], flags: GlobalFlags): Promise<void>;
  status(hosts: readonly string[], flags: GlobalFlags): Promise<void>;
  uninstall(hosts: readonly string[], flags: GlobalFlags): Promise<void>;
  completion(shell: string, program: Command): void;
}

const examples = `
Examples:
  oo-install localhost               install Docker and OpenShift on this machine
  oo-install localhost --dry-run     tell what would be done, and change nothing
  oo-install check localhost         only look whether this machine is fit
  oo-install status localhost        what is there, and whether it works
  oo-install uninstall localhost     take back exactly what was installed

Exit status: docs/exit-codes.md. Lines of --json: docs/json-events.md.`;

/** The command line: names, flags and help. Parsing decides nothing else. */
export function buildProgram(actions: Actions, version: string): Command {
  const program = new Command('oo-install')
    .description('You pick a server. oo-install checks for, installs and starts Docker and OpenShift. There is no step 4.')
    .version(version, '-V, --version')
    .enablePositionalOptions()
    .showHelpAfterError('(oo-install --help tells more)')
    .addHelpText('after', examples);

  type Run = (hosts: readonly string[], flags: GlobalFlags) => Promise<void>;
  const hostCommand = (name: string, description: string, run: Run, options: { isDefault?: boolean } = {}): Command =>
    withCommonFlags(program.command(name, options).argument('<hosts...>', 'localhost').description(description)).action(run);

  hostCommand('install', 'install and start Docker and OpenShift (the default command)', actions.install, { isDefault: true })
    .option('--dry-run', 'tell what would be done, and change nothing', false)
    .option('--node-name <name>', "name of the server's Node object (default: its host name)")
    .option(
      '--advertise-address <address>',
      'address at which others reach the server (default: that of its default route)',
      ipv4,
    )
    .addHelpText('after', examples);
  hostCommand('check', 'judge whether a server is fit, and change nothing', actions.check)
    .option('--node-name <name>', "name of the server's Node object (default: its host name)")
    .option('--advertise-address <address>', 'address at which others reach the server', ipv4)
    .addHelpText('after', '\nExamples:\n  oo-install check localhost\n  oo-install check localhost --json | jq .level');
  hostCommand('status', 'what is installed, and whether it works', actions.status).addHelpText(
    'after',
    '\nExamples:\n  oo-install status localhost\n  oo-install status localhost --json',
  );
  hostCommand('uninstall', 'take back exactly what oo-install did', actions.uninstall)
    .option('--dry-run', 'tell what would be taken back, and change nothing', false)
    .addHelpText('after', '\nExamples:\n  oo-install uninstall localhost\n  oo-install uninstall localhost --yes');
  program
    .command('completion')
    .argument('[shell]', 'bash or zsh', 'bash')
    .description('print a completion script')
    .addHelpText('after', '\nExample:\n  eval "$(oo-install completion bash)"')
    .action((shell: string) => actions.completion(shell, program));
  program
    .command('version')
    .description('print the version')
    .action(() => void process.stdout.write(`${version}\n`));
  return program;
}

function withCommonFlags(command: Command): Command {
  return command
    .option('--json', 'one JSON object per line, for programs', false)
    .option('-v, --verbose', 'tell more', false)
    .option('-y, --yes', 'ask nothing', false)
    .option('--no-color', 'no colours (also: the environment variable NO_COLOR)')
    .option('--take-lock', 'take over from another run that is gone', false);
}

function ipv4(text: string): string {
  if (!isIPv4(text) || text === '0.0.0.0') throw new InvalidArgumentError('it must be an IPv4 address of the server.');
  return text;
}
