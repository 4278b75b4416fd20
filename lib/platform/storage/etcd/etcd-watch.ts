import type { ClientDuplexStream } from '@grpc/grpc-js';
import { setTimeout as delay } from 'node:timers/promises';
import { backoffDelay } from '../../../common/retry.ts';
import { CompactedError, type StoreBatch, type StoreEvent } from '../backend.ts';
import { failureOf } from './etcd-failure.ts';
import { quieten } from './etcd-member.ts';
import type { EtcdMembers } from './etcd-members.ts';
import type { KeySpace } from './key-space.ts';
import { integer, methods, type WatchRequest, type WatchResponse } from './messages.ts';

export interface EtcdWatchOptions {
  readonly prefix: string;
  readonly from: number;
  /** Aborts when the reader wants no more, and when the store closes. */
  readonly signal: AbortSignal;
  /** Within how many ms the watch hears of revisions that it does not see. */
  readonly progressMs: number;
  /** The store's oldest revision that reads are not refused for, now. */
  readonly compacted: () => number;
}

type Stream = ClientDuplexStream<WatchRequest, WatchResponse>;

/**
 * Backend.watch: one watch of etcd's at a time, on a stream of its own, so that a slow reader is held back by HTTP/2's flow control and
 * becomes a cursor over etcd's log. A stream that breaks is followed by another, on the next member, from the first revision that
 * the reader has not been given.
 */
export async function* watchEtcd(
  members: EtcdMembers,
  keys: KeySpace,
  options: EtcdWatchOptions,
): AsyncGenerator<StoreBatch, void, undefined> {
  const { from, signal, compacted } = options;
  if (from < compacted()) throw new CompactedError(from, compacted());
  let told = from - 1;
  for (let failures = 0; !signal.aborted; failures++) {
    const member = members.inUse();
    try {
      await members.ready();
      for await (const batch of readStream(member.stream(methods.watch), { members, keys, options, told: () => told })) {
        failures = 0;
        told = batch.revision;
        yield batch;
        if (signal.aborted) return;
      }
      members.leave(member, 'the watch was ended');
    } catch (error) {
      if (signal.aborted) return;
      const failure = failureOf(error);
      if (error instanceof CompactedError || failure.kind !== 'unavailable') throw error;
      members.leave(member, failure.why);
    }
    if (failures > 0)
      await delay(backoffDelay({ base: 20, cap: 1_000, jitter: 0.5 }, failures), undefined, { signal }).catch(() => undefined);
  }
}

interface Reading {
  readonly members: EtcdMembers;
  readonly keys: KeySpace;
  readonly options: EtcdWatchOptions;
  /** The last revision that the reader was given. */
  readonly told: () => number;
}

/** The batches of one stream, from what the reader has been told on. Throws what ends it, CompactedError among that. */
async function* readStream(stream: Stream, reading: Reading): AsyncGenerator<StoreBatch, void, undefined> {
  const { members, keys, options, told } = reading;
  const cancel = (): void => quieten(stream);
  options.signal.addEventListener('abort', cancel, { once: true });
  const timer = setInterval(() => {
    if (keys.revision(members.newest) > told()) stream.write({ progressRequest: {} });
  }, options.progressMs).unref();
  try {
    if (options.signal.aborted) return;
    const range = keys.range(options.prefix);
    const startRevision = Math.max(keys.ofEtcd(told() + 1), 1);
    // No key can lie there, but progress does.
    const within = range ?? { key: keys.key('\0'), rangeEnd: keys.key('\0\0') };
    stream.write({ createRequest: { ...within, startRevision, prevKv: true, fragment: true } });
    for await (const response of stream as AsyncIterable<WatchResponse>) {
      if (response.canceled) throw cancellation(response, keys, told() + 1);
      members.answered(response.header);
      if (response.events.length > 0) {
        const events = response.events.map((event) => storeEvent(event, keys, told() + 1));
        yield { events, revision: events.at(-1)!.revision };
      } else if (!response.created) {
        const revision = keys.revision(integer(response.header.revision));
        if (revision > told()) yield { events: [], revision };
      }
    }
  } finally {
    clearInterval(timer);
    options.signal.removeEventListener('abort', cancel);
    quieten(stream);
  }
}

function cancellation({ compactRevision, cancelReason }: WatchResponse, keys: KeySpace, next: number): Error {
  const compacted = integer(compactRevision);
  // What happened at the compacted revision itself is there, but not what it superseded.
  if (compacted > 0) return new CompactedError(next, keys.revision(compacted) + 1);
  return new Error(cancelReason);
}

function storeEvent({ type, kv, prevKv }: WatchResponse['events'][number], keys: KeySpace, next: number): StoreEvent {
  const { key, revision, createRevision, value } = keys.item(kv);
  const previous = prevKv ? { previous: { value: prevKv.value, revision: keys.revision(integer(prevKv.modRevision)) } } : {};
  if (type === 0) {
    // Somebody else's compaction has taken what this one superseded.
    if (createRevision !== revision && !prevKv) throw new CompactedError(next, revision + 1);
    return { type: 'put', key, value, revision, createRevision, ...previous };
  }
  if (!prevKv) throw new CompactedError(next, revision + 1);
  return {
    type: 'delete',
    key,
    value: prevKv.value,
    revision,
    createRevision: keys.revision(integer(prevKv.createRevision)),
    ...previous,
  };
}
