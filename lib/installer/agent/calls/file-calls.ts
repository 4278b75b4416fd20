import { z } from 'zod';
import { sha256Hex as sha256 } from '../../artifacts/sha256.ts';
import { hostPath, mode, done, read, change } from './call-shape.ts';

/** Files, folders, and the artifacts that are in use. */
export const fileCalls = {
  'file.read': read(
    z.strictObject({ path: hostPath, maxBytes: z.int().positive().max(16_000_000) }),
    z.object({ content: z.string().optional(), mode: mode.optional() }),
  ),
  'file.write': change(z.strictObject({ path: hostPath, content: z.string(), mode }), done),
  /** `tree`: everything in it is ours, so that undoing removes it with all it holds. */
  'directory.make': change(z.strictObject({ path: hostPath, mode, tree: z.boolean() }), done),
  /** Makes an artifact that is in place the one in use. Not journalled: the whole folder of artifacts goes at the end of an uninstall. */
  'artifact.use': change(z.strictObject({ kind: z.enum(['runtime', 'openshift']), sha256 }), done),
} as const;
