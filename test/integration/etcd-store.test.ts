import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Backend,
  CompactedError,
  OutcomeUnknownError,
  type StoreEvent,
  StoreUnavailableError,
  ValueTooLargeError,
} from '../../lib/platform/storage/backend.ts';
import { openEtcdBackend } from '../../lib/platform/storage/etcd/etcd-backend.ts';
import { EtcdMembers } from '../../lib/platform/storage/etcd/etcd-members.ts';
import { integer, methods } from '../../lib/platform/storage/etcd/messages.ts';
import { cuttingRelay } from '../support/cutting-relay.ts';
import { type Etcd, startEtcd } from '../support/etcd.ts';
import { eventually } from '../support/eventually.ts';

/** Somebody else who uses the same etcd. */
function somebodyElse(etcd: Etcd) {
  const members = new EtcdMembers({ endpoints: etcd.endpoints });
  return {
    put: (key: string) =>
      members.call(methods.txn, {
        compare: [],
        success: [{ requestPut: { key: Buffer.from(key), value: Buffer.from('theirs') } }],
        failure: [],
      }),
    /** As a platform leaves its claim that was killed. */
    claimAndDie: async (key: string, seconds: number) => {
      const { ID: lease } = await members.call(methods.grantLease, { TTL: seconds });
      const value = Buffer.from(JSON.stringify({ id: 'a', run: 'a', name: 'a' }));
      await members.call(methods.txn, {
        compare: [],
        success: [{ requestPut: { key: Buffer.from(key), value, lease } }],
        failure: [],
      });
    },
    remove: (key: string) =>
      members.call(methods.txn, { compare: [], success: [{ requestDeleteRange: { key: Buffer.from(key) } }], failure: [] }),
    compact: async () => {
      const { header } = await members.call(methods.range, { key: Buffer.from('x') });
      await members.call(methods.compact, { revision: integer(header.revision) });
    },
    [Symbol.dispose]: () => members.close(),
  };
}

const bytes = (text: string): Buffer => Buffer.from(text);

async function done(write: ReturnType<Backend['create']>): Promise<number> {
  const result = await write;
  assert.ok(result.ok, JSON.stringify(result));
  return result.revision;
}

/** The first events that a watch tells. */
async function firstBatch(backend: Backend, from: number): Promise<readonly StoreEvent[]> {
  for await (const { events } of backend.watch('/', from, new AbortController().signal)) if (events.length > 0) return events;
  return [];
}

test('connections that break under writes: each write is done once, and told as what became of it', async () => {
  await using etcd = await startEtcd();
  await using relay = await cuttingRelay({ host: '127.0.0.1', port: Number(new URL(etcd.endpoints[0]!).port) });
  const backend = await openEtcdBackend({ endpoints: [`http://127.0.0.1:${relay.port}`], prefix: '/test' });
  // Everything up to the cut arrives, so that writes are done whose answers never come.
  relay.cutAfter(() => 2_000 + Math.floor(Math.random() * 20_000));
  relay.cut();
  let steps = 0;
  let unknown = 0;
  const again = async (
    write: () => ReturnType<Backend['create']>,
  ): Promise<Awaited<ReturnType<Backend['create']>> | undefined> => {
    for (;;) {
      try {
        return await write();
      } catch (error) {
        if (error instanceof OutcomeUnknownError) return void unknown++;
        if (!(error instanceof StoreUnavailableError)) throw error;
      }
    }
  };
  // One counter for each writer: nobody else writes it, so no refusal has a reason. And one for all of them.
  await done(backend.create('/shared', bytes('0')));
  let raised = 0;
  await Promise.all(
    Array.from({ length: 8 }, async (_, writer) => {
      const created = await again(() => backend.create(`/own/${writer}`, bytes('0')));
      let revision = created?.ok === true ? created.revision : assert.fail('a creation was refused');
      for (let i = 1; i <= 150; i++) {
        const result = await again(() => backend.update(`/own/${writer}`, bytes(String(i)), revision));
        assert.ok(result?.ok, `writer ${writer}, step ${i}: ${JSON.stringify(result)}`);
        revision = result.revision;
        steps++;
        const { item } = await backend.get('/shared');
        const next = await again(() =>
          backend.update('/shared', bytes(String(Number(item!.value.toString()) + 1)), item!.revision),
        );
        if (next?.ok === true) raised++;
      }
      const gone = await again(() => backend.delete(`/own/${writer}`, revision));
      assert.ok(gone?.ok, 'a deletion was refused');
    }),
  );
  assert.equal(steps, 8 * 150);
  const shared = Number((await backend.get('/shared')).item!.value.toString());
  assert.ok(shared >= raised && shared <= raised + unknown, `raised ${raised} times, is ${shared}, ${unknown} unknown`);
  assert.deepEqual((await backend.list('/own/')).items, []);
  assert.ok(relay.connections > 10, `only ${relay.connections} connections`);
  await backend.close();
});

test('a platform that slept through its lease writes nothing after another has begun', async () => {
  await using etcd = await startEtcd();
  using other = somebodyElse(etcd);
  const options = { endpoints: etcd.endpoints, prefix: '/test' };
  let lost: Error | undefined;
  const first = await openEtcdBackend({
    ...options,
    claim: { id: 'a', name: 'one, process 1' },
    onFailure: (error) => (lost = error),
  });
  await done(first.create('/a', bytes('one')));
  await assert.rejects(openEtcdBackend({ ...options, claim: { id: 'b', name: 'two' } }), {
    code: 'ETCD_IN_USE',
    message: '/test in this etcd is in use by the platform on one, process 1',
  });
  // As when the lease has run out unnoticed, and nobody came: the claim is taken again, and the write done.
  await other.remove('/test.master');
  await done(first.create('/b', bytes('two')));
  // And now somebody came.
  await other.remove('/test.master');
  const second = await openEtcdBackend({ ...options, claim: { id: 'b', name: 'two, process 2' } });
  await assert.rejects(first.create('/c', bytes('stale')), { code: 'ETCD_TAKEN_OVER' });
  await assert.rejects(first.update('/a', bytes('stale'), 2), { code: 'ETCD_TAKEN_OVER' });
  assert.equal((lost as { code?: string } | undefined)?.code, 'ETCD_TAKEN_OVER');
  assert.deepEqual(
    (await second.list('/')).items.map(({ key, value }) => `${key}=${value.toString()}`),
    ['/a=one', '/b=two'],
  );
  await first.close();
  await second.close();
  // A copy of a data folder has its id: the later one stays, and the two do not take turns.
  let copied: Error | undefined;
  const third = await openEtcdBackend({ ...options, claim: { id: 'c', name: 'three' }, onFailure: (error) => (copied = error) });
  const copy = await openEtcdBackend({ ...options, claim: { id: 'c', name: 'four' } });
  await assert.rejects(third.create('/d', bytes('stale')), { code: 'ETCD_TAKEN_OVER' });
  assert.ok(copied);
  await done(copy.create('/d', bytes('four')));
  await third.close();
  await copy.close();
});

test('what others write in the same etcd is neither listed nor watched, and holds up no watch', async () => {
  await using etcd = await startEtcd();
  using other = somebodyElse(etcd);
  const backend = await openEtcdBackend({ endpoints: etcd.endpoints, prefix: '/test' });
  await done(backend.create('/a', bytes('ours')));
  const ending = new AbortController();
  const seen: string[] = [];
  let told = 0;
  const watching = (async () => {
    for await (const { events, revision } of backend.watch('/', 2, ending.signal)) {
      seen.push(...events.map(({ key }) => key));
      told = revision;
    }
  })();
  for (const key of ['/test2/a', '/test', '/test.other', '/tes', 'a', '/test0']) await other.put(key);
  const newest = await backend.currentRevision();
  assert.equal(newest, 8);
  await eventually(() => told === newest);
  assert.deepEqual(seen, ['/a']);
  assert.deepEqual(
    (await backend.list('')).items.map(({ key }) => key),
    ['/a'],
  );
  ending.abort();
  await watching;
  await backend.close();
});

test("somebody else's compaction is told as one: to lists, to watches, and never as a value that is missing", async () => {
  await using etcd = await startEtcd();
  using other = somebodyElse(etcd);
  const backend = await openEtcdBackend({ endpoints: etcd.endpoints, prefix: '/test' });
  const created = await done(backend.create('/a', bytes('one')));
  const updated = await done(backend.update('/a', bytes('two'), created));
  const deleted = await done(backend.delete('/a', updated));
  await other.compact();
  await assert.rejects(backend.list('/', { revision: updated }), CompactedError);
  for (const from of [created, updated, deleted]) await assert.rejects(firstBatch(backend, from), CompactedError, `from ${from}`);
  await done(backend.create('/b', bytes('new')));
  const next = await firstBatch(backend, deleted + 1);
  assert.deepEqual(
    next.map(({ key }) => key),
    ['/b'],
  );
  await backend.close();
});

test('a value that etcd will not take is refused as too large, and nothing is written', async () => {
  await using etcd = await startEtcd({ flags: { 'max-request-bytes': String(1 << 20) } });
  const backend = await openEtcdBackend({ endpoints: etcd.endpoints, prefix: '/test' });
  for (const size of [1 << 20, 3 << 20]) await assert.rejects(backend.create('/a', Buffer.alloc(size)), ValueTooLargeError);
  assert.deepEqual(await backend.get('/a'), { item: undefined, revision: 1 });
  await backend.close();
});

test('where nobody answers, opening says so; a store that lost its etcd fails at once after a while, and returns by itself', async () => {
  await using etcd = await startEtcd();
  const options = { endpoints: etcd.endpoints, prefix: '/test', callMs: 4_000 };
  const backend = await openEtcdBackend(options);
  const revision = await done(backend.create('/a', bytes('one')));
  await etcd.members[0]!.kill();
  await assert.rejects(openEtcdBackend(options), { code: 'ETCD_UNREACHABLE', message: /ECONNREFUSED/ });
  await assert.rejects(backend.update('/a', bytes('two'), revision), StoreUnavailableError);
  await eventually(() => assert.match(backend.failure() ?? '', /ECONNREFUSED/));
  await eventually(async () => {
    const began = performance.now();
    await assert.rejects(backend.get('/a'), StoreUnavailableError);
    assert.ok(performance.now() - began < 2_000, 'a call waited for what is known');
  });
  await etcd.members[0]!.start();
  await eventually(async () => assert.equal((await backend.get('/a')).item?.value.toString(), 'one'), { timeout: 10_000 });
  assert.equal(backend.failure(), undefined);
  await done(backend.update('/a', bytes('two'), revision));
  await backend.close();
});

test('what somebody has written in place of our own marks is no reason to go on', async () => {
  await using etcd = await startEtcd();
  using other = somebodyElse(etcd);
  const options = { endpoints: etcd.endpoints, prefix: '/test', claim: { id: 'a', name: 'a', ttl: 2 } };
  await other.put('/test.master');
  await assert.rejects(openEtcdBackend(options), { code: 'ETCD_IN_USE', message: /in use by the platform on an unknown host/ });
  await other.remove('/test.master');
  await other.put('/test.restore');
  await assert.rejects(openEtcdBackend(options), { code: 'ETCD_RESTORE_UNFINISHED' });
});

test('a platform that is dead is waited for, however short the claim of the next one is', async () => {
  await using etcd = await startEtcd();
  using other = somebodyElse(etcd);
  await other.claimAndDie('/test.master', 6);
  const next = await openEtcdBackend({ endpoints: etcd.endpoints, prefix: '/test', claim: { id: 'b', name: 'b', ttl: 2 } });
  await done(next.create('/a', bytes('one')));
  await next.close();
});
