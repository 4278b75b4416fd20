import { z } from 'zod';
import { sha256Hex as sha256 } from '../../artifacts/sha256.ts';
import { hostPath, done, read, change } from './call-shape.ts';

/** An object of JSON, as /etc/docker/daemon.json holds one. */
const dockerSettings = z.record(z.string(), z.json());

/** Docker, its configuration and its images. */
export const dockerCalls = {
  'docker.info': read(
    z.strictObject({}),
    z.object({
      running: z.boolean(),
      reason: z.string(),
      version: z.string(),
      storageDriver: z.string(),
      cgroupVersion: z.string(),
      /** Containers that no platform of ours made. */
      foreignContainers: z.int(),
    }),
  ),
  'docker.images': read(z.strictObject({ references: z.array(z.string()) }), z.object({ ids: z.record(z.string(), z.string()) })),
  /** Chain IDs of the layers of images that have or had these names; `skips`: its store loads no layer that it has. */
  'docker.layers': read(
    z.strictObject({ references: z.array(z.string()) }),
    z.strictObject({ skips: z.boolean(), chains: z.array(z.string()) }),
  ),
  'docker.load': change(z.strictObject({ path: hostPath, sha256, reference: z.string(), id: z.string() }), done),
  /** Which settings of Docker's own configuration would change if these were merged into it, and where it is. */
  'docker.configDiffers': read(
    z.strictObject({ settings: dockerSettings }),
    z.strictObject({ path: z.string(), keys: z.array(z.string()) }),
  ),
  /**
   * Merges settings into Docker's own configuration, and has Docker go by them. `restart`: also when that stops containers that are not ours.
   * Docker that does not come back is given its old configuration again, and that is an error.
   */
  'docker.configure': change(
    z.strictObject({ settings: dockerSettings, restart: z.boolean() }),
    z.strictObject({ changed: z.boolean(), applied: z.enum(['nothing', 'at-start', 'reloaded', 'restarted']) }),
  ),
  /** Restarts Docker, if it runs, for another environment. */
  'docker.restart': change(z.strictObject({ why: z.string(), restart: z.boolean() }), done),
} as const;
