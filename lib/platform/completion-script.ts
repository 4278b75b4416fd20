import type { Command, Option } from 'commander';

/** Shells that there is a script for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** A command as it is typed behind the program's name, and what may follow it. */
interface Place {
  readonly path: string;
  readonly commands: readonly Command[];
  readonly options: readonly Option[];
  /** The only values of its arguments. */
  readonly choices: readonly string[];
}

/** A completion script for the program: commands, their options, the only values of some, and files behind those that take one. */
export function completionScript(program: Command, shell: Shell): string {
  const places = placesOf(program, '');
  if (shell === 'fish') return fishScript(program.name(), places);
  const script = bashScript(program.name(), places);
  return shell === 'zsh' ? `autoload -U +X bashcompinit && bashcompinit\n${script}` : script;
}

function placesOf(command: Command, path: string): Place[] {
  // What the help shows is what there is to be typed.
  const help = command.createHelp();
  const commands = help.visibleCommands(command).filter((each) => each.name() !== 'help');
  const below = commands.flatMap((each) => placesOf(each, `${path} ${each.name()}`.trim()));
  const choices = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
  return [{ path, commands, options: help.visibleOptions(command), choices }, ...below];
}

const longOf = ({ long }: Option): string => long ?? '';
const takesFile = ({ flags }: Option): boolean => /<(file|folder)>/.test(flags);

function bashScript(name: string, places: readonly Place[]): string {
  const all = places.flatMap(({ options }) => options);
  const flagsOf = (wanted: (option: Option) => boolean): string[] => [
    ...new Set(all.filter(wanted).flatMap(({ long, short }) => [long, short].filter((flag) => flag !== undefined))),
  ];
  const choices = all.flatMap((option) =>
    option.argChoices === undefined
      ? []
      : [
          `    ${flagsOf((each) => each === option).join('|')}) COMPREPLY=($(compgen -W '${option.argChoices.join(' ')}' -- "$cur")); return ;;`,
        ],
  );
  const cases = places.map(({ path, commands, options, choices: values }) => {
    const words = [...commands.map((each) => each.name()), ...values, ...options.map(longOf)].join(' ');
    return `    '${path}') words='${words}' ;;`;
  });
  return `_${name}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} path= words= i
  case $prev in
${[...new Set(choices)].join('\n')}
    ${flagsOf(takesFile).join('|')}) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    ${flagsOf((option) => option.required && !takesFile(option) && option.argChoices === undefined).join('|')}) return ;;
  esac
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path \${COMP_WORDS[i]}" in
${places.flatMap(({ path }) => (path === '' ? [] : [`      '${path.includes(' ') ? path : ` ${path}`}') path='${path}' ;;`])).join('\n')}
    esac
  done
  case $path in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _${name} ${name}
`;
}

function fishScript(name: string, places: readonly Place[]): string {
  const lines = [`complete -c ${name} -f`];
  for (const { path, commands, options, choices } of places) {
    const inside = path.split(' ').map((word) => `__fish_seen_subcommand_from ${word}`);
    const others = commands.map((each) => each.name()).join(' ');
    const at = path === '' ? '__fish_use_subcommand' : inside.join('; and ');
    const before = commands.length === 0 || path === '' ? at : `${at}; and not __fish_seen_subcommand_from ${others}`;
    for (const each of commands)
      lines.push(`complete -c ${name} -n ${quoted(before)} -a ${each.name()} -d ${quoted(each.description())}`);
    for (const choice of choices) lines.push(`complete -c ${name} -n ${quoted(before)} -a ${choice}`);
    for (const { long, short, description, required, argChoices, flags } of options) {
      const letter = short === undefined ? '' : ` -s ${short.slice(1)}`;
      const values =
        argChoices === undefined ? (/<(file|folder)>/.test(flags) ? ' -r -F' : ' -x') : ` -x -a ${quoted(argChoices.join(' '))}`;
      lines.push(
        `complete -c ${name} -n ${quoted(before)} -l ${long?.slice(2)}${letter}${required ? values : ''} -d ${quoted(description)}`,
      );
    }
  }
  return `${lines.join('\n')}\n`;
}

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`'\''`)}'`;
