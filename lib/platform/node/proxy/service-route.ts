import { parseCidr } from '../../../common/cidr.ts';
import type { ProxyHost } from './proxy-host.ts';

/**
 * A process of this machine can only speak to a service address when the kernel finds SOME route to it: the rewriting comes
 * after. Any default route will do; a machine without one gets a route over the loopback, which no packet ever takes.
 * Resolves with whether it was added; never rejects.
 */
export async function ensureServiceRoute(host: ProxyHost, serviceCIDR: string, source: string | undefined): Promise<boolean> {
  const routes = await host.read('/proc/net/route');
  if (routes === undefined || source === undefined || hasRoute(routes, serviceCIDR)) return false;
  const { code } = await host.run('ip', ['-4', 'route', 'replace', serviceCIDR, 'dev', 'lo', 'src', source]);
  return code === 0;
}

/** Takes our route away; none is no error. */
export async function removeServiceRoute(host: ProxyHost, serviceCIDR: string): Promise<void> {
  await host.run('ip', ['-4', 'route', 'delete', serviceCIDR, 'dev', 'lo']);
}

/** Whether /proc/net/route (addresses in hexadecimal, least byte first) covers the network. */
function hasRoute(routes: string, cidr: string): boolean {
  const wanted = parseCidr(cidr);
  if (wanted === undefined) return true;
  return routes
    .split('\n')
    .slice(1)
    .some((line) => {
      const [, destination, , flags, , , , mask] = line.trim().split(/\s+/);
      if (destination === undefined || mask === undefined || (Number.parseInt(flags ?? '0', 16) & 1) === 0) return false;
      const bits = fromHex(mask);
      return (wanted.base & bits) >>> 0 === fromHex(destination);
    });
}

const fromHex = (text: string): number => Buffer.from(text, 'hex').readUInt32LE(0);
