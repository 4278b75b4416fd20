import { readFile } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';

/** What only the machine knows. Tests give their own. */
export interface MachineFacts {
  readonly hostname: string;
  /** Address of the interface that the default route leaves by; undefined without such a route. */
  readonly defaultAddress: string | undefined;
  /** Every IPv4 address but loopback's, for the error that asks for a choice. */
  readonly addresses: readonly string[];
}

/** Looks at this machine. The default route is the kernel's table, so nothing has to be installed to read it. */
export async function readMachineFacts(): Promise<MachineFacts> {
  const routes = await readFile('/proc/net/route', 'utf8').catch(() => '');
  const uplink = routes
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))
    .filter((fields) => fields[1] === '00000000' && fields[7] === '00000000')
    .toSorted((a, b) => Number(a[6]) - Number(b[6]))[0]?.[0];
  const interfaces = networkInterfaces();
  const addressesOf = (name: string): string[] =>
    (interfaces[name] ?? []).filter((entry) => isIPv4(entry.address) && !entry.internal).map((entry) => entry.address);
  return {
    hostname: hostname(),
    defaultAddress: uplink === undefined ? undefined : addressesOf(uplink)[0],
    addresses: Object.keys(interfaces).flatMap(addressesOf),
  };
}
