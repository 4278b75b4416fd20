import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CompactedError, type StoreBatch, type StoreEvent } from '../../../../lib/platform/storage/backend.ts';
import { WatchHub, type WatchHubOptions } from '../../../../lib/platform/storage/watch-hub.ts';

function put(revision: number, key = `/${revision}`, size = 1): StoreEvent {
  return { type: 'put', key, value: new Uint8Array(size), revision, createRevision: revision };
}

/** A hub at revision 1 that notes which revisions were read from the log instead of the window. */
function startHub(options: Partial<WatchHubOptions> = {}): { hub: WatchHub; replayed: number[] } {
  const replayed: number[] = [];
  const replay = async (_prefix: string, from: number): Promise<StoreBatch> => {
    replayed.push(from);
    return { events: [put(from)], revision: from };
  };
  return { hub: new WatchHub({ revision: 1, compacted: 0, replay, ...options }), replayed };
}

async function take(watch: AsyncIterator<StoreBatch>): Promise<number[]> {
  const result = await watch.next();
  return result.done === true ? [] : result.value.events.map((event) => event.revision);
}

test('a reader within the window needs no log; one behind it reads the log up to the window', async () => {
  const { hub, replayed } = startHub({ windowEvents: 3 });
  for (let revision = 2; revision <= 7; revision++) hub.publish([put(revision)]);
  const { signal } = new AbortController();
  assert.deepEqual(await take(hub.watch('/', 5, signal)), [5, 6, 7]);
  assert.deepEqual(replayed, []);
  const behind = hub.watch('/', 3, signal);
  assert.deepEqual([await take(behind), await take(behind), await take(behind)], [[3], [4], [5, 6, 7]]);
  assert.deepEqual(replayed, [3, 4]);
});

test('the window is bounded by bytes as well', async () => {
  const { hub, replayed } = startHub({ windowBytes: 10_000 });
  for (let revision = 2; revision <= 20; revision++) hub.publish([put(revision, '/a', 4000)]);
  assert.deepEqual(await take(hub.watch('/', 19, new AbortController().signal)), [19, 20]);
  await take(hub.watch('/', 18, new AbortController().signal));
  assert.deepEqual(replayed, [18]);
  hub.publish([put(21, '/a', 50_000)]);
  await take(hub.watch('/', 21, new AbortController().signal));
  assert.deepEqual(replayed, [18, 21]);
});

test('a reader that sleeps while others are written to does not fall behind a compaction', async () => {
  const { hub, replayed } = startHub({ windowEvents: 2, progressMs: 60_000 });
  const watch = hub.watch('/mine/', 2, new AbortController().signal);
  const next = take(watch);
  for (let revision = 2; revision <= 50; revision++) hub.publish([put(revision, '/theirs')]);
  hub.compact(50);
  hub.publish([put(51, '/mine/a')]);
  assert.deepEqual(await next, [51]);
  assert.deepEqual(replayed, []);
});

test('below the compaction a watch is refused', async () => {
  const { hub } = startHub({ revision: 10, compacted: 5 });
  await assert.rejects(take(hub.watch('/', 4, new AbortController().signal)), CompactedError);
});

test('a failed store fails its watches, also those that begin later', async () => {
  const { hub } = startHub();
  const asleep = take(hub.watch('/', 2, new AbortController().signal));
  hub.end(new Error('the disk is gone'));
  await assert.rejects(asleep, /the disk is gone/);
  await assert.rejects(take(hub.watch('/', 2, new AbortController().signal)), /the disk is gone/);
});

test('a gap in what is published is a bug and thrown', () => {
  const { hub } = startHub();
  assert.throws(() => hub.publish([put(3)]), /expected revision 2, got 3/);
});
