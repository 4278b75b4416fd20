import { open } from 'node:fs/promises';
import { applicationId, schemaVersion } from './store-database.ts';
import { storeErrors } from './store-errors.ts';

/**
 * Throws STORE_NEWER or STORE_FOREIGN when this program could not use the database, which another program may have open: only its header is
 * read (SQLite's file format, 1.3: the user version at byte 60, the application's id at byte 68, big-endian). A store that is not there, or
 * whose first pages are still in its log, is no obstacle.
 */
export async function judgeStore(path: string): Promise<void> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) return;
  const header = Buffer.alloc(100);
  const { bytesRead } = await file.read(header, 0, header.length, 0).finally(() => file.close());
  if (bytesRead < header.length) return;
  const version = header.readUInt32BE(60);
  const application = header.readUInt32BE(68);
  if (version === 0 && application === 0) return;
  if (application !== applicationId) throw storeErrors.STORE_FOREIGN(path);
  if (version > schemaVersion) throw storeErrors.STORE_NEWER(path, version, schemaVersion);
}
