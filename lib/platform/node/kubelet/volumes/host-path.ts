import { lstat, mkdir, open, stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';

/** kubelet: hostPathTypeChecker. Throws its texts. */
export async function checkHostPath(path: string, type: string): Promise<void> {
  if (type === '') return;
  const found = await stat(path).catch(() => undefined);
  if (type === 'DirectoryOrCreate' && found === undefined) {
    await mkdir(path, { recursive: true, mode: 0o755 });
    return;
  }
  if (type === 'FileOrCreate' && found === undefined) {
    await createFile(path);
    return;
  }
  const [what, ok] = EXPECTED[type] ?? [undefined, undefined];
  if (what === undefined || ok === undefined) throw new Error(`${type} is an invalid volume type`);
  if (found === undefined || !ok(found)) throw new Error(`hostPath type check failed: ${path} is not a ${what}`);
}

const EXPECTED: Readonly<Record<string, readonly [string, (info: Stats) => boolean]>> = {
  Directory: ['directory', (info) => info.isDirectory()],
  DirectoryOrCreate: ['directory', (info) => info.isDirectory()],
  File: ['file', (info) => info.isFile()],
  FileOrCreate: ['file', (info) => info.isFile()],
  Socket: ['socket file', (info) => info.isSocket()],
  CharDevice: ['character device', (info) => info.isCharacterDevice()],
  BlockDevice: ['block device', (info) => info.isBlockDevice()],
};

async function createFile(path: string): Promise<void> {
  const file = await open(path, 'a', 0o644);
  await file.close();
}

/** Docker refuses a source that is not there; without a type Kubernetes leaves that to it, and Docker makes a folder. */
export async function ensureBindSource(path: string): Promise<void> {
  if ((await lstat(path).catch(() => undefined)) === undefined) await mkdir(path, { recursive: true, mode: 0o755 });
}
