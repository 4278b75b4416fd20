import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Backend, OutcomeUnknownError, type StoreEvent, StoreUnavailableError } from '../../lib/platform/storage/backend.ts';
import { openEtcdBackend } from '../../lib/platform/storage/etcd/etcd-backend.ts';
import { type Etcd, startEtcd } from '../support/etcd.ts';
import { eventually } from '../support/eventually.ts';

/** What the writers of a storm have been told. */
interface Storm {
  /** The last acknowledged value of each key, under its revision. */
  readonly acknowledged: Map<string, { value: string; revision: number }>;
  /** Every acknowledged revision. */
  readonly revisions: number[];
  /** Keys of writes whose outcome was not told. */
  readonly unknown: Set<string>;
  unavailable: number;
}

/** Makes trouble; `more(n)` resolves when so many further writes have been acknowledged. */
type Trouble = (more: (writes: number) => Promise<unknown>) => Promise<void>;

/** Creates keys and updates each twice, from 16 writers, while there is trouble. A refusal that has no reason fails the test. */
async function storm(backend: Backend, trouble: Trouble): Promise<Storm> {
  const told: Storm = { acknowledged: new Map(), revisions: [], unknown: new Set(), unavailable: 0 };
  let over = false;
  const troubled = trouble((writes) => {
    const target = told.revisions.length + writes;
    return eventually(() => told.revisions.length >= target, { timeout: 30_000, what: `${writes} more writes` });
  }).finally(() => (over = true));
  troubled.catch(() => undefined);
  const attempt = async (key: string, value: string, write: () => ReturnType<Backend['create']>): Promise<number> => {
    for (;;) {
      try {
        const result = await write();
        assert.ok(result.ok, `${key} was refused: ${JSON.stringify(result)}`);
        told.acknowledged.set(key, { value, revision: result.revision });
        told.revisions.push(result.revision);
        return result.revision;
      } catch (error) {
        if (error instanceof OutcomeUnknownError) {
          told.unknown.add(key);
          return 0;
        }
        if (!(error instanceof StoreUnavailableError)) throw error;
        told.unavailable++;
      }
    }
  };
  await Promise.all(
    Array.from({ length: 16 }, async (_, writer) => {
      for (let i = 0; !over; i++) {
        const key = `/storm/${writer}/${i}`;
        let revision = await attempt(key, 'one', () => backend.create(key, Buffer.from('one')));
        for (const value of ['two', 'three']) {
          if (revision === 0) break;
          const expected = revision;
          revision = await attempt(key, value, () => backend.update(key, Buffer.from(value), expected));
        }
      }
    }),
  );
  await troubled;
  return told;
}

/** Everything that a watch from the beginning tells. */
function record(backend: Backend, signal: AbortSignal): { readonly events: StoreEvent[]; readonly ended: Promise<void> } {
  const events: StoreEvent[] = [];
  const ended = (async () => {
    for await (const batch of backend.watch('/storm/', 2, signal)) events.push(...batch.events);
  })();
  return { events, ended };
}

async function runStorm(etcd: Etcd, trouble: Trouble): Promise<void> {
  const backend = await openEtcdBackend({ endpoints: etcd.endpoints, prefix: '/test', claim: { id: 'a', name: 'a' } });
  const ending = new AbortController();
  try {
    const watched = record(backend, ending.signal);
    const told = await storm(backend, trouble);
    const there = new Map((await backend.list('/storm/')).items.map((item) => [item.key, item]));
    for (const [key, { value, revision }] of told.acknowledged) {
      if (told.unknown.has(key)) continue;
      const item = there.get(key);
      assert.equal(`${item?.value.toString()}@${item?.revision}`, `${value}@${revision}`, key);
    }
    assert.equal(new Set(told.revisions).size, told.revisions.length, 'a revision was acknowledged twice');
    const last = Math.max(...told.revisions);
    await eventually(() => watched.events.at(-1)!.revision >= last, { timeout: 10_000 });
    const seen = watched.events.map(({ revision }) => revision);
    assert.deepEqual(
      seen,
      seen.toSorted((a, b) => a - b),
      'events came out of order',
    );
    assert.equal(new Set(seen).size, seen.length, 'an event came twice');
    const missed = new Set(told.revisions).difference(new Set(seen));
    assert.deepEqual([...missed], [], 'a watcher missed an acknowledged write');
    assert.ok(told.revisions.length > 500, `only ${told.revisions.length} writes`);
    // Twice as many as there are writers: a write in flight at each of the two troubles.
    assert.ok(told.unknown.size <= 32, `${told.unknown.size} writes have no outcome`);
    ending.abort();
    await watched.ended;
  } finally {
    ending.abort();
    await backend.close();
  }
}

test('members and the leader are killed under writes: what was acknowledged is there, watchers miss nothing', async () => {
  await using etcd = await startEtcd({ members: 3 });
  await runStorm(etcd, async (more) => {
    await more(300);
    // The one that the store talks to.
    await etcd.members[0]!.kill('SIGKILL');
    await more(300);
    await etcd.members[0]!.start();
    await more(300);
    await (await etcd.leader()).kill('SIGKILL');
    await more(300);
  });
});

test('a member that hangs is left for another', async () => {
  await using etcd = await startEtcd({ members: 3 });
  await runStorm(etcd, async (more) => {
    await more(300);
    etcd.members[0]!.signal('SIGSTOP');
    await more(300);
    etcd.members[0]!.signal('SIGCONT');
    await more(300);
  });
});
