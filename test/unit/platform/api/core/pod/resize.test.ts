import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resize } from '../../../../../../lib/platform/api/core/pod/resize.ts';
import { validateResizePolicy } from '../../../../../../lib/platform/api/core/pod/resources-validation.ts';
import { applyDefaults } from '../../../../../../lib/platform/api/schema/apply-defaults.ts';
import type { KubeObject } from '../../../../../../lib/platform/api/meta.ts';

const container = (name: string, requests: object, limits: object = {}, more: object = {}): object => ({
  name,
  image: 'i',
  resources: { requests, limits },
  ...more,
});
const HALF = { cpu: '500m', memory: '64Mi' };
const pod = (containers: object[], more: object = {}, status: object = { qosClass: 'Burstable' }): KubeObject => {
  const object: KubeObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default', labels: { app: 'web' } },
    spec: { containers, ...more },
    status,
  };
  applyDefaults(object, 'io.k8s.api.core.v1.Pod');
  return object;
};
const OLD = pod([container('a', HALF)]);

/** What would be stored, and why it would not be. */
function write(wanted: KubeObject, old: KubeObject = OLD): { pod: KubeObject; causes: string[] } {
  const object = structuredClone(wanted);
  resize.prepareForUpdate(object, old, '');
  return { pod: object, causes: resize.validateUpdate!(object, old).map(({ field, message }) => `${field}: ${message}`) };
}

test('only what containers may use is taken from a resize', () => {
  const wanted = pod([container('a', { ...HALF, cpu: '1' }, {}, { image: 'other', env: [{ name: 'X' }] })], { hostPID: true });
  wanted.metadata.labels = { app: 'other' };
  const { pod: stored, causes } = write(wanted);
  assert.deepEqual(causes, []);
  assert.deepEqual(stored.metadata.labels, { app: 'web' });
  assert.deepEqual(stored['spec'], pod([container('a', { ...HALF, cpu: '1' })])['spec']);
});

const refused: [string, KubeObject, KubeObject, RegExp][] = [
  [
    'another class of service',
    pod([container('a', HALF, HALF)]),
    OLD,
    /^spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing$/,
  ],
  [
    'a request less',
    pod([container('a', { cpu: '1' })]),
    OLD,
    /^spec\.containers\[0\]\.resources\.requests: Forbidden: resource requests cannot be removed$/,
  ],
  [
    'a limit less',
    pod([container('a', HALF)]),
    pod([container('a', HALF, { cpu: '1' })]),
    /^spec\.containers\[0\]\.resources\.limits: Forbidden: resource limits cannot be removed$/,
  ],
  [
    'another name',
    pod([container('b', HALF)]),
    OLD,
    /^spec\.containers\[0\]\.name: Forbidden: containers may not be renamed or reordered on resize$/,
  ],
  [
    'one more',
    pod([container('a', HALF), container('b', HALF)]),
    OLD,
    /^spec\.containers: Forbidden: containers may not be added or removed on resize$/,
  ],
  [
    'a resource that is no compute',
    pod([container('a', { ...HALF, 'ephemeral-storage': '1Gi' })]),
    OLD,
    /^spec: Forbidden: only cpu and memory resources are mutable$/,
  ],
  [
    'an init container that ends',
    pod([container('a', HALF)], { initContainers: [container('i', { cpu: '1' })] }),
    pod([container('a', HALF)], { initContainers: [container('i', { cpu: '2' })] }),
    /^spec: Forbidden: resources for non-sidecar init containers are immutable$/,
  ],
  [
    'a node that cannot',
    pod([container('a', { ...HALF, cpu: '1' })]),
    pod([container('a', HALF)], {}, { qosClass: 'Burstable', containerStatuses: [{ name: 'a', state: { running: {} } }] }),
    /^spec: Forbidden: Pod running on node without support for resize$/,
  ],
  [
    'more asked than allowed',
    pod([container('a', { ...HALF, cpu: '3' }, { cpu: '1' })]),
    pod([container('a', HALF, { cpu: '1' })]),
    /must be less than or equal to cpu limit of 1$/,
  ],
];
for (const [title, wanted, old, expected] of refused)
  test(`refused: ${title}`, () => {
    const { causes } = write(wanted, old);
    assert.equal(causes.length, 1, causes.join('\n'));
    assert.match(causes[0]!, expected);
  });

test('a sidecar may be resized', () => {
  const sidecar = (cpu: string): object => container('s', { cpu }, {}, { restartPolicy: 'Always' });
  const old = pod([container('a', HALF)], { initContainers: [sidecar('1')] });
  assert.deepEqual(write(pod([container('a', HALF)], { initContainers: [sidecar('2')] }), old).causes, []);
});

test('what a resize does to a container is checked where the pod is made', () => {
  const check = (policies: Record<string, string>[], restartPolicy = 'Always'): string[] =>
    validateResizePolicy(policies, 'p', restartPolicy).map(({ field, message }) => `${field}: ${message}`);
  assert.deepEqual(check([{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }]), []);
  assert.deepEqual(check([{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }], 'Never'), [
    "p: Invalid value: \"RestartContainer\": must be 'NotRequired' when `restartPolicy` is 'Never'",
  ]);
  assert.equal(
    check([
      { resourceName: 'cpu', restartPolicy: 'NotRequired' },
      { resourceName: 'cpu', restartPolicy: 'NotRequired' },
    ]).length,
    1,
  );
  assert.match(
    check([{ resourceName: 'disk', restartPolicy: 'Maybe' }]).join(),
    /"disk": supported values: "cpu", "memory".*"Maybe": supported values/,
  );
  assert.deepEqual(check([{ resourceName: '', restartPolicy: '' }]).length, 2);
});
