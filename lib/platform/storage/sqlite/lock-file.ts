import { DatabaseSync } from 'node:sqlite';
import { storeErrors } from './store-errors.ts';

/** A lock that the kernel lets go of when its process ends, however that ends. */
export interface FileLock {
  release(): void;
}

/** Locks a file, which is made when absent. Node has no call for it, SQLite has. Throws STORE_IN_USE. */
export function lockFile(path: string): FileLock {
  const db = new DatabaseSync(path);
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (cause) {
    db.close();
    throw storeErrors.STORE_IN_USE(path, 'another platform', { cause });
  }
  return { release: () => db.isOpen && db.close() };
}
