import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Backend, CompactedError, FutureRevisionError } from '../../../lib/platform/storage/backend.ts';
import { bytes, done, Follower, type OpenFixture, text } from './backend-fixture.ts';

/** `/a` = a1@2 a2@4 a3@7, `/b` = b1@3 deleted@5, `/c` = c1@6. */
async function history(backend: Backend): Promise<void> {
  await done(backend.create('/a', bytes('a1')));
  await done(backend.create('/b', bytes('b1')));
  await done(backend.update('/a', bytes('a2'), 2));
  await done(backend.delete('/b', 3));
  await done(backend.create('/c', bytes('c1')));
  await done(backend.update('/a', bytes('a3'), 4));
}

async function firstError(watch: AsyncIterable<unknown>): Promise<unknown> {
  try {
    for await (const _ of watch) return undefined;
  } catch (error) {
    return error;
  }
  return undefined;
}

/** Forgetting the past, and refusing to make it up. */
export function compactionSuite(open: OpenFixture): void {
  test('behind a compaction, reads and watches are refused; from it on, all is there', async () => {
    await using fixture = await open();
    const { backend } = fixture;
    await history(backend);
    await backend.compact(5);
    const compacted = (error: unknown): boolean =>
      error instanceof CompactedError && error.requested === 4 && error.compacted === 5;
    await assert.rejects(backend.list('/', { revision: 4 }), compacted);
    assert.ok(compacted(await firstError(backend.watch('/', 4, new AbortController().signal))));
    const at5 = await backend.list('/', { revision: 5 });
    assert.deepEqual(
      at5.items.map((item) => `${item.key}=${text(item.value)}`),
      ['/a=a2'],
    );
    const follower = new Follower(backend, '/', 5);
    await follower.reached(7);
    assert.deepEqual(follower.lines(), [
      'delete /b@5 created 3: b1 (was b1@3)',
      'put /c@6 created 6: c1',
      'put /a@7 created 2: a3 (was a2@4)',
    ]);
    await follower.stop();
  });

  test('what is current survives every compaction', async () => {
    await using fixture = await open();
    const { backend } = fixture;
    await history(backend);
    await backend.compact(7);
    await done(backend.create('/d', bytes('d1')));
    await backend.compact(8);
    const { items } = await backend.list('/');
    assert.deepEqual(
      items.map((item) => `${item.key}=${text(item.value)}@${item.revision}/${item.createRevision}`),
      ['/a=a3@7/2', '/c=c1@6/6', '/d=d1@8/8'],
    );
    await done(backend.update('/a', bytes('a4'), 7));
    await done(backend.create('/b', bytes('b2')));
    assert.equal((await backend.get('/b')).item?.createRevision, 10);
  });

  test('compacting further back does nothing; the future cannot be compacted', async () => {
    await using fixture = await open();
    const { backend } = fixture;
    await history(backend);
    await backend.compact(5);
    await backend.compact(3);
    assert.equal((await backend.list('/', { revision: 5 })).items.length, 1);
    await assert.rejects(backend.compact(8), FutureRevisionError);
    assert.equal((await backend.list('/', { revision: 6 })).items.length, 2);
  });

  test('a watch that keeps up does not notice a compaction', async () => {
    await using fixture = await open();
    const { backend } = fixture;
    const follower = new Follower(backend, '/', 2);
    await history(backend);
    await follower.reached(7);
    await backend.compact(7);
    await done(backend.create('/d', bytes('d1')));
    await follower.reached(8);
    assert.deepEqual(
      follower.events.map((event) => event.revision),
      [2, 3, 4, 5, 6, 7, 8],
    );
    await follower.stop();
  });

  test('pages of a list that a compaction overtook are refused, not mixed', async () => {
    await using fixture = await open();
    const { backend } = fixture;
    await history(backend);
    const first = await backend.list('/', { limit: 1, revision: 6 });
    await backend.compact(7);
    await assert.rejects(backend.list('/', { limit: 1, after: first.items[0]!.key, revision: 6 }), CompactedError);
  });

  test('a list that began before a compaction is not torn by it', async () => {
    await using fixture = await open();
    const { backend } = fixture;
    await Promise.all(Array.from({ length: 3000 }, (_, i) => done(backend.create(`/many/${i}`, bytes('old')))));
    const listing = backend.list('/many/');
    const { items } = await backend.list('/many/', { limit: 1000 });
    await Promise.all(items.map((item) => done(backend.update(item.key, bytes('new'), item.revision))));
    await backend.compact(await backend.currentRevision());
    const listed = await listing;
    assert.equal(listed.items.length, 3000);
    assert.ok(listed.items.every((item) => text(item.value) === 'old' && item.revision <= listed.revision));
  });
}
