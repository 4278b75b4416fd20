import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** How many revisions one step cleans, and pages one step gives back: a step takes a few milliseconds. */
const stepRevisions = 500;
const stepPages = 256;

/** Forgets the past, in steps small enough that a write never waits long. */
export class Compactor {
  readonly #db: DatabaseSync;
  readonly #setMeta: StatementSync;
  readonly #deleteSuperseded: StatementSync;
  readonly #deleteTombstones: StatementSync;
  #compacted: number;
  #cleaned: number;
  /** Whether there may be free pages to give back. */
  #vacuum = true;
  /** Whether the last free page is to go, too. */
  #thorough = false;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#setMeta = db.prepare('UPDATE meta SET value = ? WHERE name = ?');
    // A row names what it superseded, so each row before the compaction condemns one other, and itself if it is a delete.
    this.#deleteSuperseded = db.prepare(
      'DELETE FROM log WHERE revision IN (SELECT previous FROM log WHERE revision >= ? AND revision < ?)',
    );
    this.#deleteTombstones = db.prepare('DELETE FROM log WHERE revision >= ? AND revision < ? AND deleted = 1');
    const meta = new Map(
      db
        .prepare('SELECT name, value FROM meta')
        .all()
        .map((row) => [row['name'], Number(row['value'])]),
    );
    this.#compacted = meta.get('compacted') ?? 0;
    this.#cleaned = meta.get('cleaned') ?? 0;
  }

  /** Reads below it are refused. */
  get compacted(): number {
    return this.#compacted;
  }

  /** Refuses reads below `revision` from now on, on disk; the rows go in later steps. */
  compact(revision: number): void {
    this.#setMeta.run(revision, 'compacted');
    this.#compacted = revision;
  }

  /**
   * Does one step of what is left to do, sparing what reads at revision `pinned` still need. Returns the pages written, 0
   * when there is nothing to do.
   */
  step(pinned: number): number {
    const end = Math.min(this.#compacted, pinned, this.#cleaned + stepRevisions);
    if (end > this.#cleaned) return this.#clean(end);
    return this.#vacuum ? this.#giveBack() : 0;
  }

  /** Has the steps to come give back every free page. */
  giveBackAll(): void {
    this.#vacuum = true;
    this.#thorough = true;
  }

  /** Bytes of the database. */
  size(): number {
    return this.#count('page_count') * this.#count('page_size');
  }

  #clean(end: number): number {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const superseded = this.#deleteSuperseded.run(this.#cleaned, end);
      const deleted = this.#deleteTombstones.run(this.#cleaned, end);
      this.#setMeta.run(end, 'cleaned');
      this.#db.exec('COMMIT');
      this.#cleaned = end;
      this.#vacuum = true;
      return 2 + 2 * Number(superseded.changes) + 2 * Number(deleted.changes);
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  /** Shrinks the file when at least a quarter of it is free; less is kept for the writes to come. */
  #giveBack(): number {
    const free = this.#count('freelist_count');
    this.#vacuum = this.#thorough ? free > 0 : free > stepPages && free * 4 > this.#count('page_count');
    if (!this.#vacuum) {
      this.#thorough = false;
      return 0;
    }
    this.#db.exec(`PRAGMA incremental_vacuum(${stepPages})`);
    return 2 * stepPages;
  }

  #count(name: 'freelist_count' | 'page_count' | 'page_size'): number {
    return Number(this.#db.prepare(`PRAGMA ${name}`).get()?.[name]);
  }
}
