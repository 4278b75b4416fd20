import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyDefaults } from '../../../../../lib/platform/api/schema/apply-defaults.ts';
import { defaultImagePullPolicy } from '../../../../../lib/platform/api/schema/defaults/pod-defaults.ts';

type Fields = Record<string, unknown>;
const core = (kind: string): string => `io.k8s.api.core.v1.${kind}`;

function defaulted(kind: string, object: object): Fields {
  applyDefaults(object, core(kind));
  return object as Fields;
}

test('a minimal pod gets what a real server gives it', () => {
  const pod = defaulted('Pod', {
    metadata: { name: 'web' },
    spec: { containers: [{ name: 'web', image: 'nginx:1.27', ports: [{ containerPort: 80 }] }], volumes: [{ name: 'tmp' }] },
  });
  assert.deepEqual(pod, {
    metadata: { name: 'web', creationTimestamp: null },
    spec: {
      containers: [
        {
          name: 'web',
          image: 'nginx:1.27',
          imagePullPolicy: 'IfNotPresent',
          ports: [{ containerPort: 80, protocol: 'TCP' }],
          resources: {},
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
        },
      ],
      dnsPolicy: 'ClusterFirst',
      enableServiceLinks: true,
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      securityContext: {},
      terminationGracePeriodSeconds: 30,
      volumes: [{ name: 'tmp', emptyDir: {} }],
    },
    status: {},
  });
});

test('defaulting twice changes nothing more', () => {
  const object = { metadata: {}, spec: { ports: [{ port: 80 }], type: 'NodePort' } };
  const once = structuredClone(defaulted('Service', object));
  assert.deepEqual(defaulted('Service', object), once);
});

test('requests come from limits, and quantities are canonical', () => {
  const pod = defaulted('Pod', {
    spec: { containers: [{ resources: { limits: { cpu: 0.5, memory: '1024Mi' }, requests: { cpu: '0.1' } } }] },
  });
  const [container] = (pod['spec'] as { containers: { resources: object }[] }).containers;
  assert.deepEqual(container!.resources, { limits: { cpu: '500m', memory: '1Gi' }, requests: { cpu: '100m', memory: '1Gi' } });
});

test('probes are filled in, those of templates too', () => {
  const rc = defaulted('ReplicationController', {
    spec: {
      template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ readinessProbe: { httpGet: { port: 80 } } }] } },
    },
  });
  const spec = rc['spec'] as {
    selector: object;
    replicas: number;
    template: { spec: { containers: { readinessProbe: object }[]; enableServiceLinks?: boolean } };
  };
  assert.deepEqual(spec.template.spec.containers[0]!.readinessProbe, {
    httpGet: { path: '/', port: 80, scheme: 'HTTP' },
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
  });
  assert.deepEqual([spec.selector, spec.replicas], [{ a: 'b' }, 1]);
  assert.deepEqual((rc['metadata'] as Fields)['labels'], { a: 'b' });
  // A rule of pods, not of templates.
  assert.equal(spec.template.spec.enableServiceLinks, undefined);
});

test('what means nothing goes: nulls, empty lists and maps, unknown fields', () => {
  const pod = defaulted('Pod', {
    metadata: { name: 'a', labels: {}, finalizers: [], annotations: null, foo: 1 },
    spec: { nodeName: '', containers: [{ name: 'a', command: [], stdin: false, env: null }], hostNetwork: false },
  });
  assert.deepEqual(Object.keys(pod['metadata'] as object), ['name', 'creationTimestamp']);
  const spec = pod['spec'] as { containers: object[]; nodeName?: string; hostNetwork?: boolean };
  assert.equal('nodeName' in spec || 'hostNetwork' in spec, false);
  assert.equal('command' in spec.containers[0]! || 'stdin' in spec.containers[0]! || 'env' in spec.containers[0]!, false);
});

test('an explicit zero behind a pointer stays', () => {
  const rc = defaulted('ReplicationController', {
    spec: { replicas: 0, template: { spec: { terminationGracePeriodSeconds: 0 } } },
  });
  const spec = rc['spec'] as { replicas: number; template: { spec: Fields } };
  assert.deepEqual([spec.replicas, spec.template.spec['terminationGracePeriodSeconds']], [0, 0]);
});

test('services: target ports, session affinity, policies by type', () => {
  const cluster = defaulted('Service', { spec: { ports: [{ port: 80 }, { port: 81, targetPort: 'web', protocol: 'UDP' }] } })[
    'spec'
  ] as Fields;
  assert.deepEqual(cluster, {
    ports: [
      { port: 80, protocol: 'TCP', targetPort: 80 },
      { port: 81, protocol: 'UDP', targetPort: 'web' },
    ],
    sessionAffinity: 'None',
    type: 'ClusterIP',
    internalTrafficPolicy: 'Cluster',
  });
  const nodePort = defaulted('Service', { spec: { type: 'NodePort', sessionAffinity: 'ClientIP' } })['spec'] as Fields;
  assert.equal(nodePort['externalTrafficPolicy'], 'Cluster');
  assert.deepEqual(nodePort['sessionAffinityConfig'], { clientIP: { timeoutSeconds: 10800 } });
});

const PULL_POLICIES = [
  ['nginx', 'Always'],
  ['nginx:latest', 'Always'],
  ['nginx:1.27', 'IfNotPresent'],
  ['registry:5000/nginx', 'Always'],
  ['registry:5000/nginx:2', 'IfNotPresent'],
  ['nginx@sha256:abc', 'IfNotPresent'],
] as const;
for (const [image, policy] of PULL_POLICIES)
  test(`${image} is pulled ${policy}`, () => assert.equal(defaultImagePullPolicy(image), policy));

test('times are written in UTC to the second, lease times to the microsecond', () => {
  const event = defaulted('Event', { firstTimestamp: '2026-01-02T03:04:05.678+02:00', eventTime: '2026-01-02T03:04:05.5Z' });
  assert.equal(event['firstTimestamp'], '2026-01-02T01:04:05Z');
  assert.equal(event['eventTime'], '2026-01-02T03:04:05.500000Z');
});

test('a hostile label key neither vanishes nor reaches a prototype', () => {
  const object = JSON.parse('{"metadata":{"name":"a","labels":{"__proto__":null,"a":"b"}}}') as { metadata: { labels: object } };
  applyDefaults(object, core('ConfigMap'));
  assert.deepEqual(Object.entries(object.metadata.labels), [
    ['__proto__', ''],
    ['a', 'b'],
  ]);
  assert.equal(Object.getPrototypeOf(object.metadata.labels), Object.prototype);
});

test('a null value of a map is its zero', () => {
  const object = defaulted('ConfigMap', { data: { a: null }, binaryData: { b: null } });
  assert.deepEqual([object['data'], object['binaryData']], [{ a: '' }, { b: '' }]);
});

test('no rule leaves an undefined property behind', () => {
  for (const kind of ['Pod', 'Node', 'Service', 'ReplicationController', 'Namespace', 'Secret', 'Endpoints', 'Event']) {
    const object = defaulted(kind, {});
    assert.deepEqual(object, JSON.parse(JSON.stringify(object)), kind);
  }
});
