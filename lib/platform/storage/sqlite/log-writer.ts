import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { BytePacker, ByteReader } from './packed-bytes.ts';
import { type BatchRequest, type WriteOutcome, writeKinds, type WriteTuple } from './store-protocol.ts';

/** The newest row of a key. */
interface Newest {
  readonly revision: number;
  readonly created: number;
  readonly deleted: number;
  readonly value: Uint8Array;
}

export interface CommitResult {
  readonly outcomes: readonly WriteOutcome[];
  /** Previous or current values that the outcomes speak of, end to end. */
  readonly previous: Uint8Array<ArrayBuffer>;
}

const nothing = new Uint8Array(0);

/** Appends writes to the log: all that wait, in one transaction. */
export class LogWriter {
  readonly #db: DatabaseSync;
  readonly #begin: StatementSync;
  readonly #commitAll: StatementSync;
  readonly #newest: StatementSync;
  readonly #insert: StatementSync;
  #revision: number;
  /** Rough number of pages written since it was last set to 0. */
  dirtyPages = 0;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#commitAll = db.prepare('COMMIT');
    this.#newest = db.prepare('SELECT revision, created, deleted, value FROM log WHERE key = ? ORDER BY revision DESC LIMIT 1');
    this.#insert = db.prepare('INSERT INTO log (revision, key, created, previous, deleted, value) VALUES (?, ?, ?, ?, ?, ?)');
    // The newest row is never compacted, so the highest id is the revision. Fresh stores start at 1, as etcd does.
    const { newest } = db.prepare('SELECT max(revision) AS newest FROM log').get() as { newest: number | null };
    this.#revision = newest ?? 1;
  }

  /** The newest committed revision. */
  get revision(): number {
    return this.#revision;
  }

  /**
   * Runs every write of the batches in one transaction (group commit) and returns once it is on disk: COMMIT returns
   * after the sync. Throws, with nothing written, when it cannot be.
   */
  commit(batches: readonly BatchRequest[]): CommitResult {
    const outcomes: WriteOutcome[] = [];
    const previous = new BytePacker();
    let revision = this.#revision;
    this.#begin.run();
    try {
      for (const batch of batches) {
        const values = new ByteReader(batch.values);
        for (const write of batch.writes) {
          const outcome = this.#write(write, values.next(write[3]), revision + 1, previous);
          outcomes.push(outcome);
          if (outcome[0] !== 0) revision = outcome[0];
        }
      }
      this.#commitAll.run();
    } catch (error) {
      // On a full disk SQLite may have rolled back by itself.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
    this.#revision = revision;
    return { outcomes, previous: previous.finish() };
  }

  #write([kind, key, expected]: WriteTuple, value: Uint8Array, revision: number, previous: BytePacker): WriteOutcome {
    const newest = this.#newest.get(key) as Newest | undefined;
    const current = newest === undefined || newest.deleted === 1 ? undefined : newest;
    const length = current === undefined ? 0 : previous.add(current.value);
    if (current?.revision !== (writeKinds[kind] === 'create' ? undefined : expected))
      return [0, current?.created ?? 0, current?.revision ?? 0, length];
    const created = current?.created ?? revision;
    const deleted = writeKinds[kind] === 'delete' ? 1 : 0;
    this.#insert.run(revision, key, created, current?.revision ?? 0, deleted, deleted === 1 ? nothing : value);
    // A leaf of the table and one of the index, and what the value overflows into.
    this.dirtyPages += 2 + (value.byteLength >> 12);
    return [revision, created, current?.revision ?? 0, length];
  }
}
