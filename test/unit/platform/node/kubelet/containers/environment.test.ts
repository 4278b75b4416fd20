import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type ConfigSource,
  containerEnvironment,
  type EnvironmentInput,
} from '../../../../../../lib/platform/node/kubelet/containers/environment.ts';
import { expandVariables } from '../../../../../../lib/platform/node/kubelet/containers/expansion.ts';
import { serviceVariables } from '../../../../../../lib/platform/node/kubelet/containers/service-environment.ts';
import type { Container } from '../../../../../../lib/platform/node/kubelet/types/container-types.ts';
import type { Pod } from '../../../../../../lib/platform/node/kubelet/types/pod-types.ts';

const content = (data: Record<string, string>) => new Map(Object.entries(data).map(([key, value]) => [key, Buffer.from(value)]));
const source: ConfigSource = {
  configMap: (_, name) =>
    Promise.resolve(name === 'cm' ? content({ color: 'blue', __proto__x: 'odd', 'a=b': 'bad', '': 'empty' }) : undefined),
  secret: (_, name) => Promise.resolve(name === 'sec' ? content({ color: 'red', pw: 'p w' }) : undefined),
};

const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'ns', uid: 'u', labels: { app: 'web', 'x/y': 'z' }, annotations: { constructor: 'c' } },
  spec: { nodeName: 'n', serviceAccountName: 'sa', containers: [] },
};

async function environment(container: Partial<Container>, more: Partial<EnvironmentInput> = {}) {
  const told: string[] = [];
  const result = await containerEnvironment({
    pod,
    container: { name: 'c', ...container },
    source,
    services: new Map(),
    addresses: { podIPs: ['10.0.0.7'], hostIPs: ['192.0.2.1'] },
    node: { cpu: 4, memory: 8 * 2 ** 30, ephemeralStorage: 1e9 },
    onInvalidKeys: (message) => told.push(message),
    ...more,
  });
  return { env: Object.fromEntries(result), told };
}

describe('containerEnvironment', () => {
  it('lets env win over envFrom, later over earlier, and both over services', async () => {
    const { env } = await environment(
      {
        envFrom: [{ configMapRef: { name: 'cm' } }, { secretRef: { name: 'sec' } }],
        env: [
          { name: 'pw', value: 'mine' },
          { name: 'A', value: '1' },
          { name: 'A', value: '2' },
        ],
      },
      {
        services: new Map([
          ['color', 'service'],
          ['SVC', 's'],
        ]),
      },
    );
    assert.equal(env['color'], 'red');
    assert.equal(env['pw'], 'mine');
    assert.equal(env['A'], '2');
    assert.equal(env['SVC'], 's');
  });

  it('skips keys that can be no name, and says so', async () => {
    const { env, told } = await environment({ envFrom: [{ configMapRef: { name: 'cm' } }] });
    assert.deepEqual(Object.keys(env).sort(), ['__proto__x', 'color']);
    assert.deepEqual(told, [
      'Keys [, a=b] from the EnvFrom configMap ns/cm were skipped since they are considered invalid environment variable names.',
    ]);
  });

  it('knows fields, resources and earlier variables', async () => {
    const { env } = await environment({
      resources: { limits: { memory: '1536Mi' }, requests: { cpu: '250m' } },
      env: [
        { name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        { name: 'APP', valueFrom: { fieldRef: { fieldPath: "metadata.labels['x/y']" } } },
        { name: 'NONE', valueFrom: { fieldRef: { fieldPath: "metadata.labels['constructor']" } } },
        { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        { name: 'SA', valueFrom: { fieldRef: { fieldPath: 'spec.serviceAccountName' } } },
        { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'requests.cpu' } } },
        { name: 'CPUM', valueFrom: { resourceFieldRef: { resource: 'requests.cpu', divisor: '1m' } } },
        { name: 'CPUS', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
        { name: 'MEM', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Gi' } } },
        { name: 'URL', value: 'http://$(IP)/$(LATER)' },
        { name: 'LATER', value: 'x' },
      ],
    });
    const { NAME, APP, NONE, IP, SA, CPU, CPUM, CPUS, MEM, URL } = env;
    assert.deepEqual([NAME, APP, NONE, IP, SA], ['p', 'z', '', '10.0.0.7', 'sa']);
    assert.deepEqual([CPU, CPUM, CPUS, MEM], ['1', '250', '4', '2']);
    assert.equal(URL, 'http://10.0.0.7/$(LATER)');
  });

  it('names what is missing, and bears what is optional', async () => {
    const ref = (kind: 'configMapKeyRef' | 'secretKeyRef', name: string, key: string, optional = false) =>
      environment({ env: [{ name: 'X', valueFrom: { [kind]: { name, key, optional } } }] });
    await assert.rejects(ref('configMapKeyRef', 'nope', 'k'), { message: 'configmap "nope" not found' });
    await assert.rejects(ref('secretKeyRef', 'nope', 'k'), { message: 'secret "nope" not found' });
    await assert.rejects(ref('configMapKeyRef', 'cm', 'k'), { message: "couldn't find key k in ConfigMap ns/cm" });
    await assert.rejects(ref('secretKeyRef', 'sec', 'k'), { message: "couldn't find key k in Secret ns/sec" });
    assert.deepEqual((await ref('secretKeyRef', 'nope', 'k', true)).env, {});
    await assert.rejects(environment({ envFrom: [{ secretRef: { name: 'nope' } }] }), { message: 'secret "nope" not found' });
    assert.deepEqual((await environment({ envFrom: [{ secretRef: { name: 'nope', optional: true } }] })).env, {});
  });
});

it('expands as Kubernetes does', () => {
  const expand = (text: string) => expandVariables(text, (name) => ({ A: 'a', B: '$(A)' })[name]);
  assert.deepEqual(['$(A)', '$$(A)', '$(NOPE)', '$(A', '$A', '$', 'x$(B)y', '$$$(A)', '$()'].map(expand), [
    'a',
    '$(A)',
    '$(NOPE)',
    '$(A',
    '$A',
    '$',
    'x$(A)y',
    '$a',
    '$()',
  ]);
});

it('describes services as docker links did', () => {
  const service = (name: string, namespace: string, clusterIP: string) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: {
      clusterIP,
      ports: [
        { name: 'http', port: 80, protocol: 'TCP' },
        { name: 'dns-udp', port: 53, protocol: 'UDP' },
      ],
    },
  });
  const services = [
    service('my-web', 'ns', '172.30.1.2'),
    service('other', 'else', '172.30.1.3'),
    service('kubernetes', 'default', '172.30.0.1'),
    service('headless', 'ns', 'None'),
  ];
  const variables = serviceVariables(services, 'ns', true);
  assert.equal(variables.get('MY_WEB_SERVICE_HOST'), '172.30.1.2');
  assert.equal(variables.get('MY_WEB_SERVICE_PORT'), '80');
  assert.equal(variables.get('MY_WEB_SERVICE_PORT_DNS_UDP'), '53');
  assert.equal(variables.get('MY_WEB_PORT'), 'tcp://172.30.1.2:80');
  assert.equal(variables.get('MY_WEB_PORT_53_UDP_PROTO'), 'udp');
  assert.equal(variables.get('KUBERNETES_SERVICE_HOST'), '172.30.0.1');
  assert.equal(variables.has('OTHER_SERVICE_HOST'), false);
  assert.equal(variables.has('HEADLESS_SERVICE_HOST'), false);
  assert.deepEqual(
    [...new Set([...serviceVariables(services, 'ns', false).keys()].map((key) => key.split('_')[0]))],
    ['KUBERNETES'],
  );
});
