import { type CompactionPolicy, CompactionSchedule } from '../compaction-schedule.ts';
import { Compactor } from './compactor.ts';
import { LogReader } from './log-reader.ts';
import { LogWriter } from './log-writer.ts';
import type { StoreDatabase } from './store-database.ts';
import { explainSqlite, isFatal, packError } from './store-errors.ts';
import type { BatchRequest, ReadReply, ReadRequest, StoreMessage } from './store-protocol.ts';

type ListTask = Extract<ReadRequest, { type: 'list' }> & { readonly at: number };

type Send = (message: StoreMessage, transfer?: ArrayBuffer[]) => void;

/** Pages in the write-ahead log after which it is written back into the database. */
const checkpointPages = 1000;

/** Serves batches: writes first, in one transaction, then the reads, a page at a time; upkeep in between. */
export class StoreService {
  readonly #database: StoreDatabase;
  readonly #send: Send;
  readonly #writer: LogWriter;
  readonly #reader: LogReader;
  readonly #compactor: Compactor;
  readonly #schedule: CompactionSchedule;
  /** Lists that have pages to come, each at a revision of its own that compaction spares. */
  readonly #lists: ListTask[] = [];
  /** Who waits for every free page to be gone, and how large the database was. */
  readonly #defragmenting: { readonly id: number; readonly before: number }[] = [];
  /** Whether the last upkeep step may have left something to do. */
  #upkeep = true;
  /** Whether the last step was a page: upkeep takes turns with lists, so that neither can starve the other. */
  #listed = false;

  constructor(database: StoreDatabase, policy: CompactionPolicy, send: Send) {
    this.#database = database;
    this.#send = send;
    this.#writer = new LogWriter(database.db);
    this.#reader = new LogReader(database.db);
    this.#compactor = new Compactor(database.db);
    this.#schedule = new CompactionSchedule(policy);
  }

  get revision(): number {
    return this.#writer.revision;
  }

  get compacted(): number {
    return this.#compactor.compacted;
  }

  /** Answers a group of batches. Throws only what the store cannot survive. */
  serve(group: readonly BatchRequest[]): void {
    const writing = group.filter((batch) => batch.writes.length > 0);
    if (writing.length > 0) this.#commit(writing);
    const replies = group.flatMap((batch) => batch.reads.flatMap((read) => this.#read(read)));
    if (replies.length > 0) this.#reply(replies);
  }

  /** Whether `work` has something to do. */
  hasWork(): boolean {
    return this.#lists.length > 0 || this.#upkeep || this.#writer.dirtyPages >= checkpointPages;
  }

  /** One short step: the next page of a list, or some upkeep. */
  work(): void {
    const upkeep = this.#upkeep || this.#writer.dirtyPages >= checkpointPages;
    this.#listed = this.#lists.length > 0 && !(this.#listed && upkeep);
    if (this.#listed) this.#reply([this.#listPage(this.#lists.shift()!)]);
    else if (this.#writer.dirtyPages >= checkpointPages) this.#checkpoint();
    else if (this.#upkeep) this.#compactSome();
  }

  compactBySchedule(): void {
    // Not the clock of the day, which may jump.
    const target = this.#schedule.target(performance.now(), this.revision);
    if (target > this.compacted) this.#compact(target);
  }

  /** Answers what is still owed before the end. */
  finish(): void {
    for (let task = this.#lists.shift(); task !== undefined; task = this.#lists.shift()) this.#reply([this.#listPage(task)]);
    this.#tellDefragmented();
  }

  #commit(batches: readonly BatchRequest[]): void {
    try {
      const { outcomes, previous } = this.#writer.commit(batches);
      const requests = batches.map((batch) => batch.values);
      this.#send({ type: 'committed', outcomes, requests, previous }, [...requests, previous].map(buffer));
    } catch (error) {
      const explained = explainSqlite(error, this.#database.path);
      if (isFatal(explained)) throw error;
      // One that fits would still be refused with its group: with no space left that is a matter of luck anyway.
      this.#send({ type: 'failed', batches: batches.length, error: packError(explained) });
    }
  }

  /** The answer, unless it comes later. */
  #read(read: ReadRequest): ReadReply | [] {
    try {
      return this.#answer(read);
    } catch (error) {
      const explained = explainSqlite(error, this.#database.path);
      if (isFatal(explained)) throw error;
      return { id: read.id, type: 'error', error: packError(explained) };
    }
  }

  #answer(read: ReadRequest): ReadReply | [] {
    const { id } = read;
    switch (read.type) {
      case 'get':
        return { id, type: 'items', ...this.#reader.get(read.key), revision: this.revision, remaining: 0 };
      case 'replay':
        if (read.from < this.compacted) return { id, type: 'compacted', requested: read.from, compacted: this.compacted };
        return { id, type: 'events', ...this.#reader.replay(read.prefix, read.from, this.revision) };
      case 'list': {
        const at = read.revision ?? this.revision;
        if (at > this.revision) return { id, type: 'future', requested: at, current: this.revision };
        if (at < this.compacted) return { id, type: 'compacted', requested: at, compacted: this.compacted };
        return this.#listPage({ ...read, at });
      }
      case 'compact':
        if (read.revision > this.revision) return { id, type: 'future', requested: read.revision, current: this.revision };
        if (read.revision > this.compacted) this.#compact(read.revision);
        return { id, type: 'done' };
      case 'defragment':
        this.#defragmenting.push({ id, before: this.#compactor.size() });
        this.#compactor.giveBackAll();
        this.#upkeep = true;
        return [];
    }
  }

  /** The next page of a list; queues the one behind it. */
  #listPage(task: ListTask): ReadReply {
    const page = this.#reader.list(task, task.at);
    const limit = task.limit === undefined ? undefined : task.limit - page.items.length;
    const after = page.items.at(-1)?.[0] ?? task.after;
    const next = { ...task, after, limit };
    if (!page.last) this.#lists.push(next);
    // What the list held back can be cleaned now.
    else if (this.#lists.length === 0) this.#upkeep = true;
    const cutOff = page.last && limit === 0;
    const remaining = cutOff ? this.#reader.count(next, task.at) : 0;
    return { id: task.id, type: 'items', ...page, revision: task.at, remaining };
  }

  #checkpoint(): void {
    this.#writer.dirtyPages = 0;
    this.#database.db.exec('PRAGMA wal_checkpoint(PASSIVE)');
  }

  #compactSome(): void {
    // Set first: a step that fails for want of space is tried again after the next compaction, not in a loop.
    this.#upkeep = false;
    const pages = this.#upkeepStep();
    this.#writer.dirtyPages += pages;
    this.#upkeep = pages > 0;
    if (!this.#upkeep && this.#defragmenting.length > 0) this.#tellDefragmented();
  }

  #upkeepStep(): number {
    try {
      return this.#compactor.step(this.#pinned());
    } catch (error) {
      const reason = packError(explainSqlite(error, this.#database.path));
      this.#reply(this.#defragmenting.splice(0).map(({ id }) => ({ id, type: 'error', error: reason })));
      throw error;
    }
  }

  #tellDefragmented(): void {
    if (this.#defragmenting.length === 0) return;
    // Until the log is written back the file is as long as it was.
    this.#checkpoint();
    const after = this.#compactor.size();
    this.#reply(this.#defragmenting.splice(0).map(({ id, before }) => ({ id, type: 'defragmented', before, after })));
  }

  #compact(revision: number): void {
    this.#compactor.compact(revision);
    this.#upkeep = true;
    this.#send({ type: 'compacted', revision });
  }

  #pinned(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#lists.map((task) => task.at));
  }

  #reply(replies: readonly ReadReply[]): void {
    const values = replies.flatMap((reply) => ('values' in reply ? [buffer(reply.values)] : []));
    this.#send({ type: 'reads', replies }, values);
  }
}

function buffer(bytes: Uint8Array<ArrayBuffer>): ArrayBuffer {
  return bytes.buffer;
}
