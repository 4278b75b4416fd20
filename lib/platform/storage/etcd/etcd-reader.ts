import { CompactedError, FutureRevisionError, type KeyValue, type StoreList } from '../backend.ts';
import { failureOf } from './etcd-failure.ts';
import type { EtcdMembers } from './etcd-members.ts';
import type { KeySpace } from './key-space.ts';
import { integer, methods, type RangeResponse } from './messages.ts';

/** Keys of the first page of a list; those that follow grow or shrink towards `pageBytes` of values. */
const firstPage = 100;
const largestPage = 2_000;
const pageBytes = 2 << 20;
/** How often a list begins anew when somebody else's compaction overtakes it. */
const mostStarts = 3;

/** Reads, all linearizable: what a read finds is at least as new as every write that was answered before. */
export class EtcdReader {
  readonly #members: EtcdMembers;
  readonly #keys: KeySpace;
  /** Revisions that lists under way read at: compaction waits for them. */
  readonly #reading = new Map<Promise<unknown>, number>();
  #compacted: number;

  constructor(members: EtcdMembers, keys: KeySpace, compacted: number) {
    this.#members = members;
    this.#keys = keys;
    this.#compacted = compacted;
  }

  /** Reads below it are refused. */
  get compacted(): number {
    return this.#compacted;
  }

  /** Refuses reads below `revision` from now on. */
  forget(revision: number): void {
    this.#compacted = Math.max(this.#compacted, revision);
  }

  /** Resolves when no list below `revision` is under way. */
  async finished(revision: number): Promise<void> {
    const below = [...this.#reading].filter(([, at]) => at < revision).map(([list]) => list);
    await Promise.allSettled(below);
  }

  async currentRevision(): Promise<number> {
    const { header } = await this.#members.call(methods.range, { key: this.#keys.key('/') });
    return this.#keys.revision(integer(header.revision));
  }

  async get(key: string): Promise<{ item: KeyValue | undefined; revision: number }> {
    const { header, kvs } = await this.#members.call(methods.range, { key: this.#keys.key(key) });
    return { item: kvs[0] && this.#keys.item(kvs[0]), revision: this.#keys.revision(integer(header.revision)) };
  }

  async list(prefix: string, options: { limit?: number; after?: string; revision?: number }): Promise<StoreList> {
    const listing = this.#list(prefix, options);
    // A list of the present reads at no older revision than the newest known one.
    this.#reading.set(listing, options.revision ?? this.#keys.revision(this.#members.newest));
    return await listing.finally(() => this.#reading.delete(listing));
  }

  async #list(prefix: string, options: { limit?: number; after?: string; revision?: number }): Promise<StoreList> {
    const { limit = 0, after, revision } = options;
    if (revision !== undefined && revision < this.#compacted) throw new CompactedError(revision, this.#compacted);
    const range = this.#keys.range(prefix, after);
    if (range === undefined) return { items: [], revision: revision ?? (await this.currentRevision()), remaining: 0 };
    for (let start = 1; ; start++) {
      try {
        return await this.#pages(range, limit, revision);
      } catch (error) {
        // Ours waits for lists; this one was somebody else's. A list of the present has no past to insist on.
        if (!(error instanceof CompactedError) || revision !== undefined || start === mostStarts) throw error;
      }
    }
  }

  async #pages(range: { key: Buffer; rangeEnd: Buffer }, limit: number, asked: number | undefined): Promise<StoreList> {
    const items: KeyValue[] = [];
    let at = asked;
    let size = firstPage;
    let { key } = range;
    for (;;) {
      const most = limit === 0 ? size : Math.min(size, limit - items.length);
      const page = await this.#page({ key, rangeEnd: range.rangeEnd, limit: most }, at);
      at ??= this.#keys.revision(integer(page.header.revision));
      for (const pair of page.kvs) items.push(this.#keys.item(pair));
      const left = integer(page.count) - page.kvs.length;
      if (!page.more || items.length === limit) return { items, revision: at, remaining: left };
      const bytes = page.kvs.reduce((sum, { value }) => sum + value.length, 0);
      size = Math.ceil(Math.min(largestPage, 4 * size, page.kvs.length * (pageBytes / Math.max(bytes, 1))));
      key = Buffer.concat([page.kvs.at(-1)!.key, Buffer.of(0)]);
    }
  }

  /** One page at a revision that is kept for as long as this takes. */
  async #page(range: { key: Buffer; rangeEnd: Buffer; limit: number }, at: number | undefined): Promise<RangeResponse> {
    const revision = at === undefined ? 0 : this.#keys.ofEtcd(at);
    if (at !== undefined && revision <= 0) throw new CompactedError(at!, this.#compacted);
    return await this.#members.call(methods.range, { ...range, revision }).catch(async (error: unknown) => {
      const { kind } = failureOf(error);
      if (kind === 'compacted') throw new CompactedError(at!, Math.max(this.#compacted, at! + 1));
      if (kind === 'future') throw new FutureRevisionError(at!, await this.currentRevision());
      throw error;
    });
  }
}
