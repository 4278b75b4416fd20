import { homedir, userInfo } from 'node:os';
import type { Environment } from './ssh-config-tokens.ts';

/** This machine and who sits at it, as far as a configuration may ask. */
export interface LocalSide {
  readonly user: string;
  readonly home: string;
  readonly env: Environment;
  readonly systemConfigFile: string;
}

/** What was told, or else what the machine says. The home folder is $HOME where that is set: ~/.kube/config is found the same way. */
export function localSide(given: {
  readonly home?: string | undefined;
  readonly env?: Environment | undefined;
  readonly systemConfigFile?: string | undefined;
}): LocalSide {
  return {
    user: ourUser(),
    home: given.home ?? homedir(),
    env: given.env ?? process.env,
    systemConfigFile: given.systemConfigFile ?? '/etc/ssh/ssh_config',
  };
}

/** A user id without an entry in the password file has only what the environment says. */
function ourUser(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env['USER'] ?? 'root';
  }
}
