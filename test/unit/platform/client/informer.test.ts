import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../../../lib/common/log.ts';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import { newServiceUnavailable } from '../../../../lib/platform/api/status-error.ts';
import type { Client } from '../../../../lib/platform/client/client.ts';
import { inProcessClient } from '../../../../lib/platform/client/in-process-client.ts';
import { createInformer, type Informer } from '../../../../lib/platform/client/informer.ts';
import { eventually } from '../../../support/eventually.ts';
import { FakeVerbs } from '../../../support/fake-verbs.ts';

const PODS = { group: '', version: 'v1', resource: 'pods' };
const pod = (name: string, more: object = {}): KubeObject => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, ...more } });

function start(
  verbs: FakeVerbs,
  client: Client = inProcessClient(verbs, 'test'),
): { informer: Informer; seen: string[] } & Disposable {
  const informer = createInformer(client, PODS, { log: silentLog });
  const seen: string[] = [];
  informer.addHandler({
    added: (object) => seen.push(`+${object.metadata.name}`),
    updated: (object, old) =>
      seen.push(`~${object.metadata.name} ${old.metadata.labels?.['v'] ?? ''}>${object.metadata.labels?.['v'] ?? ''}`),
    deleted: (object) => seen.push(`-${object.metadata.name}`),
  });
  const stop = new AbortController();
  void informer.run(stop.signal);
  return { informer, seen, [Symbol.dispose]: () => stop.abort() };
}

const at = (
  namespace: string,
  name?: string,
): { group: string; version: string; resource: string; namespace: string; name: string } =>
  ({ ...PODS, namespace, name }) as never;

test('the cache follows the server, in order, indexed by namespace and controller', async () => {
  const verbs = new FakeVerbs();
  const ownerReferences = [{ apiVersion: 'v1', kind: 'ReplicationController', name: 'rc', uid: 'u1', controller: true }];
  await verbs.create(at('a'), pod('one', { ownerReferences }));
  using rig = start(verbs);
  await rig.informer.synced();
  assert.deepEqual(rig.seen, ['+one']);
  const two = await verbs.create(at('b'), pod('two', { ownerReferences, labels: { v: '1' } }));
  await verbs.update(at('b', 'two'), { ...two, metadata: { ...two.metadata, ownerReferences: [], labels: { v: '2' } } });
  await verbs.delete(at('a', 'one'));
  await eventually(() => assert.deepEqual(rig.seen, ['+one', '+two', '~two 1>2', '-one']));
  const { lister } = rig.informer;
  assert.deepEqual(lister.list('a'), []);
  assert.equal(lister.get('b', 'two')?.metadata.labels?.['v'], '2');
  assert.equal(lister.byKey('b/two'), lister.list('b')[0]);
  assert.deepEqual(lister.controlledBy('u1'), []);
  assert.throws(() => (lister.byKey('b/two')!.metadata.name = 'x'), TypeError);
});

test('a late handler hears of everything that is there', async () => {
  const verbs = new FakeVerbs();
  await verbs.create(at('a'), pod('one'));
  using rig = start(verbs);
  await rig.informer.synced();
  const late: string[] = [];
  rig.informer.addHandler({ added: (object) => late.push(object.metadata.name!) });
  assert.deepEqual(late, ['one']);
});

test('after 410 the handlers hear the difference and nothing else', async () => {
  const verbs = new FakeVerbs();
  await verbs.create(at('a'), pod('kept'));
  await verbs.create(at('a'), pod('gone'));
  const replaced = await verbs.create(at('a'), pod('replaced'));
  using rig = start(verbs);
  await rig.informer.synced();
  rig.seen.length = 0;
  verbs.pauseWatches();
  await verbs.delete(at('a', 'gone'));
  await verbs.delete(at('a', 'replaced'));
  const again = await verbs.create(at('a'), pod('replaced'));
  assert.notEqual(again.metadata.uid, replaced.metadata.uid);
  await verbs.create(at('a'), pod('new'));
  verbs.compact();
  verbs.resumeWatches();
  await eventually(() => assert.deepEqual(rig.seen.toSorted(), ['+new', '+replaced', '-gone', '-replaced']));
  assert.ok(rig.seen.indexOf('-replaced') < rig.seen.indexOf('+replaced'));
});

test('an unreachable server is tried again, from where the watch stood', async () => {
  const verbs = new FakeVerbs();
  const inner = inProcessClient(verbs, 'test');
  let down = true;
  let lists = 0;
  const cut = new AbortController();
  const client: Client = {
    ...inner,
    list: (ref, options) => {
      if (down) return Promise.reject(newServiceUnavailable('down'));
      lists++;
      return inner.list(ref, options);
    },
    async *watch(ref, options) {
      yield* inner.watch(ref, { ...options, signal: cut.signal.aborted ? options!.signal! : cut.signal }) as AsyncIterable<never>;
      if (options?.signal?.aborted !== true) throw newServiceUnavailable('cut');
    },
  };
  using rig = start(verbs, client);
  await verbs.create(at('a'), pod('one'));
  down = false;
  await rig.informer.synced();
  cut.abort();
  await verbs.create(at('a'), pod('two'));
  await eventually(() => assert.deepEqual(rig.seen, ['+one', '+two']));
  assert.equal(lists, 1);
});

test('a handler that throws does not stop the others', async () => {
  const verbs = new FakeVerbs();
  using rig = start(verbs);
  await rig.informer.synced();
  rig.informer.addHandler({
    added: () => {
      throw new Error('bug');
    },
  });
  const after: string[] = [];
  rig.informer.addHandler({ added: (object) => after.push(object.metadata.name!) });
  await verbs.create(at('a'), pod('one'));
  await eventually(() => assert.deepEqual([rig.seen, after], [['+one'], ['one']]));
});

test('synced rejects when its signal aborts', async () => {
  const informer = createInformer(inProcessClient(new FakeVerbs(), 'test'), PODS, { log: silentLog });
  await assert.rejects(informer.synced(AbortSignal.abort(new Error('stop'))), /stop/);
});
