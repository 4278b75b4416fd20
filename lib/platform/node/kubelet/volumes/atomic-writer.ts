import { randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, readFile, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** One file of a volume: `path` is relative and holds no `..`. */
export interface VolumeFile {
  readonly data: Buffer;
  readonly mode: number;
  /** Owner, where it is not root. */
  readonly uid?: number;
}

export type Payload = ReadonlyMap<string, VolumeFile>;

const DATA = '..data';
const DATA_NEXT = '..data_tmp';

/** Throws what kubelet's atomic writer throws for a path that could leave the volume. */
export function checkPayloadPath(path: string): void {
  if (path === '') throw new Error('invalid path: must not be empty');
  if (path.startsWith('/')) throw new Error(`invalid path: must not be absolute: ${path}`);
  const parts = path.split('/');
  if (parts.includes('..')) throw new Error(`invalid path: must not contain '..': ${path}`);
  if (parts[0]!.startsWith('..')) throw new Error(`invalid path: must not start with '..': ${path}`);
}

/**
 * Shows a set of files in a folder so that readers see the old set or the new one, never a mixture (kubelet:
 * volume/util/atomic_writer.go). Names are links through `..data`, which a rename moves to the new folder.
 * `own` is called for the new files before they become visible. Resolves with whether anything changed.
 */
export async function writeAtomically(dir: string, payload: Payload, own: (dir: string) => Promise<void>): Promise<boolean> {
  for (const path of payload.keys()) checkPayloadPath(path);
  await mkdir(dir, { recursive: true });
  const current = await readlink(join(dir, DATA)).catch(() => undefined);
  if (current !== undefined && (await sameFiles(join(dir, current), payload))) return false;
  const stamp = new Date().toISOString().slice(0, 19).replace(/[-T:]/g, '_');
  const next = `..${stamp}.${randomBytes(5).toString('hex')}`;
  const nextDir = join(dir, next);
  await mkdir(nextDir);
  try {
    await writeFiles(nextDir, payload);
    await own(nextDir);
    await showNames(dir, payload);
    await rm(join(dir, DATA_NEXT), { force: true });
    await symlink(next, join(dir, DATA_NEXT));
    await rename(join(dir, DATA_NEXT), join(dir, DATA));
  } catch (error) {
    await rm(nextDir, { recursive: true, force: true });
    throw error;
  }
  await removeOld(dir, next, payload);
  return true;
}

async function writeFiles(dir: string, payload: Payload): Promise<void> {
  await chmod(dir, 0o755);
  for (const [path, file] of payload) {
    const target = join(dir, path);
    const parent = dirname(target);
    if (parent !== dir) await mkdir(parent, { recursive: true, mode: 0o755 });
    // Readable to nobody else until its mode is set: the umask is not ours to rely on.
    await writeFile(target, file.data, { mode: 0o600 });
    await chmod(target, file.mode);
  }
}

const firstPart = (path: string): string => path.split('/', 1)[0]!;

async function showNames(dir: string, payload: Payload): Promise<void> {
  const names = new Set([...payload.keys()].map(firstPart));
  const existing = new Set(await readdir(dir));
  for (const name of names) if (!existing.has(name)) await symlink(join(DATA, name), join(dir, name));
}

async function removeOld(dir: string, current: string, payload: Payload): Promise<void> {
  const names = new Set([...payload.keys()].map(firstPart));
  for (const entry of await readdir(dir)) {
    if (entry === DATA || entry === current || names.has(entry)) continue;
    await rm(join(dir, entry), { recursive: true, force: true });
  }
}

async function sameFiles(dir: string, payload: Payload): Promise<boolean> {
  const found = new Set<string>();
  try {
    for (const entry of await readdir(dir, { recursive: true, withFileTypes: true }))
      if (!entry.isDirectory()) found.add(join(entry.parentPath, entry.name).slice(dir.length + 1));
    if (found.size !== payload.size) return false;
    for (const [path, file] of payload) {
      if (!found.has(path)) return false;
      if (!(await readFile(join(dir, path))).equals(file.data)) return false;
    }
    return (await lstat(dir)).isDirectory();
  } catch {
    return false;
  }
}
