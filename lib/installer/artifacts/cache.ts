import { createHash } from 'node:crypto';
import { chmodSync, createReadStream, mkdirSync, statSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { type FileContent, replaceFile } from '../../common/whole-file.ts';
import { artifactErrors } from './artifact-errors.ts';

/** Where the operator's machine keeps what it downloads and builds (XDG Base Directory: $XDG_CACHE_HOME/oo-install). */
export function defaultCacheDir(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const base = env['XDG_CACHE_HOME'];
  return join(base !== undefined && base.startsWith('/') ? base : join(homedir(), '.cache'), 'oo-install');
}

/**
 * The same folder, made where it is missing and closed to everybody else: what is in it goes to servers, where it is run as root.
 * @throws OoError CACHE_UNSAFE when somebody else could have put something there
 */
export function ownCacheDir(dir: string = defaultCacheDir()): string {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const { uid, mode } = statSync(dir);
  const us = process.getuid?.() ?? uid;
  if (uid !== us) throw artifactErrors.CACHE_UNSAFE(dir, 'belongs to somebody else');
  if ((mode & 0o022) !== 0)
    throw artifactErrors.CACHE_UNSAFE(dir, `has mode ${(mode & 0o777).toString(8)}: others may write to it`);
  if ((mode & 0o077) !== 0) chmodSync(dir, 0o700);
  return dir;
}

/** Path of a content-addressed file. It is there exactly when it is whole. @throws TypeError for what is no hash: it would be a path of its own */
export function blobPath(cacheDir: string, sha256: string): string {
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new TypeError(`${JSON.stringify(sha256.slice(0, 80))} is no SHA-256`);
  return join(cacheDir, 'blobs', sha256);
}

/** Hex SHA-256 of a file. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Hex SHA-256 of bytes, which may come in pieces. */
export function hashOf(data: string | Buffer | readonly Buffer[]): string {
  const hash = createHash('sha256');
  for (const part of Array.isArray(data) ? (data as readonly Buffer[]) : [data as string | Buffer]) hash.update(part);
  return hash.digest('hex');
}

/** Writes a file whole, in a folder that need not be there. */
export async function writeWhole(path: string, data: FileContent): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await replaceFile(path, data, { mode: 0o644 });
}

/** Keeps bytes under their hash, and answers it. */
export async function putBlob(cacheDir: string, data: Buffer | readonly Buffer[]): Promise<string> {
  const sha256 = hashOf(data);
  const path = blobPath(cacheDir, sha256);
  if (!(await exists(path))) await writeWhole(path, data);
  return sha256;
}

/** Whether there is anything at the path. */
export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
