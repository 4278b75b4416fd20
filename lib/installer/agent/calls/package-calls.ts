import { z } from 'zod';
import { sha256Hex as sha256 } from '../../artifacts/sha256.ts';
import { hostPath, packageName, fileName, mode, done, read, change } from './call-shape.ts';

const packageVersion = z.object({ name: z.string(), version: z.string() });

/** The distribution's packages, and static builds in their place. */
export const packageCalls = {
  'packages.missing': read(z.strictObject({ names: z.array(packageName) }), z.object({ missing: z.array(z.string()) })),
  'packages.install': change(
    z.strictObject({ names: z.array(packageName).min(1), lockTimeout: z.int().positive() }),
    z.object({ installed: z.array(packageVersion) }),
  ),
  /** dpkg's database, reduced to what decides about dependencies: the operator's apt resolves with it. */
  'packages.status': read(z.strictObject({}), z.strictObject({ status: z.string() })),
  /** Whether the server could fetch packages by itself, and why not. */
  'packages.reachable': read(z.strictObject({}), z.strictObject({ reachable: z.boolean(), reason: z.string() })),
  /** The same as packages.install, out of a tar archive of package files: asks no mirror. */
  'packages.installFiles': change(
    z.strictObject({
      names: z.array(packageName).min(1),
      path: hostPath,
      sha256,
      files: z.array(z.strictObject({ file: fileName, sha256 })).min(1),
      lockTimeout: z.int().positive(),
    }),
    z.strictObject({ installed: z.array(packageVersion) }),
  ),
  /** Puts the programs of a static build (a gzip-compressed tar archive) into a folder, and files of ours beside them. */
  'programs.install': change(
    z.strictObject({
      name: z.enum(['docker', 'cni-plugins']),
      path: hostPath,
      sha256,
      folder: hostPath,
      files: z.array(z.strictObject({ path: hostPath, content: z.string(), mode })),
    }),
    done,
  ),
} as const;
