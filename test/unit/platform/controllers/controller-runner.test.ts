import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../../../lib/common/log.ts';
import { newAlreadyExists, newConflict, newForbidden, newNotFound } from '../../../../lib/platform/api/status-error.ts';
import { inProcessClient } from '../../../../lib/platform/client/in-process-client.ts';
import { runControllers } from '../../../../lib/platform/controllers/controller-runner.ts';
import { defineController, TerminalError } from '../../../../lib/platform/controllers/define-controller.ts';
import { CONFIG_MAPS, PODS, SECRETS } from '../../../../lib/platform/controllers/resources.ts';
import { eventually } from '../../../support/eventually.ts';
import { FakeVerbs } from '../../../support/fake-verbs.ts';
import { startControllers } from '../../../support/run-controllers.ts';

const NOTE = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'note', namespace: 'a' } };

test('a change enqueues its own key, its controlling owner, and what a watch maps it to', async () => {
  const seen: string[] = [];
  const definition = defineController({
    name: 'seer',
    for: CONFIG_MAPS,
    owns: [PODS],
    watches: [{ of: SECRETS, map: ({ metadata }) => [`secret/${metadata.name}`] }],
    seeds: ['seed'],
    reconcile: async (key) => void seen.push(key),
  });
  await using rig = startControllers([definition]);
  await eventually(() => assert.deepEqual(seen, ['seed']));
  const owner = await rig.create(CONFIG_MAPS, NOTE);
  await eventually(() => assert.deepEqual(seen.slice(1), ['a/note']));
  const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'note', uid: owner.metadata.uid!, controller: true }];
  await rig.create(PODS, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'a', ownerReferences } });
  await eventually(() => assert.deepEqual(seen.slice(2), ['a/note']));
  const stranger = [{ ...ownerReferences[0]!, uid: 'another' }];
  await rig.create(PODS, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'q', namespace: 'a', ownerReferences: stranger } });
  await rig.create(SECRETS, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'a' } });
  await eventually(() => assert.deepEqual(seen.slice(3), ['secret/s']));
});

test('an error is tried again with back-off and logged once each time; a conflict is no error; a terminal one is the end', async () => {
  const lines: { msg: string; level: number; object: string; controller: string; reconcileID: string }[] = [];
  const log = createLog({ name: 'test', level: 'info', write: (line) => lines.push(JSON.parse(line) as never) });
  const outcomes: Record<string, unknown[]> = {
    flaky: [new Error('one'), newConflict(PODS, 'x', 'lost'), new Error('two'), undefined],
    lost: [new TerminalError('never')],
  };
  const calls: string[] = [];
  const definition = defineController({
    name: 'unlucky',
    seeds: ['flaky', 'lost'],
    reconcile: (key) => {
      calls.push(key);
      const outcome = outcomes[key]!.shift();
      return outcome === undefined ? Promise.resolve() : Promise.reject(outcome as Error);
    },
  });
  await using rig = startControllers([definition], new FakeVerbs(), log);
  await eventually(() => calls.length === 2);
  await rig.verbs.clock.advance(60_000);
  assert.deepEqual(calls, ['flaky', 'lost', 'flaky', 'flaky', 'flaky']);
  assert.deepEqual(
    lines.map(({ msg, object, controller }) => [msg, object, controller]),
    [
      ['reconcile failed', 'flaky', 'unlucky'],
      ['reconcile failed for good', 'lost', 'unlucky'],
      ['reconcile failed', 'flaky', 'unlucky'],
    ],
  );
  assert.equal(new Set(lines.map(({ reconcileID }) => reconcileID)).size, 3);
});

test('what is there already, gone or going is told once the cache has had time to bring it', async () => {
  const lines: { object: string; failures: number }[] = [];
  const log = createLog({ name: 'test', level: 'warn', write: (line) => lines.push(JSON.parse(line) as never) });
  const going = newForbidden(PODS, 'p', 'unable to create new content in namespace a because it is being terminated');
  const errors = { there: newAlreadyExists(PODS, 'p'), gone: newNotFound(PODS, 'p'), going };
  const calls = { there: 0, gone: 0, going: 0, 'there for good': 0, 'gone for good': 0, 'going for good': 0 };
  const definition = defineController({
    name: 'behind',
    seeds: Object.keys(calls),
    reconcile: (key) => {
      const times = ++calls[key as keyof typeof calls];
      const fails = times <= (key.endsWith('for good') ? 9 : 7);
      return fails ? Promise.reject(errors[key.split(' ')[0] as keyof typeof errors]) : Promise.resolve();
    },
  });
  await using rig = startControllers([definition], new FakeVerbs(), log);
  await eventually(() => assert.ok(Object.values(calls).every((times) => times > 0)));
  await rig.verbs.clock.advance(60_000);
  assert.deepEqual(Object.values(calls), [8, 8, 8, 10, 10, 10]);
  assert.deepEqual(lines.map(({ object, failures }) => `${object}: ${failures}`).toSorted(), [
    'going for good: 8',
    'going for good: 9',
    'gone for good: 8',
    'gone for good: 9',
    'there for good: 8',
    'there for good: 9',
  ]);
});

test('requeueAfter and resync bring a key back when its time comes', async () => {
  const at: [string, number][] = [];
  const definition = defineController({
    name: 'clockwork',
    for: CONFIG_MAPS,
    seeds: ['seed'],
    resync: 60_000,
    reconcile: async (key, { clock }) => {
      at.push([key, clock.now()]);
      return key === 'seed' && at.length === 1 ? { requeueAfter: 10_000 } : {};
    },
  });
  const verbs = new FakeVerbs();
  const start = verbs.clock.now();
  await using rig = startControllers([definition], verbs);
  await eventually(() => at.length === 1);
  await rig.create(CONFIG_MAPS, NOTE);
  await eventually(() => at.length === 2);
  await verbs.clock.advance(60_000);
  assert.deepEqual(at, [
    ['seed', start],
    ['a/note', start],
    ['seed', start + 10_000],
    ['a/note', start + 60_000],
  ]);
});

test('one key is never reconciled twice at once, different keys are', async () => {
  let running = 0;
  let most = 0;
  const perKey = new Map<string, number>();
  const definition = defineController({
    name: 'parallel',
    for: CONFIG_MAPS,
    concurrency: 3,
    async reconcile(key) {
      assert.equal(perKey.get(key) ?? 0, 0, 'a key twice at once');
      perKey.set(key, 1);
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      perKey.set(key, 0);
    },
  });
  await using rig = startControllers([definition]);
  for (let n = 0; n < 10; n++) await rig.create(CONFIG_MAPS, { ...NOTE, metadata: { name: `n${n % 5}-${n}`, namespace: 'a' } });
  await eventually(() => perKey.size === 10 && running === 0);
  assert.equal(most, 3);
});

test('the kinds that several controllers look at are listed and watched once', async () => {
  const verbs = new FakeVerbs();
  let lists = 0;
  const inner = inProcessClient(verbs, 'test');
  const client = { ...inner, list: ((ref, options) => (lists++, inner.list(ref, options))) as typeof inner.list };
  const stop = new AbortController();
  const ready: string[] = [];
  const one = (name: string): ReturnType<typeof defineController> =>
    defineController({ name, for: PODS, seeds: [name], reconcile: async (key) => void ready.push(key) });
  const log = createLog({ name: 'test', level: 'silent' });
  const running = runControllers([one('x'), one('y')], { client, log, clock: verbs.clock, signal: stop.signal });
  await eventually(() => ready.length === 2);
  assert.equal(lists, 1);
  stop.abort();
  await running;
});

test('stopping waits for the key in work and drops the rest', async () => {
  const gate = Promise.withResolvers<void>();
  const done: string[] = [];
  const definition = defineController({
    name: 'slow',
    seeds: ['first', 'second'],
    async reconcile(key) {
      await gate.promise;
      done.push(key);
    },
  });
  const rig = startControllers([definition]);
  await new Promise((resolve) => setImmediate(resolve));
  const stopped = rig[Symbol.asyncDispose]();
  gate.resolve();
  await stopped;
  assert.deepEqual(done, ['first']);
});
