import { readdir, readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';

/** An address that host-local has handed out. */
export interface Reservation {
  readonly ip: string;
  readonly containerId: string;
}

/**
 * What host-local has reserved: a file per address, its name the address, its content the container's id and the
 * interface (containernetworking/plugins, host-local/backend/disk).
 */
export async function listReservations(dataDir: string, network: string): Promise<Reservation[]> {
  const dir = join(dataDir, network);
  let names: string[];
  try {
    names = await readdir(dir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const found: Reservation[] = [];
  for (const name of names) {
    if (isIP(name) === 0) continue;
    try {
      const [containerId = ''] = (await readFile(join(dir, name), 'utf8')).trim().split(/\r?\n/);
      found.push({ ip: name, containerId });
    } catch (error) {
      // Released a moment ago.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return found;
}
