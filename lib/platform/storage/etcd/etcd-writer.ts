import { OutcomeUnknownError, StoreFullError, StoreUnavailableError, ValueTooLargeError, type WriteResult } from '../backend.ts';
import { failureOf } from './etcd-failure.ts';
import type { EtcdMembers } from './etcd-members.ts';
import type { KeySpace } from './key-space.ts';
import {
  type Compare,
  compareTargets,
  integer,
  methods,
  type StoredPair,
  type TxnRequest,
  type TxnResponse,
} from './messages.ts';

/** What keeps another platform's writes out (platform-claim.ts): one more comparison in each transaction. */
export interface Fence {
  /** Must hold for a write to be done. */
  compare(): Compare;
  /** Puts things right after a comparison that failed, or throws: this platform may not write any more. */
  renew(): Promise<void>;
}

/** A write: `expected` is in etcd's revisions, 0 wants the key absent; a value of undefined deletes. */
interface Write {
  readonly key: Buffer;
  readonly value: Uint8Array | undefined;
  readonly expected: number;
}

/** The writes of one key that are under way, and which revisions of it those that are done have superseded. */
interface KeyWrites {
  pending: number;
  /** What etcd has been asked and has not answered. */
  readonly calls: Set<Promise<unknown>>;
  readonly superseded: Set<number>;
}

/**
 * Compare-and-swap writes as transactions. A write whose answer was lost is made again: whatever became of the first, only one of
 * the two can succeed. When the second is refused, what is there tells whether the first was done, since a revision of a key is
 * superseded once, and this process knows of its own writes which those were.
 */
export class EtcdWriter {
  readonly #members: EtcdMembers;
  readonly #keys: KeySpace;
  readonly #fence: Fence | undefined;
  readonly #underWay = new Map<string, KeyWrites>();

  constructor(members: EtcdMembers, keys: KeySpace, fence?: Fence) {
    this.#members = members;
    this.#keys = keys;
    this.#fence = fence;
  }

  /** `expected` is the store's revision; 0 wants the key absent. */
  async write(key: string, value: Uint8Array | undefined, expected: number): Promise<WriteResult> {
    const writes = this.#underWay.get(key) ?? { pending: 0, calls: new Set(), superseded: new Set() };
    if (writes.pending++ === 0) this.#underWay.set(key, writes);
    try {
      const write = { key: this.#keys.key(key), value, expected: expected === 0 ? 0 : this.#keys.ofEtcd(expected) };
      return await this.#write(write, writes);
    } finally {
      if (--writes.pending === 0) this.#underWay.delete(key);
    }
  }

  async #write(write: Write, writes: KeyWrites): Promise<WriteResult> {
    const { expected } = write;
    const began = this.#members.newest;
    let lost: string | undefined;
    for (;;) {
      const request = this.#transaction(write);
      const call = this.#members
        .call(methods.txn, request, { onUnavailable: ({ unsent, why }) => void (unsent || (lost = why)) })
        .then((answer) => {
          if (answer.succeeded) writes.superseded.add(expected);
          return answer;
        });
      const response = await tracked(writes.calls, call).catch((error: unknown) => {
        throw explainWrite(error, lost);
      });
      const revision = this.#keys.revision(integer(response.header.revision));
      if (response.succeeded) return { ok: true, revision };
      if (this.#fence !== undefined && !isWithin(request.compare[1]!, firstOf(response, 1))) {
        await this.#fence.renew();
        continue;
      }
      const current = firstOf(response, 0);
      const refused: WriteResult = { ok: false, current: current && this.#keys.item(current) };
      if (lost === undefined) return refused;
      // Another's success may still be on its way here.
      await Promise.allSettled(writes.calls);
      if (writes.superseded.has(expected)) return refused;
      const at = integer(current?.modRevision ?? 0);
      // What was there before this write began is not its doing, however alike. (Of two deletions nobody can tell.)
      if (at === expected || (current !== undefined && at <= began)) return refused;
      if (!isOutcome(write, current)) throw new OutcomeUnknownError(lost);
      writes.superseded.add(expected);
      return { ok: true, revision: current === undefined ? revision : this.#keys.revision(at) };
    }
  }

  #transaction({ key, value, expected }: Write): TxnRequest {
    const compare: Compare[] = [{ key, target: compareTargets.mod, modRevision: expected }];
    const failure = [{ requestRange: { key } }];
    if (this.#fence !== undefined) {
      const held = this.#fence.compare();
      compare.push(held);
      failure.push({ requestRange: { key: held.key } });
    }
    const success = value === undefined ? { requestDeleteRange: { key } } : { requestPut: { key, value } };
    return { compare, success: [success], failure };
  }
}

/** The promise, which is in the set for as long as it is open. */
function tracked<T>(open: Set<Promise<unknown>>, promise: Promise<T>): Promise<T> {
  open.add(promise);
  return promise.finally(() => open.delete(promise));
}

const firstOf = (response: TxnResponse, index: number): StoredPair | undefined =>
  response.responses[index]?.responseRange?.kvs[0];

const isWithin = (fence: Compare, held: StoredPair | undefined): boolean => integer(held?.modRevision ?? 0) === fence.modRevision;

/** Whether what is there is what the write would have left. */
function isOutcome({ value }: Write, current: StoredPair | undefined): boolean {
  if (value === undefined || current === undefined) return value === undefined && current === undefined;
  return Buffer.compare(current.value, value) === 0;
}

function explainWrite(error: unknown, lost: string | undefined): unknown {
  if (error instanceof StoreUnavailableError) return lost === undefined ? error : new OutcomeUnknownError(lost, { cause: error });
  const failure = failureOf(error);
  if (failure.kind === 'too-large') return new ValueTooLargeError(failure.why, { cause: error });
  if (failure.kind === 'full') return new StoreFullError(failure.why, { cause: error });
  return error;
}
