import { readFile, readlink, stat } from 'node:fs/promises';

/** Who holds a lock on one of these files, in words, from the kernel's table of locks (proc_locks(5)). */
export async function fileLockHolder(paths: readonly string[]): Promise<string | undefined> {
  const files = await Promise.all(paths.map((path) => stat(path).catch(() => undefined)));
  const inodes = new Set(files.flatMap((file) => (file === undefined ? [] : [String(file.ino)])));
  const pid = holderOf(await readFile('/proc/locks', 'utf8').catch(() => ''), inodes);
  if (pid === undefined) return undefined;
  const program = await readlink(`/proc/${pid}/exe`).catch(() => 'another process');
  return `${program} (process ${pid})`;
}

/**
 * The process that holds a lock on one of these inodes. A line tells number, kind, mode, access, process, device with inode, and range; one that only waits
 * has an arrow after its number. The device is left out: on an overlay the table names that below it.
 */
export function holderOf(locks: string, inodes: ReadonlySet<string>): string | undefined {
  for (const line of locks.split('\n')) {
    const [, kind, , access, pid, place = ''] = line.trim().split(/\s+/);
    if (kind !== '->' && access === 'WRITE' && inodes.has(place.split(':')[2] ?? '')) return pid;
  }
  return undefined;
}
