import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Backend } from '../../../lib/platform/storage/backend.ts';
import { bytes, done, Follower, line, type OpenFixture } from './backend-fixture.ts';

/** Runs `writers` at once, each making `each` keys under `prefix` and updating and deleting some of them. */
async function churn(backend: Backend, prefix: string, writers: number, each: number): Promise<void> {
  await Promise.all(
    Array.from({ length: writers }, async (_, w) => {
      for (let i = 0; i < each; i++) {
        const key = `${prefix}${w}/${i}`;
        const created = await done(backend.create(key, bytes('one')));
        if (i % 2 === 0) await done(backend.update(key, bytes('two'), created));
        else if (i % 3 === 0) await done(backend.delete(key, created));
      }
    }),
  );
}

/** Every revision from `from` to `to`, once, in order. */
function assertGapless(revisions: readonly number[], from: number, to: number): void {
  assert.deepEqual(
    revisions,
    Array.from({ length: to - from + 1 }, (_, i) => from + i),
  );
}

/** Watches: the past, the present, and the seam between them. */
export function watchSuite(open: OpenFixture): void {
  test('a watch tells what happened to a key, with the values before', async () => {
    await using fixture = await open();
    const { backend } = fixture;
    const follower = new Follower(backend, '/a', 2);
    await done(backend.create('/a', bytes('one')));
    await done(backend.update('/a', bytes('two'), 2));
    await done(backend.delete('/a', 3));
    await done(backend.create('/a', bytes('three')));
    await follower.reached(5);
    const expected = [
      'put /a@2 created 2: one',
      'put /a@3 created 2: two (was one@2)',
      'delete /a@4 created 2: two (was two@3)',
      'put /a@5 created 5: three',
    ];
    assert.deepEqual(follower.lines(), expected);
    await follower.stop();
    const later = new Follower(backend, '/a', 1);
    await later.reached(5);
    assert.deepEqual(later.lines(), expected);
    await later.stop();
  });

  test('a watch sees its prefix only, from its revision only', async () => {
    await using fixture = await open();
    const { backend } = fixture;
    for (const key of ['/registry/pods/a', '/registry/podsx/a', '/registry/pods/b', '/other'])
      await done(backend.create(key, bytes('x')));
    const follower = new Follower(backend, '/registry/pods/', 3);
    await follower.reached(5);
    assert.deepEqual(
      follower.events.map((event) => event.key),
      ['/registry/pods/b'],
    );
    await done(backend.create('/registry/podsx/c', bytes('x')));
    await done(backend.create('/registry/pods/c', bytes('x')));
    await follower.reached(7);
    assert.deepEqual(
      follower.events.map((event) => event.key),
      ['/registry/pods/b', '/registry/pods/c'],
    );
    await follower.stop();
  });

  test('under concurrent writes every watch sees every revision once and in order, whenever it began', async () => {
    await using fixture = await open();
    const { backend } = fixture;
    const followers = [new Follower(backend, '/', 2)];
    const churning = churn(backend, '/churn/', 8, 30);
    for (let i = 0; i < 10; i++) {
      await done(backend.create(`/tick/${i}`, bytes('x')));
      followers.push(new Follower(backend, '/', 2));
    }
    await churning;
    const last = await backend.currentRevision();
    for (const follower of followers) {
      await follower.reached(last);
      assertGapless(
        follower.events.map((event) => event.revision),
        2,
        last,
      );
      assert.deepEqual(follower.lines(), followers[0]!.lines());
      assertGapless([...new Set(follower.batches.flatMap((batch) => batch.events.map((event) => event.revision)))], 2, last);
      await follower.stop();
    }
  });

  test('a list and a watch from behind it make the current state', async () => {
    await using fixture = await open();
    const { backend } = fixture;
    const churning = churn(backend, '/state/', 4, 40);
    await done(backend.create('/tick', bytes('x')));
    const listed = await backend.list('/state/');
    const state = new Map(listed.items.map((item) => [item.key, item.revision]));
    const follower = new Follower(backend, '/state/', listed.revision + 1);
    await churning;
    const end = await backend.list('/state/');
    await follower.reached(end.revision);
    for (const event of follower.events) {
      if (event.type === 'put') state.set(event.key, event.revision);
      else assert.ok(state.delete(event.key), `delete of ${event.key}, which was not there`);
    }
    assert.deepEqual([...state].sort(), end.items.map((item) => [item.key, item.revision]).sort());
    await follower.stop();
  });

  test('a slow reader gets everything, and holds up no write', async () => {
    await using fixture = await open();
    const { backend } = fixture;
    const gate = Promise.withResolvers<void>();
    const follower = new Follower(backend, '/', 2, () => gate.promise);
    await churn(backend, '/slow/', 8, 40);
    const last = await backend.currentRevision();
    gate.resolve();
    await follower.reached(last);
    assertGapless(
      follower.events.map((event) => event.revision),
      2,
      last,
    );
    await follower.stop();
  });

  test('large values replay whole', async () => {
    await using fixture = await open();
    const { backend } = fixture;
    let revision = await done(backend.create('/large', new Uint8Array(600_000).fill(2)));
    while (revision < 8) revision = await done(backend.update('/large', new Uint8Array(600_000).fill(revision + 1), revision));
    const follower = new Follower(backend, '/', 2);
    await follower.reached(8);
    assertGapless(
      follower.events.map((event) => event.value[599_999]!),
      2,
      8,
    );
    assertGapless(
      follower.events.slice(1).map((event) => event.previous!.value[599_999]!),
      2,
      7,
    );
    await follower.stop();
  });

  test('who has been told of a write finds it in a watch at once', async () => {
    await using fixture = await open();
    const { backend } = fixture;
    const abort = new AbortController();
    const watch = backend.watch('/', 2, abort.signal)[Symbol.asyncIterator]();
    for (let revision = 2; revision < 20; revision++) {
      const next = watch.next();
      await done(backend.create(`/${revision}`, bytes('x')));
      const batch = await next;
      assert.ok(batch.done !== true);
      assert.deepEqual(
        batch.value.events.map((event) => event.revision),
        [revision],
      );
    }
    abort.abort();
    assert.equal((await watch.next()).done, true);
  });

  test('a quiet watch hears of progress: after its past, and of writes elsewhere', async () => {
    await using fixture = await open();
    const { backend } = fixture;
    for (let i = 0; i < 10; i++) await done(backend.create(`/elsewhere/${i}`, bytes('x')));
    const follower = new Follower(backend, '/quiet/', 2);
    await follower.reached(11);
    await done(backend.create('/elsewhere/more', bytes('x')));
    await follower.reached(12);
    assert.deepEqual(follower.events, []);
    assert.deepEqual(
      follower.batches.map((batch) => batch.revision),
      [11, 12],
    );
    await follower.stop();
  });

  test('a watch from the future waits for its revision', async () => {
    await using fixture = await open();
    const { backend } = fixture;
    const follower = new Follower(backend, '/', 4);
    for (let i = 0; i < 4; i++) await done(backend.create(`/${i}`, bytes('x')));
    await follower.reached(5);
    assert.deepEqual(
      follower.events.map((event) => event.revision),
      [4, 5],
    );
    await follower.stop();
  });

  test('abort ends a watch, asleep or not begun; close ends all of them', async () => {
    await using fixture = await open();
    const { backend } = fixture;
    const asleep = new Follower(backend, '/', 2);
    await asleep.stop();
    const aborted = backend.watch('/', 2, AbortSignal.abort())[Symbol.asyncIterator]();
    assert.equal((await aborted.next()).done, true);
    const others = [new Follower(backend, '/', 2), new Follower(backend, '/x', 2)];
    await done(backend.create('/a', bytes('x')));
    await backend.close();
    await Promise.all(others.map((other) => other.ended));
  });

  test('a reader that leaves its loop leaves nothing behind', async () => {
    await using fixture = await open();
    const { backend } = fixture;
    await done(backend.create('/a', bytes('x')));
    const { signal } = new AbortController();
    for await (const batch of backend.watch('/', 2, signal)) {
      assert.equal(batch.events.map(line).join(), 'put /a@2 created 2: x');
      break;
    }
    await done(backend.create('/b', bytes('x')));
  });
}
