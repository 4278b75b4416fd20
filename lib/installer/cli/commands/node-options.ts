import { isIPv4 } from 'node:net';
import { InvalidArgumentError } from 'commander';
import { isTlsSAN } from '../../config/text-forms.ts';
import type { OptionDefinition } from '../define-command.ts';

/** What a server is called and reached by. The session holds them too, for each host. */
export const nodeOptions: readonly OptionDefinition[] = [
  { flags: '--node-name <name>', description: "name of the server's Node object (default: its host name)" },
  {
    flags: '--advertise-address <address>',
    description: 'address at which others reach the server (default: that of its default route)',
    parse: ipv4,
  },
  {
    flags: '--tls-san <names>',
    description: 'more names and addresses that others reach its API by, separated by commas: the certificate is for them too',
    parse: names,
  },
];

function names(text: string): readonly string[] {
  const all = text.split(',').map((name) => name.trim());
  if (!all.every(isTlsSAN))
    throw new InvalidArgumentError('It must be DNS names in lower case, or addresses, separated by commas.');
  return all;
}

function ipv4(text: string): string {
  if (!isIPv4(text) || text === '0.0.0.0') throw new InvalidArgumentError('It must be an IPv4 address of the server.');
  return text;
}
