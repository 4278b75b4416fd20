import assert from 'node:assert/strict';
import { test } from 'node:test';
import { binding } from '../../../../../../lib/platform/api/core/pod/binding.ts';
import { eviction } from '../../../../../../lib/platform/api/core/pod/eviction.ts';
import { podNodeSubresources } from '../../../../../../lib/platform/api/core/pod/pod-node-subresources.ts';
import { pod as definition } from '../../../../../../lib/platform/api/core/pod/pod.ts';
import { qosClass } from '../../../../../../lib/platform/api/core/pod/qos-class.ts';
import type { ActionContext } from '../../../../../../lib/platform/api/subresources/action-subresource.ts';
import type { KubeObject } from '../../../../../../lib/platform/api/meta.ts';
import type { DeleteOptions, ResourceRef } from '../../../../../../lib/platform/api/verbs.ts';
import { newNotFound } from '../../../../../../lib/platform/api/status-error.ts';

const pod = (spec: object, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'default', uid: 'u1', ...metadata },
  spec: { containers: [{ name: 'a' }], nodeName: 'n1', ...spec },
});

const BOTH = { cpu: '1', memory: '1Gi' };
for (const [title, resources, expected] of [
  ['nothing asked', {}, 'BestEffort'],
  ['all of it bounded', { limits: BOTH, requests: BOTH }, 'Guaranteed'],
  ['the same in other words', { limits: BOTH, requests: { cpu: '1000m', memory: '1024Mi' } }, 'Guaranteed'],
  ['less asked than allowed', { limits: BOTH, requests: { ...BOTH, cpu: '500m' } }, 'Burstable'],
  ['memory unbounded', { limits: { cpu: '1' }, requests: { cpu: '1' } }, 'Burstable'],
] as const)
  test(`${title}: ${expected}`, () => assert.equal(qosClass({ containers: [{ resources }] }), expected));

const grace = (object: KubeObject, requested?: number): number => definition.strategy!.deletionGracePeriod!(object, requested);

test('a delete waits only for what runs', () => {
  assert.equal(grace(pod({ terminationGracePeriodSeconds: 7 })), 7);
  assert.equal(grace(pod({ terminationGracePeriodSeconds: 7 }), 3), 3);
  assert.equal(grace(pod({}), 0), 0);
  assert.equal(grace(pod({ terminationGracePeriodSeconds: -1 })), 1);
  assert.equal(grace(pod({ nodeName: '' }), 30), 0);
  for (const phase of ['Succeeded', 'Failed']) assert.equal(grace({ ...pod({}), status: { phase } }, 30), 0);
});

test('a new pod is pending, whatever the client says of its status', () => {
  const object: KubeObject = { ...pod({ serviceAccount: 'sa' }), status: { phase: 'Running', podIP: '1.2.3.4' } };
  definition.strategy!.defaults!(object);
  void definition.strategy!.prepareForCreate!(object, {} as never);
  assert.deepEqual(object['status'], { phase: 'Pending', qosClass: 'BestEffort' });
  assert.equal(object['spec'].serviceAccountName, 'sa');
});

const target = (kind: keyof typeof podNodeSubresources, object: KubeObject, query = ''): string =>
  podNodeSubresources[kind].target(object, new URLSearchParams(query)).path;

test("requests to the node, in the kubelet's own paths", () => {
  assert.deepEqual(
    podNodeSubresources.log.target(pod({}), new URLSearchParams('follow=true&tailLines=5&pretty=1&timestamps=false')),
    {
      nodeName: 'n1',
      path: '/containerLogs/default/web/a?follow=true&tailLines=5',
    },
  );
  assert.equal(
    target('exec', pod({}), 'command=sh&command=-c&command=a%20b&stdin=true&stdout=true&tty=1'),
    '/exec/default/web/a?input=1&output=1&tty=1&command=sh&command=-c&command=a+b',
  );
  assert.equal(target('attach', pod({}), 'stdout=true&stderr=true'), '/attach/default/web/a?output=1&error=1');
  assert.equal(target('portforward', pod({}), 'ports=80&ports=81'), '/portForward/default/web?port=80&port=81');
});

test('which container: the named, the default, the only one', () => {
  const two = { containers: [{ name: 'a' }, { name: 'b' }], initContainers: [{ name: 'i' }] };
  assert.equal(target('log', pod(two), 'container=i'), '/containerLogs/default/web/i');
  assert.equal(
    target('log', pod(two, { annotations: { 'kubectl.kubernetes.io/default-container': 'b' } })),
    '/containerLogs/default/web/b',
  );
  const refused = (object: KubeObject, query: string, message: string): void =>
    assert.throws(() => target('log', object, query), { message, code: 400 });
  refused(
    pod(two),
    '',
    'a container name must be specified for pod web, choose one of: [a b] or one of the init containers: [i]',
  );
  refused(pod(two), 'container=c', 'container c is not valid for pod web');
  refused(pod({ nodeName: '' }), '', 'pod web does not have a host assigned');
  refused(pod({}), 'tailLines=x', 'strconv.ParseInt: parsing "x": invalid syntax');
});

test('log options that make no sense', () => {
  assert.throws(() => target('log', pod({}), 'tailLines=-1'), {
    message: 'PodLogOptions "web" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0',
    code: 422,
  });
  assert.throws(
    () => target('log', pod({}), 'limitBytes=0&sinceSeconds=0'),
    /limitBytes: Invalid value: 0: must be greater than 0, sinceSeconds: Invalid value: 0/,
  );
});

test('a name in a path stays one segment', () => {
  assert.equal(target('log', pod({ containers: [{ name: 'a/../b' }] })), '/containerLogs/default/web/a%2F..%2Fb');
});

test('exec wants a command and a stream', () => {
  assert.throws(() => target('exec', pod({}), 'stdout=1'), /you must specify a command/);
  assert.throws(() => target('exec', pod({}), 'command=a'), /at least 1 of stdin, stdout, stderr/);
});

function actionContext(
  object: KubeObject,
  onDelete: (ref: ResourceRef, options?: DeleteOptions) => Promise<KubeObject> = () => Promise.reject(new Error('no')),
): ActionContext {
  return {
    now: '2026-01-01T00:00:00Z',
    dryRun: false,
    verbs: { delete: onDelete, list: () => Promise.resolve({ items: [] }) },
    updateParent: (change: (fresh: KubeObject) => void) => Promise.resolve().then(() => (change(object), object)),
  } as unknown as ActionContext;
}

const bindTo = (name: string, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Binding',
  metadata: { name: 'web', ...metadata },
  target: { kind: 'Node', name },
});

test('a binding gives the pod its node and says so', async () => {
  const object: KubeObject = { ...pod({ nodeName: '' }), status: { conditions: [{ type: 'Ready', status: 'False' }] } };
  const answer = await binding.run(object, bindTo('n2', { annotations: { a: 'b' } }), actionContext(object));
  assert.deepEqual([answer['status'], answer['code']], ['Success', 201]);
  assert.equal(object['spec'].nodeName, 'n2');
  assert.deepEqual(object.metadata.annotations, { a: 'b' });
  assert.deepEqual(object['status'].conditions[1], {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: '2026-01-01T00:00:00Z',
  });
});

test('a pod is bound once', async () => {
  const refused = (object: KubeObject, body: KubeObject, message: string): Promise<void> =>
    assert.rejects(binding.run(object, body, actionContext(object)), { message });
  const conflict = 'Operation cannot be fulfilled on pods/binding "web": ';
  await refused(pod({}), bindTo('n2'), `${conflict}pod web is already assigned to node "n1"`);
  await refused(
    pod({ nodeName: '' }, { deletionTimestamp: 'x' }),
    bindTo('n2'),
    `${conflict}pod web is being deleted, cannot be assigned to a host`,
  );
  await refused(
    pod({ nodeName: '', schedulingGates: [{ name: 'a' }] }),
    bindTo('n2'),
    `${conflict}pod web has non-empty .spec.schedulingGates`,
  );
  await refused(
    pod({ nodeName: '' }),
    bindTo('n2', { uid: 'u2' }),
    `${conflict}Precondition failed: UID in precondition: u2, UID in object meta: u1`,
  );
  await refused(pod({ nodeName: '' }), bindTo(''), 'Binding "web" is invalid: target.name: Required value');
});

test('an eviction deletes with its own options; a pod that is gone is evicted', async () => {
  const calls: unknown[] = [];
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'web' }, deleteOptions: { gracePeriodSeconds: 4 } };
  const context = actionContext(pod({}), (ref, options) => {
    calls.push([ref, options]);
    return Promise.reject(newNotFound({ group: '', resource: 'pods' }, 'web'));
  });
  assert.equal((await eviction.run(pod({}), body, context))['status'], 'Success');
  assert.deepEqual(calls, [
    [
      { group: '', version: 'v1', resource: 'pods', namespace: 'default', name: 'web' },
      { gracePeriodSeconds: 4, preconditions: { uid: 'u1' } },
    ],
  ]);
});
