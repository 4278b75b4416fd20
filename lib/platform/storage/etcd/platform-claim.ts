import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { OoError } from '../../../common/errors.ts';
import { etcdErrors } from './etcd-errors.ts';
import type { EtcdMembers } from './etcd-members.ts';
import type { Fence } from './etcd-writer.ts';
import { type Compare, compareTargets, type Int64, integer, methods } from './messages.ts';

/** Of a platform's claim, in seconds. */
const usualTtl = 15;

export interface ClaimOptions {
  /** Names the platform for good: who holds a claim under the same id is an earlier run of the same one, and is dead. */
  readonly id: string;
  /** Named to others, for people: `HOST, process PID`. */
  readonly name: string;
  /** Seconds after which the claim of a platform that is not heard of ends. @default 15 */
  readonly ttl?: number;
}

/** The right to write below a prefix, held by one platform at a time. */
export interface Claim extends Fence {
  /** Lets the next one in. */
  release(): Promise<void>;
}

interface Holder {
  readonly id: string;
  /** Of the process alone: who succeeds an earlier run is succeeded by a later one, and does not take the claim back. */
  readonly run: string;
  readonly name: string;
}

/**
 * Takes the claim: a key under a lease, beside the store's keys. Each write compares its revision, so that a platform that slept
 * through the end of its lease cannot write after another has begun. Throws ETCD_IN_USE once it is certain that the holder lives: within
 * a third of the lease's time; a holder that is dead is waited for.
 */
export async function claimStore(
  members: EtcdMembers,
  prefix: string,
  options: ClaimOptions,
  onLost: (error: Error) => void = () => undefined,
): Promise<Claim> {
  const claim = new PlatformClaim(members, prefix, options, onLost);
  await claim.take();
  return claim;
}

class PlatformClaim implements Claim {
  readonly #members: EtcdMembers;
  readonly #prefix: string;
  readonly #key: Buffer;
  readonly #holder: Holder;
  readonly #ttl: number;
  readonly #onLost: (error: Error) => void;
  readonly #released = new AbortController();
  #lease: Int64 = 0;
  #revision = 0;
  #renewing: Promise<void> | undefined;
  #lost: Error | undefined;
  #keeping: Promise<void> | undefined;

  constructor(members: EtcdMembers, prefix: string, { id, name, ttl = usualTtl }: ClaimOptions, onLost: (error: Error) => void) {
    this.#members = members;
    this.#prefix = prefix;
    this.#key = Buffer.from(`${prefix}.master`);
    this.#holder = { id, run: randomUUID(), name };
    this.#ttl = ttl;
    this.#onLost = onLost;
  }

  compare(): Compare {
    return { key: this.#key, target: compareTargets.mod, modRevision: this.#revision };
  }

  async take(): Promise<void> {
    let left = Number.POSITIVE_INFINITY;
    let patience = 2_000 * this.#ttl;
    for (const began = performance.now(); ;) {
      const other = await this.#acquire(({ id }) => id === this.#holder.id);
      if (other === undefined) break;
      const reply = await this.#members.call(methods.leaseLeft, { ID: other.lease });
      const ttl = integer(reply.TTL);
      // A lease that ends is waited for, however short this one's own is.
      if (ttl >= 0) patience = 2_000 * Math.max(this.#ttl, usualTtl);
      // Its holder has renewed it in the meantime; or it is under no lease that ends.
      if (ttl > left || performance.now() - began > patience) throw etcdErrors.ETCD_IN_USE(this.#prefix, other.holder.name);
      left = ttl;
      await delay(500);
    }
    this.#keeping = this.#keep();
  }

  renew(): Promise<void> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    this.#renewing ??= this.#renew().finally(() => (this.#renewing = undefined));
    return this.#renewing;
  }

  async release(): Promise<void> {
    this.#released.abort();
    await this.#keeping;
    // It ends by itself when etcd does not answer now.
    if (this.#lost === undefined)
      await this.#members
        .inUse()
        .call(methods.revokeLease, { ID: this.#lease }, 1_000)
        .catch(() => undefined);
  }

  async #renew(): Promise<void> {
    const other = await this.#acquire(({ run }) => run === this.#holder.run);
    if (other === undefined) return;
    this.#lost = etcdErrors.ETCD_TAKEN_OVER(this.#prefix, other.holder.name);
    this.#onLost(this.#lost);
    throw this.#lost;
  }

  /** Takes the claim when nobody has it, or somebody whom this one may succeed; otherwise says who has. */
  async #acquire(mine: (holder: Holder) => boolean): Promise<{ readonly holder: Holder; readonly lease: Int64 } | undefined> {
    const lease = (await this.#members.call(methods.grantLease, { TTL: this.#ttl })).ID;
    const value = Buffer.from(JSON.stringify(this.#holder));
    let seen = 0;
    for (;;) {
      const response = await this.#members.call(methods.txn, {
        compare: [{ key: this.#key, target: compareTargets.mod, modRevision: seen }],
        success: [{ requestPut: { key: this.#key, value, lease } }],
        failure: [{ requestRange: { key: this.#key } }],
      });
      if (response.succeeded) {
        this.#lease = lease;
        this.#revision = integer(response.header.revision);
        return undefined;
      }
      const held = response.responses[0]?.responseRange?.kvs[0];
      const holder = held && holderOf(held.value);
      if (holder !== undefined && !mine(holder)) {
        await this.#members.call(methods.revokeLease, { ID: lease });
        return { holder, lease: held!.lease };
      }
      // An attempt of ours whose answer was lost may have taken it; under another lease it is taken again.
      seen = integer(held?.modRevision ?? 0);
    }
  }

  async #keep(): Promise<void> {
    const { signal } = this.#released;
    for (;;) {
      await delay((this.#ttl * 1_000) / 5, undefined, { signal }).catch(() => undefined);
      if (signal.aborted || this.#lost !== undefined) return;
      await this.#keepOnce().catch((error: unknown) => {
        // etcd does not answer: its own clock of leases stands still meanwhile, and the next turn tries again.
        if (error instanceof OoError && error.code === 'ETCD_TAKEN_OVER') return;
      });
    }
  }

  async #keepOnce(): Promise<void> {
    const member = await this.#members.ready();
    const reply = await member.exchange(methods.keepLease, { ID: this.#lease }, 2_000).catch((error: unknown) => {
      this.#members.leave(member, String((error as Error).message));
      throw error;
    });
    this.#members.answered(reply.header);
    if (integer(reply.TTL) <= 0) await this.renew();
  }
}

/** Whoever else has written there is nobody whom we could succeed. */
function holderOf(value: Buffer): Holder {
  try {
    const holder = JSON.parse(value.toString('utf8')) as Partial<Holder> | null;
    return { id: '', run: '', name: 'an unknown host', ...holder };
  } catch {
    return { id: '', run: '', name: 'an unknown host' };
  }
}
