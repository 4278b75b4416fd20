import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validatePodUpdate } from '../../../../../../lib/platform/api/core/pod/pod-update-validation.ts';
import { validatePod } from '../../../../../../lib/platform/api/core/pod/pod-validation.ts';
import type { KubeObject } from '../../../../../../lib/platform/api/meta.ts';
import { applyDefaults } from '../../../../../../lib/platform/api/schema/apply-defaults.ts';
import type { StatusCause } from '../../../../../../lib/platform/api/status-error.ts';

type Fields = Record<string, unknown>;

function pod(spec: Fields): KubeObject {
  const object = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'n' },
    spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
  };
  applyDefaults(object, 'io.k8s.api.core.v1.Pod');
  return object;
}

const container = (fields: Fields, spec: Fields = {}): Fields => ({
  containers: [{ name: 'c', image: 'i', ...fields }],
  ...spec,
});
const lines = (causes: readonly StatusCause[]): string[] => causes.map((cause) => `${cause.field}: ${cause.message}`);

const VALID: readonly [string, Fields][] = [
  ['a plain pod', {}],
  [
    'a pod with everything',
    {
      volumes: [
        { name: 'a', emptyDir: { sizeLimit: '1Gi' } },
        { name: 'b', configMap: { name: 'cm', items: [{ key: 'k', path: 'x/y', mode: 0o400 }] } },
        { name: 'c', hostPath: { path: '/x', type: 'Directory' } },
        {
          name: 'd',
          projected: {
            sources: [
              { serviceAccountToken: { path: 'token' } },
              { downwardAPI: { items: [{ path: 'l', fieldRef: { fieldPath: 'metadata.labels' } }] } },
            ],
          },
        },
      ],
      containers: [
        {
          name: 'c',
          image: 'i',
          ports: [{ containerPort: 80, name: 'http', hostPort: 8080 }],
          env: [
            { name: 'A', value: '1' },
            { name: 'B', valueFrom: { fieldRef: { fieldPath: "metadata.annotations['x.y/z']" } } },
          ],
          envFrom: [{ prefix: 'P_', configMapRef: { name: 'cm' } }],
          livenessProbe: { exec: { command: ['true'] } },
          readinessProbe: { httpGet: { port: 'http' }, successThreshold: 2 },
          lifecycle: { preStop: { sleep: { seconds: 1 } } },
          volumeMounts: [{ name: 'a', mountPath: '/a', subPath: 'x' }],
          securityContext: { runAsUser: 0, capabilities: { drop: ['ALL'] } },
          resources: { limits: { cpu: '1', 'example.com/gpu': '2' }, requests: { cpu: '500m' } },
        },
      ],
      initContainers: [
        { name: 'i', image: 'i' },
        { name: 's', image: 'i', restartPolicy: 'Always', startupProbe: { tcpSocket: { port: 1 } } },
      ],
      tolerations: [{ operator: 'Exists' }, { key: 'a', effect: 'NoExecute', tolerationSeconds: 3 }],
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }] }],
          },
        },
      },
      dnsPolicy: 'None',
      dnsConfig: { nameservers: ['1.1.1.1'] },
    },
  ],
];
for (const [title, spec] of VALID) test(`${title} is valid`, () => assert.deepEqual(lines(validatePod(pod(spec))), []));

const INVALID: readonly [title: string, spec: Fields, ...causes: string[]][] = [
  ['no containers', { containers: [] }, 'spec.containers: Required value'],
  ['no image', { containers: [{ name: 'c' }] }, 'spec.containers[0].image: Required value'],
  [
    'a blank around the image',
    container({ image: ' i' }),
    'spec.containers[0].image: Invalid value: " i": must not have leading or trailing whitespace',
  ],
  [
    'the same name twice',
    { containers: [{ name: 'c', image: 'i' }], initContainers: [{ name: 'c', image: 'i' }] },
    'spec.initContainers[0].name: Duplicate value: "c"',
  ],
  [
    'an unknown restart policy',
    { restartPolicy: 'Sometimes' },
    'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
  ],
  [
    'a mount of no volume',
    container({ volumeMounts: [{ name: 'v', mountPath: '/x' }] }),
    'spec.containers[0].volumeMounts[0].name: Not found: "v"',
  ],
  [
    'two mounts at one path',
    container(
      {
        volumeMounts: [
          { name: 'v', mountPath: '/x' },
          { name: 'v', mountPath: '/x' },
        ],
      },
      { volumes: [{ name: 'v' }] },
    ),
    'spec.containers[0].volumeMounts[1].mountPath: Invalid value: "/x": must be unique',
  ],
  [
    'a way out of a volume',
    container({ volumeMounts: [{ name: 'v', mountPath: '/x', subPath: '../y' }] }, { volumes: [{ name: 'v' }] }),
    'spec.containers[0].volumeMounts[0].subPath: Invalid value: "../y": must not contain \'..\'',
  ],
  [
    'a device of no claim',
    container({ volumeDevices: [{ name: 'v', devicePath: '/dev/x' }] }, { volumes: [{ name: 'v' }] }),
    'spec.containers[0].volumeDevices[0].name: Invalid value: "v": can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode',
  ],
  [
    'a device that is mounted too',
    container(
      { volumeDevices: [{ name: 'v', devicePath: '/dev/x' }], volumeMounts: [{ name: 'v', mountPath: '/x' }] },
      { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }] },
    ),
    'spec.containers[0].volumeDevices[0].name: Invalid value: "v": must not already exist in volumeMounts',
  ],
  [
    'a device with a way out',
    container(
      { volumeDevices: [{ name: 'v', devicePath: '/dev/../x' }] },
      { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }] },
    ),
    'spec.containers[0].volumeDevices[0].devicePath: Invalid value: "/dev/../x": can not contain backsteps (\'..\')',
  ],
  [
    'two sources of a volume',
    { volumes: [{ name: 'v', emptyDir: {}, hostPath: { path: '/' } }] },
    'spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type',
  ],
  [
    'a host path with dots',
    { volumes: [{ name: 'v', hostPath: { path: '/a/../b' } }] },
    'spec.volumes[0].hostPath.path: Invalid value: "/a/../b": must not contain \'..\'',
  ],
  ['a secret without a name', { volumes: [{ name: 'v', secret: {} }] }, 'spec.volumes[0].secret.secretName: Required value'],
  [
    'a file mode',
    { volumes: [{ name: 'v', configMap: { name: 'c', defaultMode: 512 } }] },
    'spec.volumes[0].configMap.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive',
  ],
  [
    'a short token',
    { volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 60 } }] } }] },
    'spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes',
  ],
  [
    'a request over its limit',
    container({ resources: { limits: { memory: '64Mi' }, requests: { memory: '1Gi' } } }),
    'spec.containers[0].resources.requests: Invalid value: "1Gi": must be less than or equal to memory limit of 64Mi',
  ],
  [
    'an amount below zero',
    container({ resources: { requests: { cpu: '-1' } } }),
    'spec.containers[0].resources.requests[cpu]: Invalid value: "-1": must be greater than or equal to 0',
  ],
  [
    'an unknown resource',
    container({ resources: { requests: { foo: '1' } } }),
    'spec.containers[0].resources.requests[foo]: Invalid value: "foo": must be a standard resource type or fully qualified',
    'spec.containers[0].resources.requests[foo]: Invalid value: "foo": must be a standard resource for containers',
  ],
  [
    'a port name too long',
    container({ ports: [{ containerPort: 1, name: 'abcdefghijklmnop' }] }),
    'spec.containers[0].ports[0].name: Invalid value: "abcdefghijklmnop": must be no more than 15 characters',
  ],
  ['no port', container({ ports: [{ name: 'a' }] }), 'spec.containers[0].ports[0].containerPort: Required value'],
  [
    'another port on the host network',
    container({ ports: [{ containerPort: 1, hostPort: 2 }] }, { hostNetwork: true }),
    'spec.containers[0].ports[0].containerPort: Invalid value: 1: must match `hostPort` when `hostNetwork` is true',
  ],
  [
    'a probe that does nothing',
    container({ livenessProbe: {} }),
    'spec.containers[0].livenessProbe: Required value: must specify a handler type',
  ],
  [
    'a probe that does two things',
    container({ livenessProbe: { exec: { command: ['a'] }, tcpSocket: { port: 1 } } }),
    'spec.containers[0].livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type',
  ],
  [
    'a patient liveness probe',
    container({ livenessProbe: { exec: { command: ['a'] }, successThreshold: 2 } }),
    'spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1',
  ],
  [
    'a probed init container',
    { initContainers: [{ name: 'i', image: 'i', readinessProbe: { exec: { command: ['a'] } } }] },
    'spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
  ],
  [
    'a variable from nowhere',
    container({ env: [{ name: 'A', valueFrom: {} }] }),
    'spec.containers[0].env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`',
  ],
  [
    'a variable with two values',
    container({ env: [{ name: 'A', value: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] }),
    'spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty',
  ],
  [
    'a field that cannot be shown',
    container({ env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'spec.foo' } } }] }),
    'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.foo": error converting fieldPath: field label not supported: spec.foo',
  ],
  [
    'a toleration without an end',
    { tolerations: [{ key: 'a', tolerationSeconds: 3 }] },
    'spec.tolerations[0].effect: Invalid value: "": effect must be \'NoExecute\' when `tolerationSeconds` is set',
  ],
  [
    'a deadline of nothing',
    { activeDeadlineSeconds: 0 },
    'spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive',
  ],
  ['no DNS at all', { dnsPolicy: 'None' }, 'spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None'],
  [
    'two containers on one host port',
    {
      containers: [
        { name: 'a', image: 'i', ports: [{ containerPort: 1, hostPort: 5 }] },
        { name: 'b', image: 'i', ports: [{ containerPort: 2, hostPort: 5 }] },
      ],
    },
    'spec.containers[1].ports[0].hostPort: Duplicate value: "TCP//5"',
  ],
];
for (const [title, spec, ...causes] of INVALID)
  test(`${title}: ${causes[0]}`, () => assert.deepEqual(lines(validatePod(pod(spec))), causes));

const changed = (before: Fields, after: Fields): string[] =>
  lines(validatePodUpdate(pod(after), pod(before))).map((line) => line.split('\n')[0]!);

const ALLOWED: readonly [string, Fields, Fields][] = [
  ['nothing', {}, {}],
  ['an image', container({}), container({ image: 'j' })],
  ['a deadline that begins', {}, { activeDeadlineSeconds: 5 }],
  ['a deadline that shrinks', { activeDeadlineSeconds: 5 }, { activeDeadlineSeconds: 4 }],
  [
    'a toleration more',
    { tolerations: [{ key: 'a', operator: 'Exists' }] },
    {
      tolerations: [
        { key: 'a', operator: 'Exists' },
        { key: 'b', operator: 'Exists' },
      ],
    },
  ],
  ['a gate less', { schedulingGates: [{ name: 'a' }] }, {}],
];
for (const [title, before, after] of ALLOWED)
  test(`an update may change ${title}`, () => assert.deepEqual(changed(before, after), []));

test('an update may change nothing else', () => {
  const text =
    'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';
  assert.deepEqual(changed({}, { nodeName: 'n' }), [text]);
  assert.deepEqual(changed({}, container({ command: ['x'] })), [text]);
  assert.deepEqual(
    changed(
      {},
      {
        containers: [
          { name: 'c', image: 'i' },
          { name: 'd', image: 'i' },
        ],
      },
    ),
    ['spec.containers: Forbidden: pod updates may not add or remove containers'],
  );
  assert.deepEqual(changed({ tolerations: [{ key: 'a', operator: 'Exists' }] }, {}), [
    'spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds',
  ]);
  assert.deepEqual(changed({ activeDeadlineSeconds: 5 }, { activeDeadlineSeconds: 6 }), [
    'spec.activeDeadlineSeconds: Invalid value: 6: must be less than or equal to previous value',
  ]);
});

test('the refusal shows what differs', () => {
  const [cause] = validatePodUpdate(pod({ nodeName: 'b' }), pod({ nodeName: 'a' }));
  assert.deepEqual(cause!.message!.split('\n').slice(1), ['- spec.nodeName: "a"', '+ spec.nodeName: "b"']);
});
