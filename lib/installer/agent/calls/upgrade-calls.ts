import { z } from 'zod';
import { installedVersion } from '../upgrade/upgrade-record.ts';
import { hostPath, unitName, mode, read, change } from './call-shape.ts';
import { supervisedService } from './service-calls.ts';

/** From one version to another, and back. */
export const upgradeCalls = {
  'upgrade.read': read(
    z.strictObject({}),
    z.object({
      pending: z.object({ state: z.string(), since: z.string(), from: installedVersion, to: installedVersion }).optional(),
    }),
  ),
  /**
   * Writes down what is here before a version that is in place takes over: links, files, images. An upgrade that was cut off keeps what
   * it has written down. Nothing is switched yet.
   */
  'upgrade.begin': change(
    z.strictObject({ to: installedVersion, files: z.array(hostPath), images: z.array(z.string()) }),
    z.object({ from: installedVersion }),
  ),
  /** Switches, restarts the daemon and has it prove itself; when it does not, everything is as before, the daemon too. */
  'upgrade.run': change(
    z.strictObject({
      files: z.array(z.strictObject({ path: hostPath, content: z.string(), mode })),
      daemon: z.union([z.strictObject({ unit: unitName }), z.strictObject({ service: supervisedService })]),
      config: hostPath,
      kubeconfig: hostPath,
      /** Of the pod that has to run and answer. */
      image: z.string(),
      /** ms in which it must be healthy: without getting any further, and in all. */
      patience: z.strictObject({ stall: z.int().positive(), most: z.int().positive() }),
    }),
    z.object({
      outcome: z.enum(['upgraded', 'returned']),
      from: installedVersion,
      to: installedVersion,
      /** Why it returned. */
      reason: z.string(),
      /** The last lines that the daemon wrote before it was taken back. */
      lines: z.array(z.string()),
      /** Why the version before is not healthy either, or nothing. */
      unhealthy: z.string(),
    }),
  ),
} as const;
