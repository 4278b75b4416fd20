import { readFile } from 'node:fs/promises';

const DEFAULT_MTU = 1500;

/** The interface of the default route in /proc/net/route; undefined without one. */
export function defaultRouteInterface(table: string): string | undefined {
  for (const line of table.split('\n').slice(1)) {
    const [name, destination, , , , , , mask] = line.trim().split(/\s+/);
    if (destination === '00000000' && mask === '00000000') return name;
  }
  return undefined;
}

/** MTU of the interface that leads out of this machine: packets larger than it would be dropped behind the bridge. */
export async function uplinkMtu(): Promise<number> {
  try {
    const name = defaultRouteInterface(await readFile('/proc/net/route', 'utf8'));
    if (name === undefined) return DEFAULT_MTU;
    const mtu = Number.parseInt(await readFile(`/sys/class/net/${name}/mtu`, 'utf8'), 10);
    return mtu >= 576 && mtu <= 65_535 ? mtu : DEFAULT_MTU;
  } catch {
    return DEFAULT_MTU;
  }
}
