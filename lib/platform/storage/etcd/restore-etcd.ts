import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { etcdErrors } from './etcd-errors.ts';
import { failureOf } from './etcd-failure.ts';
import { EtcdMembers, type EtcdMembersOptions } from './etcd-members.ts';
import { KeySpace } from './key-space.ts';
import { integer, methods, type RequestOp } from './messages.ts';
import { claimStore } from './platform-claim.ts';
import { readRestoreMark, restoreMarkKey, type RestoreMark } from './restore-mark.ts';

/** Seconds for which one that was killed keeps the next one waiting. */
const ttl = 5;

/** What one transaction may be: etcd takes 128 operations and 1.5 MiB unless it is told otherwise. Each is one sync of its log. */
const most = { writes: 100, bytes: 512 * 1024 };

/**
 * Writes keys and values below an empty prefix; revisions are told above `base` from then on. What a restore that was cut off has left is
 * removed first. Returns the newest revision. Throws OoError: ETCD_NOT_EMPTY, ETCD_IN_USE while a platform runs there.
 */
export async function restoreEtcd(
  { prefix, ...options }: EtcdMembersOptions & { readonly prefix: string },
  base: number,
  items: AsyncIterable<Item>,
): Promise<number> {
  const members = new EtcdMembers(options);
  try {
    const claim = await claimStore(members, prefix, { id: randomUUID(), name: `${hostname()}, a restore`, ttl });
    try {
      const keys = new KeySpace(prefix, 0);
      const range = keys.range('')!;
      const { count } = await members.call(methods.range, { ...range, countOnly: true });
      const before = await readRestoreMark(members, prefix);
      if (integer(count) > 0 && before?.state !== 'restoring') throw etcdErrors.ETCD_NOT_EMPTY(prefix);
      // One whose answer was lost is made again, which changes nothing.
      const commit = async (...success: readonly RequestOp[]): Promise<void> => {
        const done = await members.call(methods.txn, { compare: [claim.compare()], success, failure: [] });
        if (done.succeeded) return;
        await claim.renew();
        await commit(...success);
      };
      const mark = (value: RestoreMark): RequestOp => put(restoreMarkKey(prefix), Buffer.from(JSON.stringify(value)));
      await commit(mark({ state: 'restoring', base: 0, compacted: 0 }), { requestDeleteRange: range });
      for await (const batch of batches(items)) await commit(...batch.map(({ key, value }) => put(keys.key(key), value)));
      const { header } = await members.call(methods.range, { key: restoreMarkKey(prefix) });
      // The mark itself is the write behind all others.
      const newest = base + integer(header.revision) + 1;
      await commit(mark({ state: 'restored', base, compacted: newest }));
      return newest;
    } finally {
      await claim.release();
    }
  } catch (error) {
    const failure = failureOf(error);
    throw failure.kind === 'judged' ? error : etcdErrors.ETCD_UNREACHABLE(members.urls, failure.why, { cause: error });
  } finally {
    members.close();
  }
}

interface Item {
  readonly key: string;
  readonly value: Uint8Array;
}

const put = (key: Buffer, value: Uint8Array): RequestOp => ({ requestPut: { key, value } });

/** What goes into a transaction each; what is too large for one among others is alone. */
async function* batches(items: AsyncIterable<Item>): AsyncGenerator<readonly Item[]> {
  let batch: Item[] = [];
  let bytes = 0;
  for await (const item of items) {
    const size = item.key.length + item.value.length;
    if (batch.length === most.writes || (batch.length > 0 && bytes + size > most.bytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(item);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
