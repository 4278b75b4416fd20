import { homedir, userInfo } from 'node:os';
import type { Environment } from './ssh-config-tokens.ts';

/** This machine and who sits at it, as far as a configuration may ask. */
export interface LocalSide {
  readonly user: string;
  readonly home: string;
  readonly env: Environment;
  readonly systemConfigFile: string;
}

/** What was told, or else what the machine says. Like ssh(1), the home folder is that of the password file, not $HOME. */
export function localSide(given: {
  readonly home?: string | undefined;
  readonly env?: Environment | undefined;
  readonly systemConfigFile?: string | undefined;
}): LocalSide {
  const { user, home } = ourAccount();
  return {
    user,
    home: given.home ?? home,
    env: given.env ?? process.env,
    systemConfigFile: given.systemConfigFile ?? '/etc/ssh/ssh_config',
  };
}

/** A user id without an entry in the password file has only what the environment says. */
function ourAccount(): { user: string; home: string } {
  try {
    const { username, homedir: home } = userInfo();
    return { user: username, home };
  } catch {
    return { user: process.env['USER'] ?? 'root', home: homedir() };
  }
}
