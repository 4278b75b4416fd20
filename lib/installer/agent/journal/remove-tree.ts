import { lstat, readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { agentErrors } from '../agent-errors.ts';
import { runCommand } from '../run-command.ts';

/** The mount points at or below a path, deepest first (proc_pid_mountinfo(5); octal escapes undone). */
export async function mountsBelow(path: string): Promise<string[]> {
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
 * Removes a folder of ours with all it holds, but never what is mounted in it: mounts are taken away first, and one that will not go
 * stops the removal before it has begun.
 */
export async function removeTree(path: string): Promise<void> {
  for (const point of await mountsBelow(path)) await runCommand(['umount', '--', point]);
  const [left] = await mountsBelow(path);
  if (left !== undefined) throw agentErrors.MOUNTED(left);
  const top = await lstat(path).catch(() => undefined);
  if (top === undefined) return;
  if (!top.isDirectory()) return rm(path, { force: true });
  await removeWithin(path, top.dev);
}

/** Stays on one file system, should something be mounted while we work. */
async function removeWithin(path: string, device: number): Promise<void> {
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const child = join(path, entry.name);
    if (!entry.isDirectory()) {
      await rm(child, { force: true });
      continue;
    }
    if ((await lstat(child)).dev !== device) throw agentErrors.MOUNTED(child);
    await removeWithin(child, device);
  }
  await rmdir(path);
}
