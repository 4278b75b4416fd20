import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { pathState } from '../journal/journal-entry.ts';
import { writeAtomically } from '../path-state.ts';
import { sha256Hex } from '../../artifacts/sha256.ts';

/** A runtime and a bundle that belong together. Hashes name their folders. */
export const installedVersion = z.object({
  runtime: sha256Hex,
  openshift: sha256Hex,
  /** Of the bundle's package.json. */
  version: z.string().max(60),
});
export type InstalledVersion = z.infer<typeof installedVersion>;

/** A container of a pod that ran before the upgrade. */
const runningContainer = z.object({
  /** `namespace/name`. */
  pod: z.string(),
  uid: z.string(),
  /** Docker's, without its scheme. */
  id: z.string(),
});
export type RunningContainer = z.infer<typeof runningContainer>;

const upgradeRecord = z.object({
  /**
   * `begun`: nothing is switched yet. `switched`: the version that is wanted has been started, and has not proved itself yet.
   * `returning`: it has not, and the version before is being brought back.
   */
  state: z.enum(['begun', 'switched', 'returning']),
  /** RFC 3339. */
  since: z.string(),
  from: installedVersion,
  to: installedVersion,
  /** Files that belong to a version, as they were before; their contents are in the journal's folder of backups. */
  files: z.array(z.object({ path: z.string(), before: pathState })),
  /** Image ids by reference, as they were before. */
  images: z.record(z.string(), z.string()),
  /** What ran before the switch; absent until then. */
  containers: z.array(runningContainer).optional(),
  /** Of the kernel's run in which `containers` was written: a reboot starts every container anew. */
  bootId: z.string(),
  /** Why it returns, and the last lines that the daemon wrote. */
  reason: z.string(),
  lines: z.array(z.string()),
});
export type UpgradeRecord = z.infer<typeof upgradeRecord>;

const fileOf = (stateDir: string): string => join(stateDir, 'upgrade.json');

/**
 * The upgrade that is under way on this server, on the disk before each of its steps: whoever comes next, after a kill or a power cut,
 * finishes it or takes it back. Undefined when there is none.
 */
export async function readUpgrade(stateDir: string): Promise<UpgradeRecord | undefined> {
  const text = await readFile(fileOf(stateDir), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : upgradeRecord.parse(JSON.parse(text));
}

/** Writes down how far an upgrade is, before anything depends on it. */
export async function writeUpgrade(stateDir: string, record: UpgradeRecord): Promise<void> {
  await writeAtomically(fileOf(stateDir), `${JSON.stringify(record)}\n`, 0o600);
}

/** The upgrade is over: nothing is left to go on with. */
export async function endUpgrade(stateDir: string): Promise<void> {
  await rm(fileOf(stateDir), { force: true });
}

/** Another one after each start of the machine; '' where the kernel tells none. */
export async function readBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).trim();
}
