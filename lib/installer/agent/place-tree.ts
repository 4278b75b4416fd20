import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import { agentErrors } from './agent-errors.ts';
import { sha256Hex } from '../artifacts/sha256.ts';
import { agentPaths } from './call-context.ts';

/** Files to be put in place as one folder: what an artifact is made of. */
export const treeFile = z.strictObject({
  /** Below the folder: no part of it is `.`, `..` or empty, or holds a control character. */
  path: z
    .string()
    .regex(
      /^(?!\.{1,2}(?:\/|$))[^/\u0000-\u001f\u007f]+(?:\/(?!\.{1,2}(?:\/|$))[^/\u0000-\u001f\u007f]+)*$/,
      'is no path below a folder',
    ),
  mode: z.int().min(0).max(0o777),
  sha256: sha256Hex,
  size: z.int(),
  /** Absolute path of the file that it is copied from. */
  source: z.string(),
});
export type TreeFile = z.infer<typeof treeFile>;

const placeRequest = z.array(
  z.strictObject({ target: z.string().startsWith(`${agentPaths.optDir}/`), files: z.array(treeFile) }),
);

/** Puts the trees in place that a JSON text describes. */
export async function placeTrees(request: Readable): Promise<void> {
  for (const { target, files } of placeRequest.parse(await json(request))) await placeTree(target, files);
}

/**
 * Copies files into a folder that appears whole or not at all: each is verified on the way, the folder is renamed last. What a run that
 * was cut off left is replaced.
 */
export async function placeTree(target: string, files: readonly TreeFile[]): Promise<void> {
  if ((await stat(target).catch(() => undefined)) !== undefined) return;
  const temporary = `${target}.${randomUUID().slice(0, 8)}.part`;
  try {
    await mkdir(temporary, { recursive: true, mode: 0o755 });
    for (const file of files) {
      const path = join(temporary, file.path);
      await mkdir(dirname(path), { recursive: true, mode: 0o755 });
      await copyVerified(createReadStream(file.source), path, file);
    }
    await chmod(temporary, 0o755);
    await rename(temporary, target);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function copyVerified(from: Readable, path: string, expected: TreeFile): Promise<void> {
  const hash = createHash('sha256');
  const file = await open(path, 'wx', expected.mode);
  try {
    for await (const chunk of from) {
      hash.update(chunk as Buffer);
      await file.writeFile(chunk as Buffer);
    }
    await file.chmod(expected.mode);
    // Started by the kernel later on: its bytes must be on the disk before its name is.
    await file.datasync();
  } finally {
    await file.close();
  }
  const actual = hash.digest('hex');
  if (actual !== expected.sha256) throw agentErrors.FILE_CORRUPT(expected.source, expected.sha256, actual);
}
