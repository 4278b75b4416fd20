import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lease } from '../../../../../lib/platform/api/coordination/lease.ts';
import { configMap } from '../../../../../lib/platform/api/core/config-map.ts';
import { endpoints } from '../../../../../lib/platform/api/core/endpoints.ts';
import { event } from '../../../../../lib/platform/api/core/event.ts';
import { namespace } from '../../../../../lib/platform/api/core/namespace.ts';
import { node } from '../../../../../lib/platform/api/core/node/node.ts';
import { replicationController } from '../../../../../lib/platform/api/core/replication-controller.ts';
import { secret } from '../../../../../lib/platform/api/core/secret.ts';
import type { ResourceDefinition } from '../../../../../lib/platform/api/define-resource.ts';
import type { KubeObject, ObjectMeta } from '../../../../../lib/platform/api/meta.ts';

const NOW = Date.parse('2026-01-01T01:00:00Z');
const object = (fields: object, metadata: ObjectMeta = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'X',
  metadata: { name: 'x', namespace: 'default', creationTimestamp: '2026-01-01T00:00:00Z', ...metadata },
  ...fields,
});
const causes = (of: ResourceDefinition, subject: KubeObject): string[] =>
  of.strategy!.validate!(subject).map((cause) => `${cause.field}: ${cause.message}`);
const updateCauses = (of: ResourceDefinition, subject: KubeObject, old: KubeObject): string[] =>
  of.strategy!.validateUpdate!(subject, old).map((cause) => `${cause.field}: ${cause.message}`);
const row = (of: ResourceDefinition, subject: KubeObject): unknown[] => of.columns!.map((column) => column.cell(subject, NOW));

test('config maps: keys, size, immutability', () => {
  assert.deepEqual(causes(configMap, object({ data: { 'a.b': 'x' }, binaryData: { c: 'AA==' } })), []);
  assert.match(
    causes(configMap, object({ data: { 'a b': 'x' } }))[0]!,
    /^data\[a b\]: Invalid value: "a b": a valid config key must consist of/,
  );
  assert.deepEqual(causes(configMap, object({ data: { a: 'x' }, binaryData: { a: '' } })), [
    'data[a]: Invalid value: "a": duplicate of key present in binaryData',
  ]);
  assert.deepEqual(causes(configMap, object({ data: { a: 'x'.repeat(1024 * 1024 + 1) } })), [
    '[]: Too long: may not be more than 1048576 bytes',
  ]);
  const old = object({ immutable: true, data: { a: 'x' } });
  assert.deepEqual(updateCauses(configMap, object({ immutable: true, data: { a: 'x' } }), old), []);
  assert.deepEqual(updateCauses(configMap, object({ data: { a: 'y' } }), old), [
    'immutable: Forbidden: field is immutable when `immutable` is set',
    'data: Forbidden: field is immutable when `immutable` is set',
  ]);
  assert.deepEqual(row(configMap, object({ data: { a: '' }, binaryData: { b: '', c: '' } })), ['x', 3, '60m']);
});

test('secrets: stringData becomes data, types want their keys', () => {
  const fresh = object({ type: 'Opaque', data: { a: 'eA==' }, stringData: { a: 'y', b: 'z' } });
  secret.strategy!.defaults!(fresh);
  assert.deepEqual([fresh['data'], fresh['stringData']], [{ a: 'eQ==', b: 'eg==' }, undefined]);
  assert.deepEqual(causes(secret, object({ type: 'kubernetes.io/tls', data: { 'tls.crt': '' } })), [
    'data[tls.key]: Required value',
  ]);
  assert.deepEqual(causes(secret, object({ type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': 'e30=' } })), []);
  assert.match(
    causes(secret, object({ type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': 'AAAA' } }))[0]!,
    /<secret contents redacted>/,
  );
  assert.deepEqual(updateCauses(secret, object({ type: 'b' }), object({ type: 'a' })), [
    'type: Invalid value: "b": field is immutable',
  ]);
});

test('namespaces: active with their finalizer, terminating until it is gone', () => {
  const fresh = object({ spec: {}, status: { phase: 'Terminating' } }, { name: 'foo' });
  void namespace.strategy!.prepareForCreate!(fresh, {} as never);
  assert.deepEqual([fresh['spec'], fresh['status']], [{ finalizers: ['kubernetes'] }, { phase: 'Active' }]);
  assert.deepEqual(fresh.metadata.labels, { 'kubernetes.io/metadata.name': 'foo' });
  namespace.strategy!.prepareForDelete!(fresh, {} as never);
  assert.equal(fresh['status'].phase, 'Terminating');
  assert.ok(namespace.strategy!.isHeld!(fresh));
  assert.ok(!namespace.strategy!.isHeld!(object({ spec: {} })));
  // Only finalize may take finalizers away.
  const update = object({ spec: { finalizers: [] } });
  void namespace.strategy!.prepareForUpdate!(update, fresh, {} as never);
  assert.deepEqual(update['spec'].finalizers, ['kubernetes']);
});

test('replication controllers: the selector finds the template', () => {
  const rc = (spec: object): KubeObject =>
    object({
      spec: {
        replicas: 1,
        selector: { a: 'b' },
        template: {
          metadata: { labels: { a: 'b' } },
          spec: {
            restartPolicy: 'Always',
            dnsPolicy: 'Default',
            containers: [{ name: 'c', image: 'i', imagePullPolicy: 'Always', terminationMessagePolicy: 'File' }],
          },
        },
        ...spec,
      },
    });
  assert.deepEqual(causes(replicationController, rc({})), []);
  assert.deepEqual(causes(replicationController, rc({ selector: { a: 'c' } })), [
    'spec.template.metadata.labels: Invalid value: map[string]string{"a":"b"}: `selector` does not match template `labels`',
  ]);
  assert.deepEqual(causes(replicationController, rc({ template: undefined, selector: {} })), [
    'spec.selector: Required value',
    'spec.template: Required value',
  ]);
  const status = { replicas: 1, readyReplicas: 2 };
  const { validateUpdate } = replicationController.status as {
    validateUpdate: (a: KubeObject, b: KubeObject) => { message?: string }[];
  };
  assert.equal(
    validateUpdate(object({ status }), rc({}))[0]!.message,
    'Invalid value: 2: cannot be greater than status.replicas',
  );
  assert.deepEqual(row(replicationController, { ...rc({ replicas: 3 }), status: { replicas: 2, readyReplicas: 1 } }), [
    'x',
    3,
    2,
    1,
    '60m',
    'c',
    'i',
    'a=b',
  ]);
  assert.equal(replicationController.scale!.selector(rc({ selector: { b: '2', a: '1' } })), 'a=1,b=2');
});

test('endpoints: usable addresses, three of them shown', () => {
  const subsets = (ip: string): KubeObject =>
    object({ subsets: [{ addresses: [{ ip }], ports: [{ port: 80, protocol: 'TCP' }] }] });
  assert.deepEqual(causes(endpoints, subsets('10.0.0.1')), []);
  assert.deepEqual(causes(endpoints, subsets('127.0.0.1')), [
    'subsets[0].addresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
  ]);
  assert.deepEqual(causes(endpoints, object({ subsets: [{}] })), [
    'subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`',
  ]);
  const many = object({ subsets: [{ addresses: [1, 2, 3, 4, 5].map((n) => ({ ip: `10.0.0.${n}` })), ports: [{ port: 80 }] }] });
  assert.equal(row(endpoints, many)[1], '10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 2 more...');
  assert.equal(row(endpoints, object({}))[1], '<none>');
});

test('events: about something in their namespace', () => {
  const about = { kind: 'Pod', namespace: 'default', name: 'web' };
  assert.deepEqual(causes(event, object({ involvedObject: about })), []);
  assert.deepEqual(causes(event, object({ involvedObject: { ...about, namespace: 'other' } })), [
    'involvedObject.namespace: Invalid value: "other": does not match event.namespace',
  ]);
  assert.deepEqual(causes(event, object({ involvedObject: { kind: 'Node', name: 'n' } })), []);
  const shown = object({
    involvedObject: about,
    type: 'Normal',
    reason: 'Started',
    message: 'up\n',
    count: 2,
    firstTimestamp: '2026-01-01T00:30:00Z',
    lastTimestamp: '2026-01-01T00:59:00Z',
    source: { component: 'kubelet', host: 'n1' },
  });
  assert.deepEqual(row(event, shown), ['60s', 'Normal', 'Started', 'pod/web', '', 'kubelet, n1', 'up', '30m', 2, 'x']);
  assert.equal(event.selectableFields!['involvedObject.name']!(shown), 'web');
});

test('nodes: ready, cordoned, with their roles', () => {
  const ready = (status: string): object => ({
    status: { conditions: [{ type: 'Ready', status }], nodeInfo: { kubeletVersion: 'v1' } },
  });
  assert.deepEqual(
    row(
      node,
      object(ready('True'), { labels: { 'node-role.kubernetes.io/worker': '', 'node-role.kubernetes.io/master': '' } }),
    ).slice(1, 5),
    ['Ready', 'master,worker', '60m', 'v1'],
  );
  assert.equal(row(node, object({ ...ready('Unknown'), spec: { unschedulable: true } }))[1], 'NotReady,SchedulingDisabled');
  assert.equal(row(node, object({}))[1], 'Unknown');
  assert.deepEqual(causes(node, object({ spec: { taints: [{ key: 'a', effect: 'Never' }] } })), [
    'metadata.taints[0].effect: Unsupported value: "Never": supported values: "NoExecute", "NoSchedule", "PreferNoSchedule"',
  ]);
  assert.deepEqual(
    updateCauses(node, object({ spec: { podCIDRs: ['10.1.0.0/24'] } }), object({ spec: { podCIDRs: ['10.2.0.0/24'] } })),
    ['spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid'],
  );
});

test('leases last longer than nothing', () => {
  assert.deepEqual(causes(lease, object({ spec: { leaseDurationSeconds: 0 } })), [
    'spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0',
  ]);
  assert.deepEqual(row(lease, object({ spec: { holderIdentity: 'n1' } })), ['x', 'n1', '60m']);
});
