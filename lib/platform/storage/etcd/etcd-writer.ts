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
    const writes = this.#underWay.get(key) ?? { pending: 0, superseded: new Set() };
    if (writes.pending++ === 0) this.#underWay.set(key, writes);
    try {
      const write = { key: this.#keys.key(key), value, expected: expected === 0 ? 0 : this.#keys.ofEtcd(expected) };
      return await this.#write(write, writes.superseded);
    } finally {
      if (--writes.pending === 0) this.#underWay.delete(key);
    }
  }

  async #write(write: Write, superseded: Set<number>): Promise<WriteResult> {
    let lost: string | undefined;
    for (;;) {
      const request = this.#transaction(write);
      const response = await this.#members
        .call(methods.txn, request, { onUnavailable: ({ unsent, why }) => void (unsent || (lost = why)) })
        .catch((error: unknown) => {
          throw explainWrite(error, lost);
        });
      const revision = this.#keys.revision(integer(response.header.revision));
      if (response.succeeded) {
        superseded.add(write.expected);
        return { ok: true, revision };
      }
      if (this.#fence !== undefined && !isWithin(request.compare[1]!, firstOf(response, 1))) {
        await this.#fence.renew();
        continue;
      }
      const current = firstOf(response, 0);
      const mayBeOurs =
        lost !== undefined && !superseded.has(write.expected) && integer(current?.modRevision ?? 0) !== write.expected;
      if (!mayBeOurs) return { ok: false, current: current && this.#keys.item(current) };
      if (!isOutcome(write, current)) throw new OutcomeUnknownError(lost!);
      superseded.add(write.expected);
      return { ok: true, revision: current === undefined ? revision : this.#keys.item(current).revision };
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
