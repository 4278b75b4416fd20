import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { prefixEnd } from '../keys.ts';
import { BytePacker } from './packed-bytes.ts';
import type { EventTuple, ItemTuple, ListRequest } from './store-protocol.ts';

interface ItemRow {
  readonly key: string;
  readonly revision: number;
  readonly created: number;
  readonly value: Uint8Array;
}

interface EventRow extends ItemRow {
  readonly deleted: number;
  readonly previous: number;
  readonly before: Uint8Array | null;
}

export interface ItemPage {
  readonly items: readonly ItemTuple[];
  readonly values: Uint8Array<ArrayBuffer>;
  /** False when the page was cut off before the range or the limit ended. */
  readonly last: boolean;
}

/** A page is cut off behind the row that passes one of these, so that no read holds up the writes for long. */
const pageRows = 500;
const pageBytes = 1 << 20;
/** How many revisions one replay step looks at. */
const replaySpan = 1000;

/** What stands behind every key: SQLite sorts a BLOB behind any TEXT. */
const endOfKeys = Uint8Array.of(0);

/** The state of every key at a revision, from the index alone. */
const stateAt = `
  SELECT key, max(revision) AS revision, deleted FROM log INDEXED BY log_key
  WHERE key >= ? AND key < ? AND revision <= ? GROUP BY key HAVING NOT deleted`;

/** Reads the log, a bounded page at a time. */
export class LogReader {
  readonly #get: StatementSync;
  readonly #list: StatementSync;
  readonly #count: StatementSync;
  readonly #replay: StatementSync;

  constructor(db: DatabaseSync) {
    this.#get = db.prepare('SELECT key, revision, created, deleted, value FROM log WHERE key = ? ORDER BY revision DESC LIMIT 1');
    this.#list = db.prepare(`
      SELECT log.key, log.revision, log.created, log.value FROM (${stateAt} ORDER BY key LIMIT ?) AS state
      CROSS JOIN log ON log.revision = state.revision ORDER BY state.key`);
    this.#count = db.prepare(`SELECT count(*) AS count FROM (${stateAt})`);
    // The unary plus keeps the planner on the revisions' order.
    this.#replay = db.prepare(`
      SELECT e.key, e.revision, e.created, e.deleted, e.previous, e.value, p.value AS before
      FROM log AS e LEFT JOIN log AS p ON p.revision = e.previous
      WHERE e.revision >= ? AND e.revision <= ? AND +e.key >= ? AND +e.key < ? ORDER BY e.revision`);
  }

  /** The key's current value, as a page of one item or none. */
  get(key: string): ItemPage {
    const row = this.#get.get(key) as (ItemRow & { readonly deleted: number }) | undefined;
    if (row === undefined || row.deleted === 1) return { items: [], values: new Uint8Array(0), last: true };
    return { items: [itemTuple(row)], values: new Uint8Array(row.value), last: true };
  }

  /** Keys and values under the prefix at a revision. */
  list(request: ListRequest, revision: number): ItemPage {
    const rows = Math.min(request.limit ?? pageRows, pageRows);
    const values = new BytePacker();
    const items: ItemTuple[] = [];
    for (const row of this.#list.iterate(...range(request), revision, rows) as Iterable<ItemRow>) {
      items.push(itemTuple(row));
      values.add(row.value);
      if (values.length >= pageBytes) break;
    }
    const last = values.length < pageBytes && (items.length < rows || rows === request.limit);
    return { items, values: values.finish(), last: last || items.length === request.limit };
  }

  /** How many keys there are under the prefix at a revision. */
  count(request: ListRequest, revision: number): number {
    return (this.#count.get(...range(request), revision) as { count: number }).count;
  }

  /** Events under the prefix from a revision on, and the revision that was looked at last. */
  replay(
    prefix: string,
    from: number,
    newest: number,
  ): { events: readonly EventTuple[]; values: Uint8Array<ArrayBuffer>; revision: number } {
    const to = Math.min(from + replaySpan - 1, newest);
    const values = new BytePacker();
    const events: EventTuple[] = [];
    const bounds = range({ prefix, after: undefined });
    for (const row of this.#replay.iterate(from, to, ...bounds) as Iterable<EventRow>) {
      const before = row.before ?? undefined;
      const length = values.add(row.value);
      events.push([
        row.key,
        row.revision,
        row.created,
        length,
        row.deleted,
        row.previous,
        before === undefined ? 0 : values.add(before),
      ]);
      if (values.length >= pageBytes) return { events, values: values.finish(), revision: row.revision };
    }
    return { events, values: values.finish(), revision: to };
  }
}

function range({ prefix, after }: Pick<ListRequest, 'prefix' | 'after'>): [string, string | Uint8Array] {
  // A key's next neighbour is the key with a NUL behind it.
  const start = after !== undefined && Buffer.compare(Buffer.from(after), Buffer.from(prefix)) >= 0 ? `${after}\0` : prefix;
  return [start, prefixEnd(prefix) ?? endOfKeys];
}

function itemTuple(row: ItemRow): ItemTuple {
  return [row.key, row.revision, row.created, row.value.byteLength];
}
