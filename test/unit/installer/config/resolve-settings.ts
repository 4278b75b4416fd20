import { parseHostTarget } from '../../../../lib/installer/config/host-target.ts';
import { resolveSshSettings, type SshSettings, type SshSettingsOptions } from '../../../../lib/installer/config/ssh-settings.ts';
import { type ConfigFiles, configFiles } from '../../../support/config-files.ts';

/** Settings of a host, by files below a home of the test's own. */
export function resolve(files: ConfigFiles, host: string, options: SshSettingsOptions = {}): Promise<SshSettings> {
  const systemConfigFile = files.path('etc/ssh/ssh_config');
  return resolveSshSettings(parseHostTarget(host), { home: files.folder, systemConfigFile, env: {}, ...options });
}

/** The same by one text. */
export async function withConfig(config: string, host: string, options: SshSettingsOptions = {}): Promise<SshSettings> {
  await using files = await configFiles({ '.ssh/config': config });
  return await resolve(files, host, options);
}
