import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { OoError } from '../../../../common/errors.ts';
import { exists } from '../../../artifacts/cache.ts';
import { localErrors } from '../local-errors.ts';

/** Ids that a Debian tree's files belong to. */
const idsOfTree = 65_536;

/** Whether a program is found as a shell finds it. */
export async function isOnPath(program: string, path = process.env['PATH'] ?? ''): Promise<boolean> {
  const there = await Promise.all(path.split(':').map((place) => exists(join(place, program))));
  return there.includes(true);
}

/**
 * Why this account could not unpack a tree whose files belong to many: root can; others in a user namespace (newuidmap(1), subuid(5)), or with
 * fakechroot, as mmdebstrap(1) chooses between them. undefined: it can.
 */
export async function buildIdsProblem(
  { uid, username }: { readonly uid: number; readonly username: string } = userInfo(),
  root = '/',
): Promise<OoError | undefined> {
  if (uid === 0 || (await isOnPath('fakechroot'))) return undefined;
  const ranges = await Promise.all(['subuid', 'subgid'].map((file) => hasRange(join(root, 'etc', file), uid, username)));
  return ranges.every(Boolean) && (await isOnPath('newuidmap')) ? undefined : localErrors.LAB_IMAGE_NEEDS_IDS(username);
}

/** subuid(5): `NAME-OR-ID:FIRST:COUNT`. */
async function hasRange(file: string, uid: number, username: string): Promise<boolean> {
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n').map((line) => line.split(':'));
  return lines.some(([who, , count]) => (who === username || who === String(uid)) && Number(count) >= idsOfTree);
}
