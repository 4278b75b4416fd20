import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultCacheDir, exists } from '../../../artifacts/cache.ts';

/** Where mmdebstrap works, and how its folders begin there. */
interface Workplace {
  readonly folder: string;
  readonly prefix: string;
}

/**
 * Below the cache for root. Others unpack as user ids of a namespace, to which their home is closed: below the folder for temporary files, as
 * mmdebstrap does unless it is told.
 */
export function imageWorkplace(uid = process.getuid?.() ?? 0): Workplace {
  if (uid === 0) return { folder: join(defaultCacheDir(), 'lab-images'), prefix: '' };
  return { folder: tmpdir(), prefix: 'oo-install-image-' };
}

/** A new folder for mmdebstrap, with those of runs that were killed taken away. */
export async function makeWorkFolder({ folder, prefix }: Workplace = imageWorkplace()): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const name of (await readdir(folder)).filter((each) => each.startsWith(prefix))) {
    const pid = Number(name.slice(prefix.length).split('-')[0]);
    // What others left in a folder that all may write to is theirs.
    if (!(await exists(`/proc/${pid}`))) await rm(join(folder, name), { recursive: true, force: true }).catch(() => undefined);
  }
  const made = await mkdtemp(join(folder, `${prefix}${process.pid}-`));
  if (prefix !== '') await chmod(made, 0o711);
  return made;
}
