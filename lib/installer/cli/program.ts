import { Command, Option } from 'commander';
import { pointToHelp } from '../../common/help-pointer.ts';
import { connectionOptions } from './connection-flags.ts';
import type { CommandDefinition, HostCommand, OptionDefinition, PlainCommand } from './define-command.ts';
import { type GlobalFlags, globalOptions, type HostFlags, hostOptions, toldHostOptions } from './global-flags.ts';

/** Headings of the help. */
const globalGroup = { group: 'Output:', options: globalOptions };
const hostGroups = [
  { group: 'Hosts:', options: hostOptions },
  { group: 'Connection:', options: connectionOptions },
];

/** What is done with a command line that was understood. */
export interface Actions {
  onHosts(command: HostCommand, hosts: readonly string[], flags: HostFlags): Promise<void>;
  plain(command: PlainCommand, args: readonly string[], flags: GlobalFlags): Promise<void>;
}

const examples = `
Examples:
  oo-install localhost         install Docker and OpenShift on this machine
  oo-install admin@server1     on a server that ssh reaches, by ~/.ssh/config
  oo-install web1 web2 web3    on several at once
  oo-install check web1        only look whether it is fit
  oo-install status web1       what is there, and whether it works
  oo-install uninstall web1    take back exactly what was installed

Exit status: docs/exit-codes.md. Lines of --json: docs/json-events.md.`;

/** The command line, made of the registry: names, flags and help. Parsing decides nothing else. Throws CommanderError. */
export function buildProgram(
  commands: readonly CommandDefinition[],
  groups: Readonly<Record<string, string>>,
  actions: Actions,
  version: string,
): Command {
  const program = new Command('oo-install')
    .description('You pick a server. oo-install checks for, installs and starts Docker and OpenShift. There is no step 4.')
    .version(version, '-V, --version', 'print the version')
    .enablePositionalOptions()
    .exitOverride()
    .configureHelp({ subcommandTerm: termOf, groupItems })
    .addHelpText('after', examples);
  const parents = new Map<string, Command>();
  for (const definition of commands) {
    const [first = '', second] = definition.name.split(' ');
    let parent = program;
    if (second !== undefined) {
      parent = parents.get(first) ?? program.command(first).description(groups[first] ?? '');
      parents.set(first, parent);
    }
    addCommand(parent, second ?? first, definition, actions);
  }
  pointToHelp(program, 'oo-install');
  return program;
}

/** As commander does, but a command's own options come first, and be it --help alone. */
function groupItems<Item>(items: Item[], visible: Item[], groupOf: (item: Item) => string): Map<string, Item[]> {
  const headings = ['Options:', ...items.map(groupOf), ...visible.map(groupOf)];
  return new Map(headings.map((heading) => [heading, visible.filter((item) => groupOf(item) === heading)]));
}

/** Its arguments; that it has options is known. */
function termOf(command: Command): string {
  const args = command.registeredArguments.map((argument) => {
    const shown = `${argument.name()}${argument.variadic ? '...' : ''}`;
    return argument.required ? ` <${shown}>` : ` [${shown}]`;
  });
  return `${command.name()}${args.join('')}`;
}

function addCommand(parent: Command, name: string, definition: CommandDefinition, actions: Actions): void {
  const command = parent
    .command(name, { isDefault: definition.isDefault ?? false })
    .description(definition.summary)
    .addHelpText('after', exampleText(definition));
  const own = definition.options ?? [];
  const shared = definition.on === 'hosts' ? [...hostGroups, globalGroup] : [globalGroup];
  const told =
    definition.on === 'hosts' ? [...toldHostOptions(definition), ...connectionOptions, ...globalOptions] : globalOptions;
  for (const option of own) addOption(command, option);
  for (const { group, options } of shared) {
    for (const option of options) addOption(command, withoutShortOf(own, option), group, told.includes(option));
  }
  if (definition.on === 'hosts') {
    command.argument('[hosts...]', '[user@]host[:port], a name of ~/.ssh/config, or localhost: this machine');
    command.action((hosts: string[], flags: HostFlags) => actions.onHosts(definition, hosts, flags));
    return;
  }
  for (const argument of definition.arguments ?? []) {
    command.argument(argument.name, argument.description, argument.default);
  }
  command.action(() => actions.plain(definition, command.processedArgs.flat() as string[], command.opts<GlobalFlags>()));
}

function addOption(command: Command, definition: OptionDefinition, group?: string, isTold = true): void {
  const { flags, description, parse, default: initial } = definition;
  const option = new Option(flags, description).hideHelp(!isTold);
  if (parse !== undefined) option.argParser(parse);
  if (group !== undefined) option.helpGroup(group);
  command.addOption(option);
  // Not as commander's default, which the help would tell of each of them.
  const value = initial ?? (option.required || option.optional ? undefined : false);
  if (value !== undefined) command.setOptionValueWithSource(option.attributeName(), value, 'default');
}

/** A command's own `-f` is its own; the global flag then has its long name only. */
function withoutShortOf(own: readonly OptionDefinition[], option: OptionDefinition): OptionDefinition {
  const short = /^-[a-zA-Z]/.exec(option.flags)?.[0];
  if (short === undefined || !own.some(({ flags }) => flags.startsWith(short))) return option;
  return { ...option, flags: option.flags.replace(/^-[a-zA-Z], /, '') };
}

/** Cells of a terminal that nobody has made wider. */
const narrow = 80;

/** In two columns, as far as they fit; an explanation that does not stands below its command line. */
function exampleText({ examples }: CommandDefinition): string {
  const fitting = examples.filter(([line, explanation]) => line.length + explanation.length + 4 <= narrow);
  const longest = Math.max(0, ...fitting.map(([line]) => line.length));
  const lines = examples.map(([line, explanation]) => {
    const beside = `  ${line.padEnd(longest)}  ${explanation}`;
    return beside.length <= narrow ? beside : `  ${line}\n    ${explanation}`;
  });
  return `\n${lines.length === 1 ? 'Example' : 'Examples'}:\n${lines.join('\n')}`;
}
