import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, done, type OpenFixture, text } from './backend-fixture.ts';

/** Compare-and-swap writes and single reads. */
export function writeSuite(open: OpenFixture): void {
  test('an empty store is at revision 1 and holds nothing', async () => {
    await using fixture = await open();
    const { backend } = fixture;
    assert.equal(await backend.currentRevision(), 1);
    assert.deepEqual(await backend.get('/a'), { item: undefined, revision: 1 });
    assert.deepEqual(await backend.list('/'), { items: [], revision: 1, remaining: 0 });
  });

  test('each write takes the next revision; a read sees it at once', async () => {
    await using fixture = await open();
    const { backend } = fixture;
    assert.deepEqual(await backend.create('/a', bytes('one')), { ok: true, revision: 2 });
    assert.deepEqual(await backend.update('/a', bytes('two'), 2), { ok: true, revision: 3 });
    const { item, revision } = await backend.get('/a');
    assert.deepEqual([text(item?.value), item?.revision, item?.createRevision, revision], ['two', 3, 2, 3]);
    assert.deepEqual(await backend.delete('/a', 3), { ok: true, revision: 4 });
    assert.deepEqual(await backend.get('/a'), { item: undefined, revision: 4 });
    assert.equal(await backend.currentRevision(), 4);
  });

  test('a refused write changes nothing and tells what is there', async () => {
    await using fixture = await open();
    const { backend } = fixture;
    await done(backend.create('/a', bytes('one')));
    for (const refused of [backend.create('/a', bytes('x')), backend.update('/a', bytes('x'), 1), backend.delete('/a', 7)]) {
      const result = await refused;
      assert.ok(!result.ok);
      assert.deepEqual([text(result.current?.value), result.current?.revision, result.current?.createRevision], ['one', 2, 2]);
    }
    for (const refused of [backend.update('/b', bytes('x'), 2), backend.delete('/b', 2)])
      assert.deepEqual(await refused, { ok: false, current: undefined });
    assert.equal(await backend.currentRevision(), 2);
  });

  test('a key made again after its deletion has a new createRevision', async () => {
    await using fixture = await open();
    const { backend } = fixture;
    await done(backend.create('/a', bytes('one')));
    await done(backend.delete('/a', 2));
    assert.deepEqual(await backend.update('/a', bytes('x'), 2), { ok: false, current: undefined });
    assert.deepEqual(await backend.delete('/a', 3), { ok: false, current: undefined });
    await done(backend.create('/a', bytes('two')));
    assert.deepEqual((await backend.get('/a')).item?.createRevision, 4);
  });

  test('of many who create or update one key at the same revision, exactly one wins', async () => {
    await using fixture = await open();
    const { backend } = fixture;
    const created = await Promise.all(Array.from({ length: 50 }, (_, i) => backend.create('/race', bytes(`c${i}`))));
    const winner = created.findIndex((result) => result.ok);
    assert.equal(created.filter((result) => result.ok).length, 1);
    assert.equal(text((await backend.get('/race')).item?.value), `c${winner}`);
    const updated = await Promise.all(Array.from({ length: 50 }, (_, i) => backend.update('/race', bytes(`u${i}`), 2)));
    assert.equal(updated.filter((result) => result.ok).length, 1);
    for (const result of updated) if (!result.ok) assert.equal(result.current?.revision, 3);
  });

  test('a counter that many raise by read and compare-and-swap loses no step', async () => {
    await using fixture = await open();
    const { backend } = fixture;
    await done(backend.create('/counter', bytes('0')));
    const raise = async (): Promise<void> => {
      for (;;) {
        const { item } = await backend.get('/counter');
        const next = Number(text(item!.value)) + 1;
        if ((await backend.update('/counter', bytes(String(next)), item!.revision)).ok) return;
      }
    };
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let i = 0; i < 10; i++) await raise();
      }),
    );
    assert.equal(text((await backend.get('/counter')).item?.value), '80');
  });

  test('values of any bytes and size come back whole', async () => {
    await using fixture = await open();
    const { backend } = fixture;
    const values = [0, 1, 4096, 65_537, 3 << 20].map((size) => Uint8Array.from({ length: size }, (_, i) => (i * 31) & 0xff));
    for (const [i, value] of values.entries()) await done(backend.create(`/value/${i}`, value));
    for (const [i, value] of values.entries())
      assert.ok(Buffer.from(value).equals((await backend.get(`/value/${i}`)).item!.value), `value of ${value.length} bytes`);
    const { items } = await backend.list('/value/');
    assert.deepEqual(
      items.map((item) => item.value.length),
      values.map((value) => value.length),
    );
  });

  test('keys that no store could keep apart are refused', async () => {
    await using fixture = await open();
    for (const key of ['', 'a\0b', '\ud800'])
      await assert.rejects(fixture.backend.create(key, bytes('x')), { name: 'TypeError', message: /invalid storage key/ });
    assert.equal(await fixture.backend.currentRevision(), 1);
  });

  test('close answers what is pending, then refuses', async () => {
    await using fixture = await open();
    const { backend } = fixture;
    const writes = Array.from({ length: 20 }, (_, i) => backend.create(`/${i}`, bytes('x')));
    await backend.close();
    assert.deepEqual(
      (await Promise.all(writes)).map((result) => result.ok),
      Array.from({ length: 20 }, () => true),
    );
    await assert.rejects(backend.create('/late', bytes('x')), /closed/);
    await backend.close();
  });
}
