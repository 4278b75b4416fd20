import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PlatformConfigInput } from '../../lib/platform/config/platform-config.ts';

const BASE = join(tmpdir(), 'oo-test-platforms');
const SLOTS = 20;
const PORTS_PER_SLOT = 100;

/** A platform's share of the machine: ports, networks and names that no platform beside it has. */
export interface PlatformSlot {
  readonly index: number;
  /** Everything of this platform, the data folder too. */
  readonly folder: string;
  readonly config: PlatformConfigInput & { readonly nodeName: string; readonly listen: string; readonly dataDir: string };
  release(): void;
}

/**
 * Takes the first free slot: a folder whose owner's process id is in it. `reap` clears away what an owner left that died
 * without clearing up.
 */
export async function takeSlot(reap: (folder: string) => Promise<void>): Promise<PlatformSlot> {
  mkdirSync(BASE, { recursive: true });
  for (let index = 0; index < SLOTS; index++) {
    const folder = join(BASE, String(index));
    if (!claim(folder)) {
      if (isAlive(ownerOf(folder))) continue;
      await reap(folder);
      rmSync(folder, { recursive: true, force: true });
      if (!claim(folder)) continue;
    }
    return { index, folder, config: slotConfig(index, folder), release: () => rmSync(folder, { recursive: true, force: true }) };
  }
  throw new Error(`all ${SLOTS} platform slots below ${BASE} are taken`);
}

/** Clears away every slot whose owner died before it had cleared up. */
export async function releaseDeadSlots(reap: (folder: string) => Promise<void>): Promise<void> {
  for (let index = 0; index < SLOTS; index++) {
    const folder = join(BASE, String(index));
    if (!existsSync(folder) || isAlive(ownerOf(folder))) continue;
    await reap(folder);
    rmSync(folder, { recursive: true, force: true });
  }
}

function claim(folder: string): boolean {
  try {
    mkdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  writeFileSync(join(folder, 'owner'), String(process.pid));
  return true;
}

function ownerOf(folder: string): number | undefined {
  try {
    return Number(readFileSync(join(folder, 'owner'), 'utf8'));
  } catch {
    return undefined;
  }
}

/** An owner that has not yet written its id counts as alive: it is about to. */
export function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Below the kernel's ephemeral ports, beside the defaults: a platform of the machine's own may be running. */
function slotConfig(index: number, folder: string): PlatformSlot['config'] {
  const ports = 20_000 + index * PORTS_PER_SLOT;
  const nodePorts = 30_000 + index * PORTS_PER_SLOT;
  return {
    nodeName: `test-${index}.example`,
    listen: `0.0.0.0:${ports}`,
    dataDir: join(folder, 'data'),
    clusterCIDR: `10.${200 + index}.0.0/16`,
    podCIDR: `10.${200 + index}.0.0/24`,
    serviceCIDR: `172.29.${index}.0/24`,
    nodePortRange: `${nodePorts}-${nodePorts + PORTS_PER_SLOT - 1}`,
    kubelet: { port: ports + 1 },
    dns: { port: ports + 2 },
    cni: { bridge: `ootest${index}` },
    // Whether there are a registry and a router must not depend on the images that this machine happens to have.
    registry: { enabled: false },
    router: { enabled: false },
  };
}
