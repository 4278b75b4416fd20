import { join } from 'node:path';
import { checkHostName, checkUserName, type HostTarget } from './host-target.ts';
import type { LocalSide } from './local-side.ts';
import { commandLine, type ConfigPosition, sshConfigErrors } from './ssh-config-errors.ts';
import type { ConfigLine } from './ssh-config-line.ts';
import type { MatchSubject } from './ssh-config-match.ts';
import { type ConfigSource, readConfig } from './ssh-config-reader.ts';
import { expandTokens } from './ssh-config-tokens.ts';
import { applyConfigLine, type ConfigValues } from './ssh-config-values.ts';

/** What was given on the command line: it goes before every file. */
export interface LookupOptions {
  readonly configFile?: string | undefined;
  readonly identityFiles?: readonly string[] | undefined;
}

/** The settings that apply to a host, from all files, in the order of ssh_config(5). */
export async function lookUpConfig(target: HostTarget, options: LookupOptions, local: LocalSide): Promise<ConfigValues> {
  const identityFiles = (options.identityFiles ?? []).map((value) => ({ ...commandLine, value }));
  const values: ConfigValues = { identityFiles, warnings: [] };
  const apply = (line: ConfigLine) => applyConfigLine(values, line);
  const warn = ({ file, line }: ConfigPosition, text: string) => void values.warnings.push(`${file}:${line}: ${text}`);
  const readAll = async (host: string, isFinal: boolean): Promise<boolean> => {
    let wantsFinal = false;
    const subject = (): MatchSubject => ({
      originalHost: target.host,
      host,
      hostName: isFinal ? host : connectName(target, values),
      user: target.user ?? values.user?.value ?? local.user,
      localUser: local.user,
      isFinal,
    });
    for (const source of sourcesOf(options.configFile, local)) {
      if (await readConfig(source, { subject, apply, warn })) wantsFinal = true;
    }
    return wantsFinal;
  };
  if (await readAll(target.host, false)) {
    // The second reading is about the name that was found, and does not change it.
    const host = connectName(target, values);
    values.hostName ??= { ...commandLine, value: host.replaceAll('%', '%%') };
    await readAll(host, true);
  }
  return values;
}

function sourcesOf(configFile: string | undefined, { home, systemConfigFile }: LocalSide): readonly ConfigSource[] {
  if (configFile === 'none') return [];
  if (configFile !== undefined) return [{ file: configFile, home, mustExist: true, checkOwner: false }];
  return [
    { file: join(home, '.ssh', 'config'), home, mustExist: false, checkOwner: true },
    { file: systemConfigFile, mustExist: false, checkOwner: false },
  ];
}

/** The name or address to connect to, in lower case. @throws OoError SSH_CONFIG_INVALID for a HostName that is none */
export function connectName(target: HostTarget, values: ConfigValues): string {
  const { hostName } = values;
  if (hostName === undefined) return target.host.toLowerCase();
  const expanded = expandTokens(hostName.value, { h: target.host }, hostName).toLowerCase();
  checkHostName(expanded, (why) => sshConfigErrors.SSH_CONFIG_INVALID(hostName, why));
  return expanded;
}

/** The login name: what was typed, or what the files say, or ours. @throws OoError SSH_CONFIG_INVALID for a User that is none */
export function loginName(target: HostTarget, values: ConfigValues, local: LocalSide): string {
  const { user } = values;
  if (target.user !== undefined) return target.user;
  if (user === undefined) return local.user;
  checkUserName(user.value, (why) => sshConfigErrors.SSH_CONFIG_INVALID(user, why));
  return user.value;
}
