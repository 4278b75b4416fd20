import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../../../lib/common/log.ts';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import { newForbidden, newServiceUnavailable } from '../../../../lib/platform/api/status-error.ts';
import { createEventRecorder, type EventRecorder } from '../../../../lib/platform/client/event-recorder.ts';
import { inProcessClient } from '../../../../lib/platform/client/in-process-client.ts';
import { eventually } from '../../../support/eventually.ts';
import { FakeVerbs } from '../../../support/fake-verbs.ts';

const EVENTS = { group: '', version: 'v1', resource: 'events' };
const web: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'shop', uid: 'u1', resourceVersion: '5' },
};

function rig(): { verbs: FakeVerbs; recorder: EventRecorder; events: () => Promise<KubeObject[]> } {
  const verbs = new FakeVerbs();
  const recorder = createEventRecorder(inProcessClient(verbs, 'test'), { component: 'kubelet', host: 'n1', clock: verbs.clock });
  return { verbs, recorder, events: async () => (await verbs.list(EVENTS)).items };
}

test('an event names its object, its source and its time', async () => {
  const { recorder, events } = rig();
  recorder.event(web, 'Normal', 'Started', 'Started container web', 'spec.containers{web}');
  const [event] = (await eventually(async () => {
    const all = await events();
    return all.length === 1 && all;
  })) as KubeObject[];
  assert.ok(event!.metadata.name!.startsWith('web.'));
  assert.equal(event!.metadata.namespace, 'shop');
  assert.deepEqual(event!['involvedObject'], {
    kind: 'Pod',
    apiVersion: 'v1',
    name: 'web',
    namespace: 'shop',
    uid: 'u1',
    resourceVersion: '5',
    fieldPath: 'spec.containers{web}',
  });
  assert.deepEqual(event!['source'], { component: 'kubelet', host: 'n1' });
  assert.deepEqual([event!['count'], event!['firstTimestamp'], event!['type']], [1, '2020-01-01T00:00:00Z', 'Normal']);
});

test('two that tell of the same object in the same millisecond have an event each', async () => {
  const { verbs, recorder, events } = rig();
  const other = createEventRecorder(inProcessClient(verbs, 'test'), { component: 'scheduler', clock: verbs.clock });
  recorder.event(web, 'Normal', 'Pulled', 'Image is there');
  other.event(web, 'Normal', 'Scheduled', 'Assigned to n1');
  await eventually(async () =>
    assert.deepEqual((await events()).map((event) => event['reason']).toSorted(), ['Pulled', 'Scheduled']),
  );
});

test('the same event again raises its count', async () => {
  const { verbs, recorder, events } = rig();
  recorder.event(web, 'Warning', 'BackOff', 'Back-off restarting failed container');
  await eventually(async () => (await events()).length === 1);
  await verbs.clock.advance(5_000);
  recorder.event(web, 'Warning', 'BackOff', 'Back-off restarting failed container');
  await eventually(async () => (await events())[0]?.['count'] === 2);
  const all = await events();
  assert.equal(all.length, 1);
  assert.deepEqual([all[0]!['firstTimestamp'], all[0]!['lastTimestamp']], ['2020-01-01T00:00:00Z', '2020-01-01T00:00:05Z']);
});

test('a counted event that has expired is written anew', async () => {
  const { verbs, recorder, events } = rig();
  recorder.event(web, 'Normal', 'Pulled', 'again');
  const [first] = (await eventually(async () => (await events()).length === 1 && (await events()))) as KubeObject[];
  await verbs.delete({ ...EVENTS, namespace: 'shop', name: first!.metadata.name! });
  recorder.event(web, 'Normal', 'Pulled', 'again');
  await eventually(async () => (await events()).length === 1);
  assert.equal((await events())[0]!['count'], 1);
});

test('many different messages of one reason are combined, and a flood about one object is cut', async () => {
  const { recorder, events, verbs } = rig();
  for (let n = 0; n < 200; n++) recorder.event(web, 'Warning', 'Unhealthy', `probe failed ${n}`);
  recorder.event({ ...web, metadata: { ...web.metadata, name: 'other', uid: 'u2' } }, 'Normal', 'Started', 'last');
  await eventually(async () => (await events()).some((event) => event['message'] === 'last'));
  const about = (await events()).filter((event) => event['involvedObject'].name === 'web');
  assert.equal(about.length, 10);
  const combined = about.filter((event) => String(event['message']).startsWith('(combined from similar events): '));
  assert.deepEqual(
    combined.map((event) => event['count']),
    [16],
  );
  assert.equal(verbs.writes.length, 26);
});

test('an unreachable server is tried again; a refusal is dropped; neither is thrown', async () => {
  const { verbs, recorder, events } = rig();
  let fail = 2;
  verbs.reject = (_action, _ref, object) => {
    if (object?.['reason'] === 'Refused') return newForbidden(EVENTS, 'x', 'namespace is being terminated');
    return fail-- > 0 ? newServiceUnavailable('down') : undefined;
  };
  recorder.event(web, 'Normal', 'Refused', 'one');
  recorder.event(web, 'Normal', 'Kept', 'two');
  await eventually(async () => {
    await verbs.clock.advance(5_000);
    return (await events()).length === 1;
  });
  assert.equal((await events())[0]!['reason'], 'Kept');
});

test('what is refused is told, unless its namespace is going away', async () => {
  const verbs = new FakeVerbs();
  const lines: { reason: string; level: number }[] = [];
  const log = createLog({ name: 'test', level: 'warn', write: (line) => lines.push(JSON.parse(line) as never) });
  const recorder = createEventRecorder(inProcessClient(verbs, 'test'), { component: 'c', clock: verbs.clock, log });
  const namespaces = { group: '', version: 'v1', resource: 'namespaces' };
  await verbs.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  await verbs.delete({ ...namespaces, name: 'shop' });
  verbs.reject = (_action, _ref, object) =>
    object?.['reason'] === 'Refused' ? newForbidden(EVENTS, 'x', 'not yours') : undefined;
  recorder.event(web, 'Normal', 'Late', 'one');
  recorder.event(web, 'Normal', 'Refused', 'two');
  await eventually(() =>
    assert.deepEqual(
      lines.map(({ reason }) => reason),
      ['Refused'],
    ),
  );
});

test('after a stop nothing is written or waited for', async () => {
  const verbs = new FakeVerbs();
  const stop = new AbortController();
  const recorder = createEventRecorder(inProcessClient(verbs, 'test'), {
    component: 'c',
    clock: verbs.clock,
    signal: stop.signal,
  });
  verbs.reject = () => newServiceUnavailable('down');
  recorder.event(web, 'Normal', 'First', 'waits for the server');
  recorder.event(web, 'Normal', 'Second', 'waits for the first');
  await eventually(() => verbs.clock.sleeping === 1);
  stop.abort();
  await eventually(() => verbs.clock.sleeping === 0);
  verbs.reject = () => undefined;
  recorder.event(web, 'Normal', 'Third', 'too late');
  await verbs.clock.advance(60_000);
  assert.deepEqual(verbs.writes, []);
});
