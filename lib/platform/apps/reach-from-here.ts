import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/**
 * Lines on how to reach an application from another machine than its server: every machine takes a name below `localhost`, as applications have
 * them until there is a domain (docs/routes.md), for itself. Empty where the URL works as it is.
 *
 * @param server URL of the API, which is on the router's machine
 */
export async function reachFromHere(url: string, server: string): Promise<string> {
  if (!new URL(url).hostname.endsWith('.localhost')) return '';
  const { hostname } = new URL(server);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  if (await isHere(host)) return '';
  return `Only the server itself has that name, until it has a domain (docs/routes.md). From here:\n  curl --connect-to ::${hostname}: ${url}\n`;
}

async function isHere(host: string): Promise<boolean> {
  const own = Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address));
  // Who has come this far has reached the server: a name that is not to be found now is no reason to fail.
  const found = isIP(host) === 0 ? await lookup(host, { all: true }).catch(() => []) : [{ address: host }];
  return found.some(({ address }) => own.includes(address) || address.startsWith('127.'));
}
