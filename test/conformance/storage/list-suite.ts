import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Backend } from '../../../lib/platform/storage/backend.ts';
import { FutureRevisionError } from '../../../lib/platform/storage/backend.ts';
import { bytes, done, type OpenFixture, text } from './backend-fixture.ts';

async function keys(backend: Backend, prefix: string, options?: Parameters<Backend['list']>[1]): Promise<string[]> {
  return (await backend.list(prefix, options)).items.map((item) => item.key);
}

async function fill(backend: Backend, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => done(backend.create(name, bytes(`value of ${name}`)))));
}

/** Ranges, pages, snapshots of the past. */
export function listSuite(open: OpenFixture): void {
  test('a prefix takes exactly the keys that start with it', async () => {
    await using fixture = await open();
    const { backend } = fixture;
    await fill(backend, [
      '/registry/pods',
      '/registry/pods/',
      '/registry/pods/a/x',
      '/registry/pods/b/x',
      '/registry/podsx/a',
      '/registry/pod/z',
    ]);
    assert.deepEqual(await keys(backend, '/registry/pods/'), ['/registry/pods/', '/registry/pods/a/x', '/registry/pods/b/x']);
    assert.equal((await backend.list('/registry/pods')).items.length, 5);
    assert.equal((await backend.list('')).items.length, 6);
    assert.deepEqual(await keys(backend, '/registry/podz'), []);
  });

  test('keys come in the byte order of UTF-8, whatever their characters', async () => {
    await using fixture = await open();
    const { backend } = fixture;
    // U+FF5E is one UTF-16 unit above the surrogates, U+1F600 a pair of surrogates: their UTF-16 order is the other way round.
    const names = [
      '/Z',
      '/a',
      '/a-b',
      '/a/b',
      '/a0',
      '/ab',
      '/\u00e9',
      '/\ud7ff',
      '/\ue000',
      '/\uff5e',
      '/\u{1f600}',
      '/\u{10ffff}',
      '/\u{10ffff}x',
    ];
    await fill(backend, names.toReversed());
    const sorted = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    assert.deepEqual(await keys(backend, '/'), sorted);
    for (const name of names)
      assert.deepEqual(
        await keys(backend, name),
        sorted.filter((other) => other.startsWith(name)),
        `prefix ${name}`,
      );
    for (const name of names)
      assert.deepEqual(await keys(backend, '/', { after: name }), sorted.slice(sorted.indexOf(name) + 1), `after ${name}`);
  });

  test('pages at one revision make the whole, whatever is written in between', async () => {
    await using fixture = await open();
    const { backend } = fixture;
    const names = Array.from({ length: 23 }, (_, i) => `/page/${String(i).padStart(3, '0')}`);
    await fill(backend, names);
    const seen: string[] = [];
    const first = await backend.list('/page/', { limit: 5 });
    assert.equal(first.remaining, 18);
    for (let page = first; ;) {
      seen.push(...page.items.map((item) => item.key));
      assert.equal(page.remaining, 23 - seen.length);
      if (page.remaining === 0) break;
      const last = page.items.at(-1)!;
      await done(backend.delete(last.key, last.revision));
      await done(backend.create(`${last.key}-new`, bytes('x')));
      page = await backend.list('/page/', { limit: 5, after: last.key, revision: first.revision });
      assert.equal(page.revision, first.revision);
    }
    assert.deepEqual(seen, names);
  });

  test('a limit that takes everything leaves nothing; `after` need not exist', async () => {
    await using fixture = await open();
    const { backend } = fixture;
    await fill(backend, ['/a', '/b', '/c']);
    assert.deepEqual(
      [await keys(backend, '/', { limit: 3 }), (await backend.list('/', { limit: 3 })).remaining],
      [['/a', '/b', '/c'], 0],
    );
    assert.deepEqual(await keys(backend, '/', { after: '/aa' }), ['/b', '/c']);
    assert.deepEqual(await keys(backend, '/', { after: '/c' }), []);
    assert.deepEqual(await keys(backend, '/b', { after: '/a' }), ['/b']);
    assert.deepEqual(await keys(backend, '/b', { after: '/x' }), []);
  });

  test('a limit of 0 is none; one larger than any page is kept to, also where values are large', async () => {
    await using fixture = await open();
    const { backend } = fixture;
    const names = Array.from({ length: 1700 }, (_, i) => `/page/${String(i).padStart(4, '0')}`);
    await fill(backend, names);
    assert.equal((await backend.list('/page/', { limit: 0 })).items.length, 1700);
    for (const limit of [499, 500, 501, 1000, 1200]) {
      const { items, remaining } = await backend.list('/page/', { limit });
      assert.deepEqual([items.map((item) => item.key), remaining], [names.slice(0, limit), 1700 - limit]);
    }
    for (let i = 0; i < 6; i++) await done(backend.create(`/large/${i}`, new Uint8Array(600_000).fill(i)));
    for (const limit of [1, 2, 4, 5, 6, 7]) {
      const { items, remaining } = await backend.list('/large/', { limit });
      assert.equal(remaining, Math.max(0, 6 - limit));
      assert.deepEqual(
        items.map((item) => [item.value.length, item.value[599_999]]),
        Array.from({ length: Math.min(limit, 6) }, (_, i) => [600_000, i]),
      );
    }
  });

  test('the past reads as it was', async () => {
    await using fixture = await open();
    const { backend } = fixture;
    await done(backend.create('/a', bytes('a1')));
    await done(backend.create('/b', bytes('b1')));
    await done(backend.update('/a', bytes('a2'), 2));
    await done(backend.delete('/b', 3));
    await done(backend.create('/b', bytes('b2')));
    const at = async (revision: number): Promise<unknown> =>
      (await backend.list('/', { revision })).items.map(
        (item) => `${item.key}=${text(item.value)}@${item.revision}/${item.createRevision}`,
      );
    assert.deepEqual(await at(1), []);
    assert.deepEqual(await at(2), ['/a=a1@2/2']);
    assert.deepEqual(await at(3), ['/a=a1@2/2', '/b=b1@3/3']);
    assert.deepEqual(await at(4), ['/a=a2@4/2', '/b=b1@3/3']);
    assert.deepEqual(await at(5), ['/a=a2@4/2']);
    assert.deepEqual(await at(6), ['/a=a2@4/2', '/b=b2@6/6']);
    await assert.rejects(
      backend.list('/', { revision: 7 }),
      (error) => error instanceof FutureRevisionError && error.requested === 7 && error.current === 6,
    );
  });

  test('10,000 keys list whole, in order, at one revision, while others write', async () => {
    await using fixture = await open();
    const { backend } = fixture;
    const names = Array.from({ length: 10_000 }, (_, i) => `/many/${String(i).padStart(6, '0')}`);
    await fill(backend, names);
    const listing = backend.list('/many/');
    const writes = Promise.all(Array.from({ length: 50 }, (_, i) => backend.create(`/many/9${i}`, bytes('late'))));
    const { items, revision, remaining } = await listing;
    await writes;
    assert.equal(remaining, 0);
    assert.ok(items.every((item) => item.revision <= revision));
    assert.deepEqual(
      items.slice(0, 10_000).map((item) => item.key),
      names,
    );
    assert.equal(text(items[4321]!.value), 'value of /many/004321');
    assert.equal((await backend.list('/many/')).items.length, 10_050);
  });
}
