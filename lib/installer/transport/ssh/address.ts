import type { SshSettings } from '../../config/ssh-settings.ts';

/** `host port N`, as ssh itself writes it: unambiguous for IPv6 too. */
export function addressOf({ hostName, port }: Pick<SshSettings, 'hostName' | 'port'>): string {
  return `${hostName} port ${port}`;
}
