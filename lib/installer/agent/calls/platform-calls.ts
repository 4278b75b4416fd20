import { z } from 'zod';
import { hostPath, done, read, change } from './call-shape.ts';

/** The kernel that the platform needs, and the platform as it runs. */
export const platformCalls = {
  /** Loads kernel modules (one that this kernel has built in is no error) and sets sysctls, for now. */
  'kernel.prepare': change(
    z.strictObject({
      modules: z.array(z.string().regex(/^[a-z0-9_]+$/)),
      sysctls: z.record(z.string().regex(/^[a-z0-9_.-]+$/), z.string().regex(/^[0-9]+$/)),
    }),
    z.object({
      /** Neither there nor loadable, as far as can be told. */
      missingModules: z.array(z.string()),
      /** Those that are not part of the kernel itself, so that every boot must load them. */
      loadedModules: z.array(z.string()),
      refusedSysctls: z.array(z.string()),
    }),
  ),
  /** Marks that a platform runs out of `config`: undoing has it take back its containers, rules and interfaces, and removes `dataDir`. */
  'platform.adopt': change(
    z.strictObject({ program: hostPath, config: hostPath, dataDir: hostPath, kubeconfig: hostPath }),
    done,
  ),
  'platform.health': read(
    z.strictObject({ kubeconfig: hostPath }),
    z.object({ ready: z.boolean(), nodeReady: z.boolean(), reason: z.string(), server: z.string() }),
  ),
  'platform.pods': read(
    z.strictObject({ kubeconfig: hostPath }),
    z.object({
      /** Running pods, by the API's word; absent when it does not answer. */
      running: z.int().optional(),
      /** Running sandboxes, one for each pod, by Docker's word; absent when it does not tell. */
      sandboxes: z.int().optional(),
      /** Why Docker does not tell. */
      reason: z.string().optional(),
    }),
  ),
  /** The platform's own images and what runs of them. `images`: references that are looked for in Docker, `openshift/NAME:latest`. */
  'platform.parts': read(
    z.strictObject({ kubeconfig: hostPath, images: z.array(z.string()) }),
    z.object({
      parts: z.array(
        z.object({
          /** `router`. */
          name: z.string(),
          /** `ready`: an image that is used when it is needed. `blocked`: `reason` tells by what. `absent`: its image is not there. */
          state: z.enum(['running', 'starting', 'blocked', 'ready', 'absent']),
          reason: z.string(),
        }),
      ),
    }),
  ),
  'platform.certificates': read(
    z.strictObject({ kubeconfig: hostPath, dataDir: hostPath }),
    z.object({
      certificates: z.array(
        z.object({
          name: z.string(),
          /** RFC 3339. */
          expires: z.string(),
          /** The names and addresses that it is good for. */
          names: z.array(z.string()),
        }),
      ),
    }),
  ),
  /** Whether a pod has run and answered; leaves nothing behind once it has. */
  'platform.tryPod': read(
    z.strictObject({ kubeconfig: hostPath, image: z.string() }),
    z.object({ answered: z.boolean(), reason: z.string() }),
  ),
} as const;
