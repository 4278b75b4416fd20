import { type HostTarget, parseHostTarget } from './host-target.ts';
import type { OoError } from '../../common/errors.ts';
import { commandLine, type ConfigPosition, sshConfigErrors } from './ssh-config-errors.ts';
import { splitArguments } from './ssh-config-line.ts';
import { expandTokens, type Tokens } from './ssh-config-tokens.ts';
import type { ConfigValues } from './ssh-config-values.ts';

/** Hops of one route; more is a mistake. */
const mostHops = 8;

/**
 * The hosts between us and a host, outermost first: those of the command line, or of whichever comes first of ProxyJump and ProxyCommand.
 * @throws OoError SSH_CONFIG_INVALID, SSH_PROXY_COMMAND
 */
export function hopsOf(values: ConfigValues, jump: string | undefined, tokens: Tokens): readonly HostTarget[] {
  const { proxyJump, proxyCommand } = values;
  if (jump !== undefined) return parseProxyJump(jump, {}, commandLine);
  if (proxyJump !== undefined) return parseProxyJump(proxyJump.value, tokens, proxyJump);
  if (proxyCommand === undefined || proxyCommand.value.toLowerCase() === 'none') return [];
  const host = jumpOfProxyCommand(proxyCommand.value);
  if (host === undefined) throw sshConfigErrors.SSH_PROXY_COMMAND(proxyCommand, proxyCommand.value);
  return parseProxyJump(host, tokens, proxyCommand);
}

/** The hosts of `ProxyJump`, outermost first; none for `none`. @throws OoError SSH_CONFIG_INVALID */
function parseProxyJump(text: string, tokens: Tokens, position: ConfigPosition): readonly HostTarget[] {
  if (text.toLowerCase() === 'none') return [];
  const hops = expandTokens(text, tokens, position).split(',');
  if (hops.length > mostHops) throw sshConfigErrors.SSH_CONFIG_INVALID(position, `more than ${mostHops} jump hosts`);
  return hops.map((hop) => {
    try {
      // A jump host that is called localhost is one that ssh reaches.
      const target = parseHostTarget(hop.trim());
      return target.kind === 'ssh' ? target : { ...target, kind: 'ssh' };
    } catch (error) {
      throw sshConfigErrors.SSH_CONFIG_INVALID(position, `ProxyJump ${text}: ${(error as OoError).message}`, { cause: error });
    }
  });
}

/**
 * The jump host of a ProxyCommand that is but `ssh -W %h:%p HOST`, as it was written before OpenSSH 7.3 had ProxyJump: that is understood
 * without running anything. Undefined for all others.
 */
function jumpOfProxyCommand(command: string): string | undefined {
  const [program = '', ...words] = splitArguments(command.replace(/^exec\s+/, '')) ?? [];
  if (!/^(?:\/(?:[\w.-]+\/)*)?ssh$/.test(program)) return undefined;
  let host: string | undefined;
  let user = '';
  let port = '';
  let forwards = false;
  while (words.length > 0) {
    const word = words.shift()!;
    if (/^-[qaxT]+$/.test(word)) continue;
    if (word === '-W') forwards = /^(?:%h|\[%h\]):%p$/.test(words.shift() ?? '');
    else if (word === '-l') user = `${words.shift() ?? ''}@`;
    else if (word === '-p') port = `:${words.shift() ?? ''}`;
    else if (host === undefined && /^[\w.@-]+$/.test(word) && !word.startsWith('-')) host = word;
    else return undefined;
  }
  if (!forwards || host === undefined || (user !== '' && host.includes('@'))) return undefined;
  return `${user}${host}${port}`;
}
