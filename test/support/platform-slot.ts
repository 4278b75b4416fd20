import { existsSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PlatformConfigInput } from '../../lib/platform/config/platform-config.ts';
import { claimNumber, inherit } from './claims.ts';

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

/** Takes the first free slot. `reap` clears away what an owner left that died without clearing up. */
export async function takeSlot(reap: (folder: string) => Promise<void>): Promise<PlatformSlot> {
  const index = await claimNumber(BASE, SLOTS, reap);
  const folder = join(BASE, String(index));
  return { index, folder, config: slotConfig(index, folder), release: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Clears away every slot whose owner died before it had cleared up. */
export async function releaseDeadSlots(reap: (folder: string) => Promise<void>): Promise<void> {
  for (let index = 0; index < SLOTS; index++) {
    const folder = join(BASE, String(index));
    // Who begins a platform at the same time may be the one that does so.
    if (!existsSync(folder) || !inherit(folder)) continue;
    await reap(folder);
    rmSync(folder, { recursive: true, force: true });
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
