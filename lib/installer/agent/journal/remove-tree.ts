import { lstat, readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { agentErrors } from '../agent-errors.ts';
import { runCommand } from '../run-command.ts';

/** The mount points at or below a path, deepest first (proc_pid_mountinfo(5); octal escapes undone). */
async function mountsBelow(path: string): Promise<string[]> {
  const text = await readFile('/proc/self/mountinfo', 'utf8');
  return text
    .split('\n')
    .map((line) =>
      (line.split(' ')[4] ?? '').replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
    )
    .filter((point) => point === path || point.startsWith(`${path}/`))
    .sort((a, b) => b.length - a.length);
}

/**
 * Removes a folder of ours with all it holds, but never what is mounted in it. What pods had mounted (memory, binds) is unmounted first; a
 * mount of the server's own (in its fstab) stops the removal before it has begun. A folder that is a mount point itself is only emptied.
 */
export async function removeTree(path: string): Promise<void> {
  const lasting = await lastingMounts();
  const below = (await mountsBelow(path)).filter((point) => point !== path);
  const foreign = below.find((point) => lasting.has(point));
  if (foreign !== undefined) throw agentErrors.MOUNTED(foreign);
  for (const point of below) await runCommand(['umount', '--', point]);
  const left = (await mountsBelow(path)).filter((point) => point !== path);
  if (left[0] !== undefined) throw agentErrors.MOUNTED(left[0]);
  const top = await lstat(path).catch(() => undefined);
  if (top === undefined) return;
  if (!top.isDirectory()) return rm(path, { force: true });
  await emptyFolder(path, top.dev);
  if (!(await mountsBelow(path)).includes(path)) await rmdir(path);
}

/** Stays on one file system, should something be mounted while we work. */
async function emptyFolder(path: string, device: number): Promise<void> {
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const child = join(path, entry.name);
    if (!entry.isDirectory()) {
      await rm(child, { force: true });
      continue;
    }
    if ((await lstat(child)).dev !== device) throw agentErrors.MOUNTED(child);
    await emptyFolder(child, device);
    await rmdir(child);
  }
}

/** Mount points that the server mounts at every boot (fstab(5)). */
async function lastingMounts(): Promise<Set<string>> {
  const text = await readFile('/etc/fstab', 'utf8').catch(() => '');
  const lines = text.split('\n').filter((line) => !line.trimStart().startsWith('#'));
  return new Set(lines.map((line) => line.trim().split(/\s+/)[1] ?? '').filter((point) => point.startsWith('/')));
}
