import { isIPv4 } from 'node:net';
import { InvalidArgumentError } from 'commander';
import type { OptionDefinition } from '../define-command.ts';

/** What a server is called and reached by. The session holds them too, for each host. */
export const nodeOptions: readonly OptionDefinition[] = [
  { flags: '--node-name <name>', description: "name of the server's Node object (default: its host name)" },
  {
    flags: '--advertise-address <address>',
    description: 'address at which others reach the server (default: that of its default route)',
    parse: ipv4,
  },
];

function ipv4(text: string): string {
  if (!isIPv4(text) || text === '0.0.0.0') throw new InvalidArgumentError('It must be an IPv4 address of the server.');
  return text;
}
