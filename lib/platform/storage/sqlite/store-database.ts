import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { errorText } from '../../../common/errors.ts';
import { explainSqlite, storeErrors } from './store-errors.ts';

/** PRAGMA user_version of the schema below. */
export const schemaVersion = 1;
/** PRAGMA application_id, "OoSt": tells our file from any other SQLite database. */
export const applicationId = 0x4f6f5374;

/**
 * One row per write, its revision the row's id, so revisions are given out by the commit itself (kine's idea). A row is
 * never changed; compaction deletes the superseded. `previous` is the revision that a row supersedes (0: none), which makes
 * compaction a walk over new rows instead of a search. The index alone answers which revision of each key is current.
 */
const schema = `
  CREATE TABLE log (
    revision INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    created INTEGER NOT NULL,
    previous INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    value BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX log_key ON log (key, revision, deleted);
  CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO meta VALUES ('compacted', 0), ('cleaned', 0);
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${schemaVersion};
`;

/** An open database that no other process can open. */
export interface StoreDatabase {
  readonly db: DatabaseSync;
  readonly path: string;
  /** Writes the log back into the database and lets go of it. */
  close(): void;
}

/**
 * Opens or creates the store's database. Throws OoError: STORE_IN_USE with the holder's pid, STORE_NEWER, STORE_FOREIGN,
 * STORE_CORRUPT, STORE_FULL, STORE_UNREACHABLE; nothing is changed then.
 */
export function openDatabase(path: string, synchronous: 'full' | 'off' = 'full'): StoreDatabase {
  let db: DatabaseSync | undefined;
  try {
    createPrivately(path);
    db = new DatabaseSync(path);
    const fresh = claim(db, path);
    if (!fresh) checkIntegrity(db, path);
    configure(db, synchronous, fresh);
    if (fresh) db.exec(`BEGIN IMMEDIATE; ${schema} COMMIT;`);
    nameHolder(path);
  } catch (error) {
    db?.close();
    throw explainOpen(error, path);
  }
  return { db, path, close: () => close(db, path) };
}

/** Secrets are in it: made readable for its owner only, which SQLite's own files (-wal) inherit. */
function createPrivately(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    closeSync(openSync(path, 'ax', 0o600));
  } catch (error) {
    // An existing file must not even be opened here: closing it would drop the locks this process holds on it.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Locks the database and says whether it is new. */
function claim(db: DatabaseSync, path: string): boolean {
  // An exclusive lock from the first access on. It is the kernel's, so it ends with the process however that ends. It
  // also spares WAL its shared-memory file.
  db.exec('PRAGMA locking_mode = EXCLUSIVE');
  const version = pragma(db, 'user_version');
  const application = pragma(db, 'application_id');
  const tables = db.prepare('SELECT count(*) AS count FROM sqlite_schema').get() as { count: number };
  const fresh = version === 0 && application === 0 && tables.count === 0;
  if (!fresh && application !== applicationId) throw storeErrors.STORE_FOREIGN(path);
  if (version > schemaVersion) throw storeErrors.STORE_NEWER(path, version, schemaVersion);
  return fresh;
}

/** Reads every page: a second per gigabyte or so, and compaction keeps a store to megabytes. */
function checkIntegrity(db: DatabaseSync, path: string): void {
  const { quick_check: found } = db.prepare('PRAGMA quick_check(1)').get() as { quick_check: string };
  if (found !== 'ok') throw storeErrors.STORE_CORRUPT(path, found);
  const tables = db.prepare("SELECT count(*) AS count FROM sqlite_schema WHERE name IN ('log', 'log_key', 'meta')").get();
  if (tables?.['count'] !== 3) throw storeErrors.STORE_CORRUPT(path, 'a table is missing');
}

function configure(db: DatabaseSync, synchronous: 'full' | 'off', fresh: boolean): void {
  // Before the first table, or it has no effect; later it would only write. Pages that compaction frees are given back a
  // few at a time.
  if (fresh) db.exec('PRAGMA auto_vacuum = INCREMENTAL');
  // In WAL mode COMMIT appends to the log, and with synchronous = FULL it returns only after fsync of the log (fdatasync
  // where SQLite is built for it): that is what makes an answer sent after COMMIT survive a power cut. NORMAL would sync at
  // checkpoints only.
  db.exec('PRAGMA journal_mode = WAL');
  db.exec(`PRAGMA synchronous = ${synchronous === 'off' ? 'OFF' : 'FULL'}`);
  // A checkpoint inside a COMMIT would delay its answers; the maintenance runs them after.
  db.exec('PRAGMA wal_autocheckpoint = 0');
  db.exec(
    'PRAGMA journal_size_limit = 16777216; PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF',
  );
}

function close(db: DatabaseSync, path: string): void {
  // Before the lock goes, or it could be the next holder's.
  rmSync(holderPath(path), { force: true });
  db.close();
}

/** Names the process that has the database open. Only a name for people: the lock itself is the kernel's. */
function holderPath(path: string): string {
  return `${path}.pid`;
}

/** For the error of the next one who tries. A full disk must not keep the store from being read. */
function nameHolder(path: string): void {
  try {
    writeFileSync(holderPath(path), `${process.pid}\n`, { mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

function explainOpen(error: unknown, path: string): Error {
  if (error instanceof Error && 'errcode' in error) {
    const primary = (error as { errcode: number }).errcode & 0xff;
    if (primary === 5 || primary === 6) return storeErrors.STORE_IN_USE(path, holder(path), { cause: error });
    return explainSqlite(error, path);
  }
  if (error instanceof Error && 'syscall' in error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return storeErrors.STORE_FULL(path, { cause: error });
    return storeErrors.STORE_UNREACHABLE(path, errorText(error), { cause: error });
  }
  return explainSqlite(error, path);
}

function holder(path: string): string {
  try {
    const pid = Number.parseInt(readFileSync(holderPath(path), 'utf8'), 10);
    process.kill(pid, 0);
    return `process ${pid}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPERM') return `process ${readFileSync(holderPath(path), 'utf8').trim()}`;
    return 'another program';
  }
}

function pragma(db: DatabaseSync, name: 'user_version' | 'application_id'): number {
  return (db.prepare(`PRAGMA ${name}`).get() as Record<string, number>)[name]!;
}
