import type { Command } from 'commander';
import { OoError } from '../../common/errors.ts';

/** A completion script of commands and their flags, taken from the program itself. */
export function completionScript(shell: string, program: Command): string {
  if (shell !== 'bash' && shell !== 'zsh') {
    throw new OoError('SHELL_UNKNOWN', 'usage', `no completion for ${JSON.stringify(shell)}`, { hint: 'choose bash or zsh' });
  }
  const commands = program.commands.map((command) => command.name());
  const cases = program.commands.map((command) => {
    const words = [
      ...command.options.flatMap(({ long }) => long ?? []),
      ...(command.registeredArguments.length > 0 ? ['localhost'] : []),
    ];
    return `    ${command.name()}) words="${words.join(' ')}" ;;`;
  });
  const bash = `_oo_install() {
  local words cur=\${COMP_WORDS[COMP_CWORD]}
  case \${COMP_WORDS[1]} in
${cases.join('\n')}
    *) words="localhost --dry-run --json --yes --verbose --help" ;;
  esac
  [ "$COMP_CWORD" -ne 1 ] || words="${commands.join(' ')} localhost"
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _oo_install oo-install
`;
  return shell === 'bash' ? bash : `autoload -U +X bashcompinit && bashcompinit\n${bash}`;
}
