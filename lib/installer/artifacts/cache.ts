import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Where the operator's machine keeps what it downloads and builds (XDG Base Directory: $XDG_CACHE_HOME/oo-install). */
export function defaultCacheDir(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const base = env['XDG_CACHE_HOME'];
  return join(base !== undefined && base.startsWith('/') ? base : join(homedir(), '.cache'), 'oo-install');
}

/** Path of a content-addressed file. It is there exactly when it is whole. */
export function blobPath(cacheDir: string, sha256: string): string {
  return join(cacheDir, 'blobs', sha256);
}

/** Hex SHA-256 of a file. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Hex SHA-256 of bytes. */
export function hashOf(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Writes a file so that a reader sees all of it or none, and a power cut leaves the old one. */
export async function writeWhole(path: string, data: string | Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, 'wx', 0o644);
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Keeps bytes under their hash, and answers it. */
export async function putBlob(cacheDir: string, data: Buffer): Promise<string> {
  const sha256 = hashOf(data);
  const path = blobPath(cacheDir, sha256);
  if (!(await exists(path))) await writeWhole(path, data);
  return sha256;
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
