import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { objectFromV1, objectToV1, OLD_KINDS } from '../../../../lib/platform/v1beta1/kinds.ts';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';

const kindOf = (resource: string) => OLD_KINDS.get(resource)!;
const toV1 = (resource: string, object: unknown): KubeObject => objectToV1(kindOf(resource), object);

const name = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
const labels = fc.dictionary(name, name, { maxKeys: 3, noNullPrototype: true });
const port = fc.integer({ min: 1, max: 65_535 });
const words = fc.array(name, { minLength: 1, maxLength: 3 });
const optional = (required: Record<string, fc.Arbitrary<unknown>>, others: Record<string, fc.Arbitrary<unknown>>) =>
  fc.record<Record<string, unknown>>({ ...required, ...others }, { requiredKeys: Object.keys(required) });

const metadata = optional(
  { name },
  {
    namespace: name,
    uid: name,
    labels,
    annotations: labels,
    resourceVersion: fc.nat().map((version) => String(version + 1)),
    finalizers: words,
  },
);
const probe = fc.oneof(
  fc.record({ httpGet: fc.record({ path: name, port }), initialDelaySeconds: port }),
  fc.record({ tcpSocket: fc.record({ port: fc.oneof(port, name) }) }),
  fc.record({ exec: fc.record({ command: words }) }),
);
const container = optional(
  { name, image: name, imagePullPolicy: fc.constantFrom('Always', 'Never', 'IfNotPresent') },
  {
    command: words,
    args: words,
    env: fc.array(fc.record({ name, value: name })),
    ports: fc.array(fc.record({ containerPort: port, hostPort: port })),
    livenessProbe: probe,
    readinessProbe: probe,
    resources: fc.record({
      limits: fc.record({ cpu: fc.constant('100m') }),
      requests: fc.record({ memory: fc.constant('1Mi') }),
    }),
    securityContext: fc.record({ privileged: fc.boolean() }),
  },
);
const volume = fc.oneof(
  fc.record({ name, hostPath: fc.record({ path: name }) }),
  fc.record({ name, emptyDir: fc.constant({}) }),
  fc.record({ name, gcePersistentDisk: fc.record({ pdName: name }) }),
  fc.record({ name, secret: fc.record({ secretName: name }) }),
);
const podSpec = optional(
  { containers: fc.array(container, { minLength: 1, maxLength: 3 }) },
  {
    volumes: fc.array(volume, { maxLength: 4 }),
    restartPolicy: fc.constantFrom('Always', 'OnFailure', 'Never'),
    nodeName: name,
    nodeSelector: labels,
    serviceAccountName: name,
    terminationGracePeriodSeconds: port,
  },
);
const servicePort = optional(
  { port },
  { name, protocol: fc.constantFrom('TCP', 'UDP'), targetPort: fc.oneof(port, name), nodePort: port },
);
const specs: Record<string, fc.Arbitrary<unknown>> = {
  pods: podSpec,
  replicationControllers: optional(
    { replicas: fc.nat(), template: fc.record({ metadata: optional({}, { labels, annotations: labels }), spec: podSpec }) },
    { selector: labels, minReadySeconds: port },
  ),
  services: optional(
    { ports: fc.array(servicePort, { minLength: 1, maxLength: 3 }) },
    {
      selector: labels,
      type: fc.constantFrom('ClusterIP', 'NodePort', 'LoadBalancer'),
      clusterIP: name,
      externalIPs: words,
      sessionAffinity: name,
    },
  ),
  minions: optional({}, { unschedulable: fc.boolean(), podCIDR: name, taints: fc.array(fc.record({ key: name, effect: name })) }),
};

describe('from v1 to v1beta1 and back, nothing of an object is lost', () => {
  for (const [resource, spec] of Object.entries(specs)) {
    test(resource, () => {
      const { kind } = kindOf(resource).v1;
      fc.assert(
        fc.property(metadata, spec, (meta, of) => {
          const object = JSON.parse(JSON.stringify({ apiVersion: 'v1', kind, metadata: meta, spec: of })) as KubeObject;
          // As it goes over the wire.
          const old: unknown = JSON.parse(JSON.stringify(objectFromV1(kindOf(resource), object)));
          assert.deepEqual(JSON.parse(JSON.stringify(toV1(resource, old))), object);
        }),
      );
    });
  }
});

describe('what clients of 2014 write', () => {
  test('a pod, with what Go wrote for nothing', () => {
    const container = {
      name: 'web',
      image: 'openshift/hello-openshift',
      ports: [{ hostPort: 6061, containerPort: 8080 }],
      command: ['serve'],
      entrypoint: null,
      cpu: 100,
      memory: 1_048_576,
      env: [{ key: 'A', value: 'b' }],
      livenessProbe: { type: 'http', httpGet: { path: '/', port: '8080' } },
    };
    const manifest = {
      version: 'v1beta1',
      id: 'hello',
      containers: [container],
      volumes: [
        { name: 'logs', source: { hostDir: { path: '/logs' }, emptyDir: null } },
        { name: 'tmp', source: null },
      ],
      restartPolicy: { never: {} },
    };
    const pod = { kind: 'Pod', apiVersion: 'v1beta1', id: 'hello', resourceVersion: 0, labels: { name: 'hello' } };
    assert.deepEqual(toV1('pods', { ...pod, desiredState: { manifest }, currentState: { manifest: {} } }), {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'hello', labels: { name: 'hello' } },
      spec: {
        containers: [
          {
            name: 'web',
            image: 'openshift/hello-openshift',
            ports: [{ hostPort: 6061, containerPort: 8080 }],
            args: ['serve'],
            imagePullPolicy: 'IfNotPresent',
            env: [{ name: 'A', value: 'b' }],
            resources: { limits: { cpu: '100m', memory: '1048576' } },
            livenessProbe: { httpGet: { path: '/', port: 8080 } },
          },
        ],
        volumes: [
          { name: 'logs', hostPath: { path: '/logs' } },
          { name: 'tmp', emptyDir: {} },
        ],
        restartPolicy: 'Never',
      },
    });
  });

  test('a service and its only port', () => {
    const { spec } = toV1('services', { id: 'web', port: 80, containerPort: 8080, selector: { name: 'web' } });
    assert.deepEqual(spec, { ports: [{ port: 80, targetPort: 8080 }], selector: { name: 'web' } });
  });

  const refused: [string, object, RegExp][] = [
    ['another kind', { kind: 'Service' }, /kind: "Service" is not Pod/],
    ['another version', { apiVersion: 'v1' }, /apiVersion: "v1" is not v1beta1/],
    ['a field of v1', { spec: {} }, /unknown field "spec"/],
    ['a field that is nowhere', { desiredState: { manifst: {} } }, /unknown field "desiredState\.manifst"/],
    ['a list for an object', { desiredState: [] }, /desiredState: \[\] is not an object/],
    [
      'another version of a manifest',
      { desiredState: { manifest: { version: 'v2' } } },
      /manifest\.version: "v2" is not v1beta1/,
    ],
    [
      'two policies',
      { desiredState: { manifest: { restartPolicy: { always: {}, never: {} } } } },
      /restartPolicy: .* is not one of always, onFailure, never/,
    ],
    [
      'a part of a CPU',
      { desiredState: { manifest: { containers: [{ cpu: 0.5 }] } } },
      /containers\[0\]\.cpu: 0\.5 is no whole number/,
    ],
  ];
  for (const [what, object, message] of refused) {
    test(`${what} is refused by name`, () => assert.throws(() => toV1('pods', object), message));
  }

  test('whatever JSON is sent is taken or refused, never a fault', () => {
    fc.assert(
      fc.property(fc.constantFrom(...OLD_KINDS.keys()), fc.jsonValue(), (resource, value) => {
        try {
          toV1(resource, { desiredState: value, ports: value, id: value });
        } catch (error) {
          assert.equal((error as Error).name, 'StatusError');
        }
      }),
    );
  });
});
