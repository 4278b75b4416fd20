import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { etcdErrors } from './etcd-errors.ts';
import { failureOf } from './etcd-failure.ts';
import { EtcdMembers, type EtcdMembersOptions } from './etcd-members.ts';
import { EtcdWriter } from './etcd-writer.ts';
import { KeySpace } from './key-space.ts';
import { integer, methods, type RequestOp } from './messages.ts';
import { claimStore } from './platform-claim.ts';
import { readRestoreMark, restoreMarkKey, type RestoreMark } from './restore-mark.ts';

/** Writes under way at once: etcd takes them in one sync of its log. */
const writesAtOnce = 128;

/**
 * Writes keys and values below an empty prefix; revisions are told above `base` from then on. What a restore that was cut off has left is
 * removed first. Returns the newest revision. Throws OoError: ETCD_NOT_EMPTY, ETCD_IN_USE while a platform runs there.
 */
export async function restoreEtcd(
  { prefix, ...options }: EtcdMembersOptions & { readonly prefix: string },
  base: number,
  items: AsyncIterable<{ readonly key: string; readonly value: Uint8Array }>,
): Promise<number> {
  const members = new EtcdMembers(options);
  try {
    const claim = await claimStore(members, prefix, { id: randomUUID(), name: `${hostname()}, a restore` });
    try {
      const keys = new KeySpace(prefix, 0);
      const range = keys.range('')!;
      const { count } = await members.call(methods.range, { ...range, countOnly: true });
      const before = await readRestoreMark(members, prefix);
      if (integer(count) > 0 && before?.state !== 'restoring') throw etcdErrors.ETCD_NOT_EMPTY(prefix);
      const commit = async (mark: RestoreMark, ...more: RequestOp[]): Promise<number> => {
        const put = { requestPut: { key: restoreMarkKey(prefix), value: Buffer.from(JSON.stringify(mark)) } };
        const done = await members.call(methods.txn, { compare: [claim.compare()], success: [put, ...more], failure: [] });
        if (!done.succeeded) await claim.renew();
        return done.succeeded ? integer(done.header.revision) : await commit(mark, ...more);
      };
      await commit({ state: 'restoring', base: 0, compacted: 0 }, { requestDeleteRange: range });
      await writeAll(new EtcdWriter(members, keys, claim), items);
      const { header } = await members.call(methods.range, { key: restoreMarkKey(prefix) });
      // The mark itself is the write behind all others.
      const newest = base + integer(header.revision) + 1;
      await commit({ state: 'restored', base, compacted: newest });
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

async function writeAll(
  writer: EtcdWriter,
  items: AsyncIterable<{ readonly key: string; readonly value: Uint8Array }>,
): Promise<void> {
  const all = items[Symbol.asyncIterator]();
  // Nobody else may advance it while one of the writers waits for it.
  let reading: Promise<unknown> = Promise.resolve();
  const next = (): Promise<IteratorResult<{ readonly key: string; readonly value: Uint8Array }>> => {
    const read = reading.then(() => all.next());
    reading = read.catch(() => undefined);
    return read;
  };
  await Promise.all(
    Array.from({ length: writesAtOnce }, async () => {
      for (let item = await next(); item.done !== true; item = await next())
        await writer.write(item.value.key, item.value.value, 0);
    }),
  );
}
