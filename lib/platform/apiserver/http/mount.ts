import type { Mount } from '../../api/mount.ts';

/** The mount that a path belongs to: the one with the longest path. */
export function mountOf(mounts: readonly Mount[], path: string): Mount | undefined {
  const all = mounts.filter((mount) => (mount.path.endsWith('/') ? path.startsWith(mount.path) : path === mount.path));
  return all.toSorted((a, b) => b.path.length - a.path.length)[0];
}
