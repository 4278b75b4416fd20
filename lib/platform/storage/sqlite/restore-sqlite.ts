import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { openDatabase } from './store-database.ts';

/** How many rows one transaction takes. */
const rowsAtOnce = 1_000;

/**
 * Makes a database out of keys and values, each with a revision of its own above `base`, and forgets the past before the last of them. It is
 * built under another name, and gets `path` when all of it is on disk. Returns the newest revision. Throws OoError (store-errors.ts).
 */
export async function restoreSqlite(
  path: string,
  base: number,
  items: AsyncIterable<{ readonly key: string; readonly value: Uint8Array }>,
): Promise<number> {
  const building = `${path}.restoring`;
  for (const name of [building, `${building}-wal`]) await rm(name, { force: true });
  const database = openDatabase(building);
  let revision = base;
  try {
    const insert = database.db.prepare(
      'INSERT INTO log (revision, key, created, previous, deleted, value) VALUES (?, ?, ?, 0, 0, ?)',
    );
    database.db.exec('BEGIN IMMEDIATE');
    for await (const { key, value } of items) {
      revision++;
      insert.run(revision, key, revision, value);
      if ((revision - base) % rowsAtOnce === 0) {
        database.db.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE); BEGIN IMMEDIATE');
      }
    }
    database.db.exec(`UPDATE meta SET value = ${revision} WHERE name IN ('compacted', 'cleaned'); COMMIT`);
    database.db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } finally {
    database.close();
  }
  const file = await open(building, 'r+');
  await file.sync().finally(() => file.close());
  await rename(building, path);
  const folder = await open(dirname(path), 'r');
  await folder.sync().finally(() => folder.close());
  return revision;
}
