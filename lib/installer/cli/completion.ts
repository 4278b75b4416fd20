import { OoError } from '../../common/errors.ts';
import type { CommandDefinition } from './define-command.ts';
import { globalOptions, hostOptions } from './global-flags.ts';

/** A completion script of commands and their flags, taken from the registry itself. */
export function completionScript(shell: string, commands: readonly CommandDefinition[]): string {
  if (shell !== 'bash' && shell !== 'zsh') {
    throw new OoError('SHELL_UNKNOWN', 'usage', `no completion for ${JSON.stringify(shell)}`, { hint: 'choose bash or zsh' });
  }
  const cases = commands.map((command) => {
    const words = [...longFlags(command), ...(command.on === 'hosts' ? ['localhost'] : [])];
    const pattern = command.name.includes(' ') ? command.name.replace(' ', '\\ ') : `${command.name}\\ *`;
    return `    ${pattern}) words="${words.join(' ')}" ;;`;
  });
  const firstWords = [...new Set(commands.map(({ name }) => name.split(' ')[0]!))];
  // Of a group, the second word decides.
  for (const group of firstWords.filter((word) => commands.some(({ name }) => name.startsWith(`${word} `)))) {
    const seconds = commands.flatMap(({ name }) => (name.startsWith(`${group} `) ? [name.slice(group.length + 1)] : []));
    cases.push(`    ${group}\\ *) words="${seconds.join(' ')}" ;;`);
  }
  const bash = `_oo_install() {
  local words cur=\${COMP_WORDS[COMP_CWORD]}
  case "\${COMP_WORDS[1]} \${COMP_WORDS[2]}" in
${cases.join('\n')}
    *) words="localhost --dry-run --json --yes --verbose --help" ;;
  esac
  [ "$COMP_CWORD" -ne 1 ] || words="${firstWords.join(' ')} localhost"
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _oo_install oo-install
`;
  return shell === 'bash' ? bash : `autoload -U +X bashcompinit && bashcompinit\n${bash}`;
}

function longFlags(command: CommandDefinition): string[] {
  const options = [...(command.options ?? []), ...globalOptions, ...(command.on === 'hosts' ? hostOptions : [])];
  return options.flatMap(({ flags }) => /--[a-z0-9-]+/.exec(flags)?.[0] ?? []);
}
