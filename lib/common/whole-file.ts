import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Whose a file is to be, and who may read it. */
export interface FileRights {
  readonly mode: number;
  /** @default whoever writes it */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
}

/** What a file is to hold; parts follow each other. */
export type FileContent = string | Buffer | readonly Buffer[];

/**
 * Puts a file in place whole: a reader, a crash or a power cut meets the old one or the new one, never a part. It is written under the name
 * `temporary` first, in the same folder, where nothing may stand.
 */
export async function replaceFile(
  path: string,
  content: FileContent,
  { temporary = `${path}.${randomUUID()}.tmp`, ...rights }: FileRights & { readonly temporary?: string },
): Promise<void> {
  await writeNewFile(temporary, content, rights);
  try {
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Writes a file that is not there yet, for nobody else to read until it is whole, and has it on disk; or leaves nothing. */
export async function writeNewFile(path: string, content: FileContent, { mode, owner }: FileRights): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(content as string | Buffer | Iterable<Buffer>);
    if (owner !== undefined) await file.chown(owner.uid, owner.gid);
    await file.chmod(mode);
    await file.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

/** A new name is on disk only once its folder is. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  await folder.sync().finally(() => folder.close());
}
