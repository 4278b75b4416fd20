import type { Allocations } from '../../api/allocations.ts';
import { newInternalError, newInvalid } from '../../api/status-error.ts';
import type { Backend } from '../../storage/backend.ts';
import type { ObjectCache } from './object-cache.ts';
import type { QuotaReceipt } from '../quota/quota-ledger.ts';
import { ALLOCATIONS, resourcePrefix } from './storage-key.ts';
import { addressPool, candidates, portPool, type ValuePool } from './value-pool.ts';

type PoolName = 'clusterIPs' | 'nodePorts';

export interface AllocationRanges {
  /** CIDR. */
  readonly clusterIPs: string;
  /** `FROM-TO`. */
  readonly nodePorts: string;
  /** Addresses that one service alone may have, by its `namespace/name`, whether it is there or not. @default there are none */
  readonly reservedIPs?: ReadonlyMap<string, string>;
}

/** Whose claim it is: the object's storage key and uid, so that a claim whose object is gone can be found. */
export interface Claimant {
  readonly key: string;
  readonly uid: string;
}

interface ClaimRecord extends Claimant {
  /** Milliseconds since the epoch. */
  readonly at: number;
}

const SERVICES = { group: '', plural: 'services' };

/** A claim younger than this may belong to a write that is still on its way. */
const ORPHAN_AGE = 60_000;

const allocationKey = (pool: PoolName, value: string): string => `${ALLOCATIONS}${pool}/${value}`;

/**
 * Claims in the store: one key per value, made by compare-and-swap. A write that fails gives back what it claimed; what it
 * wanted to release stays claimed until it has succeeded. A crash between the two leaves a claim without an object, which
 * `repair` finds.
 */
export class AllocationLedger {
  readonly #backend: Backend;
  readonly #cache: ObjectCache;
  readonly #pools: Record<PoolName, ValuePool>;
  readonly #reserved: ReadonlyMap<string, string>;
  readonly #now: () => number;

  constructor(backend: Backend, cache: ObjectCache, ranges: AllocationRanges, now: () => number) {
    this.#backend = backend;
    this.#cache = cache;
    this.#pools = { clusterIPs: addressPool(ranges.clusterIPs), nodePorts: portPool(ranges.nodePorts) };
    this.#reserved = ranges.reservedIPs ?? new Map();
    this.#now = now;
  }

  /** The allocations of one write. Call `commit` after it succeeded, `rollback` after it failed. */
  begin(claimant: Claimant, dryRun: boolean): AllocationScope {
    return new AllocationScope(this, claimant, dryRun);
  }

  pool(name: PoolName): ValuePool {
    return this.#pools[name];
  }

  taken(pool: PoolName, value: string): boolean {
    return this.#cache.allocations.has(allocationKey(pool, value));
  }

  /** Whether the value is kept for another object. */
  kept(pool: PoolName, value: string, { key }: Claimant): boolean {
    const service = pool === 'clusterIPs' ? this.#reserved.get(value) : undefined;
    return service !== undefined && key !== `${resourcePrefix(SERVICES)}${service}`;
  }

  async claim(pool: PoolName, value: string, claimant: Claimant): Promise<boolean> {
    const record: ClaimRecord = { ...claimant, at: this.#now() };
    const result = await this.#backend.create(allocationKey(pool, value), Buffer.from(JSON.stringify(record)));
    return result.ok;
  }

  async release(pool: PoolName, value: string, claimant: Claimant): Promise<void> {
    const key = allocationKey(pool, value);
    for (let attempt = 0; attempt < 5; attempt++) {
      const { item } = await this.#backend.get(key);
      if (item === undefined) return;
      // Somebody else's by now: the value was given back before and claimed again.
      if (parseRecord(item.value)?.uid !== claimant.uid) return;
      if ((await this.#backend.delete(key, item.revision)).ok) return;
    }
  }

  /** Gives back what belongs to no object any more. Returns how many values that were. */
  async repair(): Promise<number> {
    let released = 0;
    for (const [key, { value, revision }] of this.#cache.allocations) {
      const record = parseRecord(value);
      if (record !== undefined && (this.#now() - record.at < ORPHAN_AGE || this.#lives(record))) continue;
      if ((await this.#backend.delete(key, revision)).ok) released++;
    }
    return released;
  }

  #lives(record: ClaimRecord): boolean {
    const prefix = record.key.split('/').slice(0, 4).join('/');
    return this.#cache.resource(`${prefix}/`).get(record.key)?.object.metadata.uid === record.uid;
  }
}

/** The claims and releases of one write. */
export class AllocationScope implements Allocations {
  readonly #ledger: AllocationLedger;
  readonly #claimant: Claimant;
  readonly #dryRun: boolean;
  readonly #claimed: [PoolName, string][] = [];
  readonly #released: [PoolName, string][] = [];
  readonly #receipts: QuotaReceipt[] = [];

  constructor(ledger: AllocationLedger, claimant: Claimant, dryRun: boolean) {
    this.#ledger = ledger;
    this.#claimant = claimant;
    this.#dryRun = dryRun;
  }

  range(pool: PoolName): string {
    return this.#ledger.pool(pool).range;
  }

  async claim(pool: PoolName, value: string): Promise<boolean> {
    if (!this.#ledger.pool(pool).holds(value) || this.#ledger.kept(pool, value, this.#claimant)) return false;
    if (this.#dryRun) return !this.#ledger.taken(pool, value);
    const ok = await this.#ledger.claim(pool, value, this.#claimant);
    if (ok) this.#claimed.push([pool, value]);
    return ok;
  }

  async claimNext(pool: PoolName): Promise<string> {
    for (const value of candidates(this.#ledger.pool(pool)))
      if (!this.#ledger.taken(pool, value) && (await this.claim(pool, value))) return value;
    // registry/core/service: the texts of a failed allocation.
    if (pool === 'clusterIPs') throw newInternalError('failed to allocate a serviceIP: range is full');
    throw newInvalid({ group: '', kind: 'Service' }, '', [
      {
        reason: 'FieldValueInvalid',
        field: 'spec.ports[0].nodePort',
        message: 'Invalid value: 0: failed to allocate a nodePort: range is full',
      },
    ]);
  }

  release(pool: PoolName, value: string): Promise<void> {
    if (!this.#dryRun) this.#released.push([pool, value]);
    return Promise.resolve();
  }

  /** What was taken of quotas for the write: it goes back when the write fails. */
  readonly charged = (receipt: QuotaReceipt): void => void this.#receipts.push(receipt);

  /** The write is in the store: what it uses, it uses. */
  written(): void {
    for (const receipt of this.#receipts.splice(0)) receipt.settle();
  }

  /** The write is in the store: what it gave up may go. */
  async commit(): Promise<void> {
    this.written();
    for (const [pool, value] of this.#released.splice(0)) await this.#ledger.release(pool, value, this.#claimant);
  }

  /** The write did not happen: what it claimed goes back. */
  async rollback(): Promise<void> {
    for (const receipt of this.#receipts.splice(0)) await receipt.refund();
    for (const [pool, value] of this.#claimed.splice(0)) await this.#ledger.release(pool, value, this.#claimant);
  }
}

function parseRecord(value: Uint8Array): ClaimRecord | undefined {
  try {
    return JSON.parse(Buffer.from(value).toString('utf8')) as ClaimRecord;
  } catch {
    return undefined;
  }
}
