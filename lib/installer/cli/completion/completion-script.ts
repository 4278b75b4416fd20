import { OoError } from '../../../common/errors.ts';
import type { CommandDefinition } from '../define-command.ts';
import { type CommandWords, completionWords, type FlagWords } from './completion-words.ts';
import { shells } from './shells.ts';

/** A completion script: commands, their flags, and names of servers, which the program itself tells when they are asked for. */
export function completionScript(shell: string, commands: readonly CommandDefinition[]): string {
  const words = completionWords(commands);
  if (shell === 'bash') return bashScript(words);
  if (shell === 'zsh') return `autoload -U +X bashcompinit && bashcompinit\n${bashScript(words)}`;
  if (shell === 'fish') return fishScript(words);
  throw new OoError('SHELL_UNKNOWN', 'usage', `no completion for ${JSON.stringify(shell)}`, {
    hint: `choose one of ${shells.join(', ')}`,
  });
}

const firstWords = (commands: readonly CommandWords[]) => [...new Set(commands.map(({ name }) => name.split(' ')[0]!))];

function bashScript(commands: readonly CommandWords[]): string {
  const cases = commands.map(({ name, flags, hosts, choices }) => {
    const words = [...flags.map(({ long }) => long), '--help', ...choices].join(' ');
    return `    ${quoted(name)}) words=${quoted(words)} hosts=${hosts ? 1 : 0} ;;`;
  });
  const groups = Map.groupBy(
    commands.filter(({ name }) => name.includes(' ')),
    ({ name }) => name.split(' ')[0]!,
  );
  const groupCases = [...groups].map(([group, members]) => {
    return `    ${group}) words=${quoted(members.map(({ name }) => name.split(' ')[1]).join(' '))} ;;`;
  });
  const namesOf = ({ long, short }: FlagWords): string[] => (short === undefined ? [long] : [long, short]);
  const choosing = new Map(
    commands.flatMap(({ flags }) =>
      flags.filter(({ choices }) => choices.length > 0).map((flag) => [namesOf(flag).join('|'), flag.choices] as const),
    ),
  );
  const choiceCases = [...choosing].map(
    ([names, choices]) => `    ${names}) COMPREPLY=($(compgen -W ${quoted(choices.join(' '))} -- "$cur")); return ;;`,
  );
  const taking = (value: FlagWords['value']) => {
    const found = commands.flatMap(({ flags }) => flags.filter((flag) => flag.value === value && flag.choices.length === 0));
    return [...new Set(found.flatMap(namesOf))].join('|');
  };
  return `_oo_install() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} words= hosts=1 command= second= i
  case $prev in
${choiceCases.join('\n')}
    ${taking('file')}) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    ${taking('other')}) return ;;
  esac
  if [ "$COMP_CWORD" -gt 1 ]; then command=\${COMP_WORDS[1]}; fi
  if [ "$COMP_CWORD" -gt 2 ]; then second=\${COMP_WORDS[2]}; fi
  case $command in
    ${[...groups.keys()].join('|') || "''"}) command="$command $second" hosts=0 ;;
  esac
  case $command in
${cases.join('\n')}
${groupCases.map((line) => line.replace(/^( *)(\S+)\)/, "$1'$2 ')")).join('\n')}
    '') words=${quoted([...firstWords(commands), '--help', '--version'].join(' '))} ;;
  esac
  case $cur in
    -*) ;;
    *) [ "$hosts" -eq 0 ] || words="$words $(oo-install completion hosts 2>/dev/null)" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _oo_install oo-install
`;
}

function fishScript(commands: readonly CommandWords[]): string {
  const lines = ['complete -c oo-install -f'];
  for (const word of firstWords(commands)) {
    const summary = commands.find(({ name }) => name === word)?.summary ?? 'more commands';
    lines.push(`complete -c oo-install -n __fish_use_subcommand -a ${word} -d ${quoted(summary)}`);
  }
  const ofHosts = commands.filter(({ hosts }) => hosts).map(({ name }) => name);
  const names = quoted('(oo-install completion hosts 2>/dev/null)');
  lines.push(
    `complete -c oo-install -n ${quoted(`__fish_use_subcommand; or __fish_seen_subcommand_from ${ofHosts.join(' ')}`)} -a ${names}`,
  );
  for (const { name, flags, choices } of commands) {
    const [first = '', second] = name.split(' ');
    const seen = `__fish_seen_subcommand_from ${first}`;
    if (second !== undefined)
      lines.push(`complete -c oo-install -n ${quoted(`${seen}; and not __fish_seen_subcommand_from ${second}`)} -a ${second}`);
    const condition = quoted(second === undefined ? seen : `${seen}; and __fish_seen_subcommand_from ${second}`);
    for (const choice of choices) lines.push(`complete -c oo-install -n ${condition} -a ${choice}`);
    for (const { long, short, description, value, choices: values } of flags) {
      const letter = short === undefined ? '' : ` -s ${short.slice(1)}`;
      const offers = values.length === 0 ? '' : ` -a ${quoted(values.join(' '))}`;
      const takes = { none: '', file: ' -r -F', other: ` -x${offers}` }[value];
      lines.push(`complete -c oo-install -n ${condition} -l ${long.slice(2)}${letter}${takes} -d ${quoted(description)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** A word that bash, zsh and fish take as it is. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`'\''`)}'`;
}
