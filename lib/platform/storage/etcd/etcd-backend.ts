import {
  type Backend,
  type DefragmentedFile,
  FutureRevisionError,
  type KeyValue,
  type StoreBatch,
  type StoreList,
  type WriteResult,
} from '../backend.ts';
import { type CompactionPolicy, CompactionSchedule, defaultCompaction } from '../compaction-schedule.ts';
import { checkKey } from '../keys.ts';
import { etcdErrors } from './etcd-errors.ts';
import { failureOf } from './etcd-failure.ts';
import { EtcdMembers, type EtcdMembersOptions } from './etcd-members.ts';
import { EtcdReader } from './etcd-reader.ts';
import { watchEtcd } from './etcd-watch.ts';
import { EtcdWriter, type Fence } from './etcd-writer.ts';
import { KeySpace } from './key-space.ts';
import { integer, methods } from './messages.ts';
import { claimStore, type Claim, type ClaimOptions } from './platform-claim.ts';
import { readRestoreMark } from './restore-mark.ts';

export interface EtcdBackendOptions extends EtcdMembersOptions {
  /** Every key of the store lies below it: begins with a slash, does not end with one. */
  readonly prefix: string;
  /** Keeps every other platform from writing below the prefix. @default nobody is kept out */
  readonly claim?: ClaimOptions;
  /** Called once when the claim is lost to another platform. Every write rejects from then on. */
  readonly onFailure?: (error: Error) => void;
  /** How much of the past is kept. @default defaultCompaction */
  readonly compaction?: Partial<CompactionPolicy>;
  /** Within how many ms a watch hears of revisions that it does not see. @default 50 */
  readonly progressMs?: number;
}

/** Defragmenting holds a member up for as long as it copies its file. */
const defragmentMs = 10 * 60_000;

/**
 * Opens the store in an etcd (3.4.31, 3.5.13 or newer). Revisions are etcd's own. Throws OoError (etcd-errors.ts) when no member answers,
 * when it is too old, refuses, or another platform writes there.
 */
export async function openEtcdBackend(options: EtcdBackendOptions): Promise<Backend> {
  const members = new EtcdMembers(options);
  try {
    const mark = await readRestoreMark(members, options.prefix);
    if (mark?.state === 'restoring') throw etcdErrors.ETCD_RESTORE_UNFINISHED(options.prefix);
    const claim = options.claim && (await claimStore(members, options.prefix, options.claim, options.onFailure));
    return new EtcdBackend(members, new KeySpace(options.prefix, mark?.base ?? 0), mark?.compacted ?? 0, {
      ...options,
      held: claim,
    });
  } catch (error) {
    members.close();
    const failure = failureOf(error);
    throw failure.kind === 'judged' ? error : etcdErrors.ETCD_UNREACHABLE(members.urls, failure.why, { cause: error });
  }
}

class EtcdBackend implements Backend {
  readonly #members: EtcdMembers;
  readonly #keys: KeySpace;
  readonly #reader: EtcdReader;
  readonly #writer: EtcdWriter;
  readonly #claim: Claim | undefined;
  readonly #progressMs: number;
  readonly #upkeep: NodeJS.Timeout | undefined;
  readonly #closed = new AbortController();
  readonly #underWay = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(
    members: EtcdMembers,
    keys: KeySpace,
    compacted: number,
    options: Pick<EtcdBackendOptions, 'compaction' | 'progressMs'> & { readonly held: (Claim & Fence) | undefined },
  ) {
    this.#members = members;
    this.#keys = keys;
    this.#claim = options.held;
    this.#reader = new EtcdReader(members, keys, compacted);
    this.#writer = new EtcdWriter(members, keys, options.held);
    this.#progressMs = options.progressMs ?? 50;
    this.#upkeep = this.#compactBySchedule({ ...defaultCompaction, ...options.compaction });
  }

  async currentRevision(): Promise<number> {
    return await this.#while(() => this.#reader.currentRevision());
  }

  async get(key: string): Promise<{ item: KeyValue | undefined; revision: number }> {
    checkKey(key);
    return await this.#while(() => this.#reader.get(key));
  }

  async list(prefix: string, options: { limit?: number; after?: string; revision?: number } = {}): Promise<StoreList> {
    return await this.#while(() => this.#reader.list(prefix, options));
  }

  create(key: string, value: Uint8Array): Promise<WriteResult> {
    return this.#write(key, value, 0);
  }

  update(key: string, value: Uint8Array, expected: number): Promise<WriteResult> {
    return this.#write(key, value, expected, true);
  }

  delete(key: string, expected: number): Promise<WriteResult> {
    return this.#write(key, undefined, expected, true);
  }

  watch(prefix: string, from: number, signal: AbortSignal): AsyncIterable<StoreBatch> {
    this.#checkOpen();
    return watchEtcd(this.#members, this.#keys, {
      prefix,
      from,
      signal: AbortSignal.any([signal, this.#closed.signal]),
      progressMs: this.#progressMs,
      compacted: () => this.#reader.compacted,
    });
  }

  async compact(revision: number): Promise<void> {
    await this.#while(() => this.#compact(revision));
  }

  failure(): string | undefined {
    return this.#members.failure();
  }

  /** One member after the other, as etcd's documentation asks for: the others go on serving. */
  async defragment(): Promise<readonly DefragmentedFile[]> {
    this.#checkOpen();
    const done: DefragmentedFile[] = [];
    for (const member of this.#members.all) {
      const before = await member.call(methods.status, {}, defragmentMs);
      await member.call(methods.defragment, {}, defragmentMs);
      const after = await member.call(methods.status, {}, defragmentMs);
      done.push({ of: member.url, before: integer(before.dbSize), after: integer(after.dbSize) });
    }
    return done;
  }

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#upkeep);
    await Promise.allSettled(this.#underWay);
    this.#closed.abort();
    await this.#claim?.release();
    this.#members.close();
  }

  /** `update` and `delete` want the key there, whatever revision they name. */
  async #write(key: string, value: Uint8Array | undefined, expected: number, there = false): Promise<WriteResult> {
    checkKey(key);
    if (!key.startsWith('/')) throw new TypeError(`invalid storage key ${JSON.stringify(key)}: it must begin with a slash`);
    return await this.#while(async () => {
      if (there && expected <= this.#keys.base) return { ok: false, current: (await this.#reader.get(key)).item };
      return await this.#writer.write(key, value, expected);
    });
  }

  /** Compacts etcd to just before: of a write at `revision` itself, etcd still tells what it superseded. */
  async #compact(revision: number): Promise<void> {
    const newest = await this.#reader.currentRevision();
    if (revision > newest) throw new FutureRevisionError(revision, newest);
    if (revision <= this.#reader.compacted) return;
    this.#reader.forget(revision);
    await this.#reader.finished(revision);
    const target = this.#keys.ofEtcd(revision) - 1;
    if (target < 1) return;
    await this.#members.call(methods.compact, { revision: target }).catch((error: unknown) => {
      if (failureOf(error).kind !== 'compacted') throw error;
    });
  }

  #compactBySchedule(policy: CompactionPolicy): NodeJS.Timeout | undefined {
    if (policy.intervalMs === 0) return undefined;
    const schedule = new CompactionSchedule(policy);
    const look = async (): Promise<void> => {
      const target = schedule.target(performance.now(), await this.currentRevision());
      if (target > this.#reader.compacted) await this.compact(target);
    };
    // What fails now is due at the next look, too; whoever uses the store hears of it from their own calls.
    return setInterval(() => void look().catch(() => undefined), policy.intervalMs).unref();
  }

  /** Runs a call that `close` waits for. */
  async #while<T>(call: () => Promise<T>): Promise<T> {
    this.#checkOpen();
    const running = call();
    this.#underWay.add(running);
    return await running.finally(() => this.#underWay.delete(running));
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw etcdErrors.ETCD_CLOSED(this.#members.urls);
  }
}
