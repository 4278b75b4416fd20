import { hostname } from 'node:os';
import { join } from 'node:path';
import type { LocalSide } from './local-side.ts';
import { commandLine, type ConfigPosition, sshConfigErrors } from './ssh-config-errors.ts';
import type { Placed } from './ssh-config-values.ts';

/** Values of the tokens of ssh_config(5), section TOKENS, by their letter. */
export type Tokens = Readonly<Record<string, string>>;

export type Environment = Readonly<Record<string, string | undefined>>;

/** Replaces `%x`. @throws OoError SSH_CONFIG_INVALID for a token that this setting does not know */
export function expandTokens(text: string, tokens: Tokens, position: ConfigPosition): string {
  return text.replaceAll(/%(.?)/gs, (_, letter: string) => {
    if (letter === '%') return '%';
    if (!Object.hasOwn(tokens, letter)) throw sshConfigErrors.SSH_CONFIG_INVALID(position, `%${letter} is not known here`);
    return tokens[letter]!;
  });
}

/** Replaces `${NAME}` by variables of the environment. @throws OoError SSH_CONFIG_INVALID when one is not set */
function expandVariables(text: string, env: Environment, position: ConfigPosition): string {
  return text.replaceAll(/\$\{([^}]*)\}/g, (_, name: string) => {
    const value = env[name];
    if (value === undefined) throw sshConfigErrors.SSH_CONFIG_INVALID(position, `the environment has no ${name}`);
    return value;
  });
}

/** A path as ssh reads it: `~/` is the home folder; the home folders of others are not looked up. */
function expandHome(path: string, home: string, position: ConfigPosition): string {
  if (!path.startsWith('~')) return path;
  if (path !== '~' && !path.startsWith('~/')) {
    throw sshConfigErrors.SSH_CONFIG_INVALID(position, `${path}: only your own home folder is known, as ~/`);
  }
  return join(home, path.slice(1));
}

/** Expands a path of the configuration: `~/`, tokens and variables. One of the command line was expanded by the shell already. */
export function pathExpander({ user, home, env }: LocalSide, tokens: Tokens): (path: Placed<string>) => string {
  const long = hostname();
  const all: Tokens = {
    ...tokens,
    d: home,
    i: String(process.getuid?.() ?? 0),
    L: long.split('.')[0]!,
    l: long,
    u: user,
  };
  return (path) => {
    if (path.file === commandLine.file) return path.value;
    return expandVariables(expandTokens(expandHome(path.value, home, path), all, path), env, path);
  };
}

/** IdentityAgent of ssh_config(5): `none`, `SSH_AUTH_SOCK`, `$VARIABLE` or a path; without it, the variable SSH_AUTH_SOCK. */
export function agentSocketOf(
  agent: Placed<string> | undefined,
  env: Environment,
  expand: (path: Placed<string>) => string,
): string | undefined {
  const variable = agent === undefined || agent.value === 'SSH_AUTH_SOCK' ? 'SSH_AUTH_SOCK' : /^\$(\w+)$/.exec(agent.value)?.[1];
  if (variable !== undefined) return env[variable] || undefined;
  if (agent === undefined || agent.value.toLowerCase() === 'none') return undefined;
  return expand(agent);
}
