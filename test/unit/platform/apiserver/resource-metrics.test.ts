import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import { after, before, test } from 'node:test';
import { type ApiUnderTest, pod, startApi } from './api-under-test.ts';

let t: ApiUnderTest;
let kubelet: Server;
let said: unknown;
const ROOT = '/apis/metrics.k8s.io/v1beta1';

const figures = (nanoCores: number, bytes: number): object => ({
  cpu: { time: '2026-01-01T00:00:15.5Z', usageNanoCores: nanoCores, windowNanoSeconds: 15.2e9 },
  memory: { workingSetBytes: bytes },
});

before(async () => {
  t = await startApi();
  const { caPem, kubelet: pair } = t.certificates;
  kubelet = createServer({ ca: caPem, cert: pair.certPem, key: pair.keyPem, requestCert: true }, (request, response) => {
    response.writeHead(request.url === '/stats/summary' ? 200 : 404);
    response.end(typeof said === 'string' ? said : JSON.stringify(said));
  });
  kubelet.listen(0, '127.0.0.1');
  await once(kubelet, 'listening');
  const { port } = kubelet.address() as { port: number };
  for (const [name, at] of [
    ['n1', port],
    ['away', 1],
  ] as const) {
    const status = {
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: at } },
    };
    const body = { metadata: { name, labels: { zone: 'a' } }, status };
    await t.call('POST', '/api/v1/nodes', { body });
    await t.call('PUT', `/api/v1/nodes/${name}/status`, { body });
  }
  await t.call('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name: 'default' } } });
  const made = await t.call('POST', '/api/v1/namespaces/default/pods', {
    body: { ...pod('web', { nodeName: 'n1' }), metadata: { name: 'web', labels: { app: 'web' } } },
  });
  const containers = [
    { name: 'app', ...figures(250_000_000, 64 << 20) },
    { name: 'side', ...figures(1_000, 1500) },
  ];
  const other = { podRef: { name: 'gone', namespace: 'default', uid: 'other' }, containers };
  said = {
    node: { nodeName: 'n1', ...figures(1_234_567_890, 2 ** 31) },
    pods: [{ podRef: { name: 'web', namespace: 'default', uid: made.body.metadata.uid }, containers }, other],
  };
});
after(async () => {
  kubelet.closeAllConnections();
  kubelet.close();
  await t[Symbol.asyncDispose]();
});

test('nodes that answer, in the form of metrics-server', async () => {
  const { body } = await t.call('GET', `${ROOT}/nodes`);
  assert.equal(body.kind, 'NodeMetricsList');
  assert.equal(body.items.length, 1);
  const { metadata, kind, ...rest } = body.items[0];
  assert.equal(kind, 'NodeMetrics');
  assert.deepEqual([metadata.name, metadata.labels], ['n1', { zone: 'a' }]);
  assert.deepEqual(rest, {
    apiVersion: 'metrics.k8s.io/v1beta1',
    timestamp: '2026-01-01T00:00:15Z',
    window: '15.2s',
    usage: { cpu: '1234567890n', memory: '2097152Ki' },
  });
  assert.equal((await t.call('GET', `${ROOT}/nodes/n1`)).body.kind, 'NodeMetrics');
  assert.equal((await t.call('GET', `${ROOT}/nodes/away`)).code, 404);
});

test('pods with their containers, by namespace, name and label', async () => {
  const all = await t.call('GET', `${ROOT}/pods`);
  assert.deepEqual(
    all.body.items.map((each: { metadata: { name: string } }) => each.metadata.name),
    ['web'],
  );
  const { body } = await t.call('GET', `${ROOT}/namespaces/default/pods/web`);
  assert.deepEqual(body.containers, [
    { name: 'app', usage: { cpu: '250000000n', memory: '65536Ki' } },
    { name: 'side', usage: { cpu: '1000n', memory: '1Ki' } },
  ]);
  assert.equal((await t.call('GET', `${ROOT}/namespaces/default/pods?labelSelector=app%3Dweb`)).body.items.length, 1);
  assert.equal((await t.call('GET', `${ROOT}/namespaces/default/pods?labelSelector=app%3Dx`)).body.items.length, 0);
  assert.equal((await t.call('GET', `${ROOT}/namespaces/other/pods`)).body.items.length, 0);
  const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
  const table = await t.call('GET', `${ROOT}/namespaces/default/pods`, { headers });
  assert.deepEqual(table.body.rows[0].cells, ['web', '250001000n', '65537Ki', '15.2s']);
});

test('a kubelet that says nonsense is as one that is away', async () => {
  const before = said;
  for (const nonsense of ['{', 'null', '[]', { node: {} }, { node: { cpu: { time: 'x' }, memory: {} } }]) {
    said = nonsense;
    const { code, body } = await t.call('GET', `${ROOT}/nodes`);
    assert.deepEqual([code, body.items], [200, []]);
  }
  said = before;
});
