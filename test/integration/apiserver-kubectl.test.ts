import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type ApiServer, createApiServer } from '../../lib/platform/apiserver/api-server.ts';
import { writeKubeconfig } from '../../lib/platform/pki/kubeconfig.ts';
import { ensurePlatformCertificates } from '../../lib/platform/pki/platform-certificates.ts';
import type { Backend } from '../../lib/platform/storage/backend.ts';
import { openSqliteBackend } from '../../lib/platform/storage/sqlite/sqlite-backend.ts';
import { createKubectl, KUBECTL, type Kubectl } from '../support/kubectl.ts';

/** The API server alone on the real store, spoken to by an unmodified kubectl: no node, no controllers, no Docker. */
const dir = mkdtempSync(join(tmpdir(), 'oo-api-kubectl-'));
let api: ApiServer;
let backend: Backend;
let kubectl: Kubectl;
let port = 0;

async function start(): Promise<void> {
  const certificates = await ensurePlatformCertificates(join(dir, 'pki'), {
    nodeName: 'n1',
    addresses: ['127.0.0.1'],
    dnsNames: [],
  });
  backend = await openSqliteBackend({ path: join(dir, 'store.db') });
  api = await createApiServer({
    backend,
    tls: { caPem: certificates.caPem, ...certificates.apiserver },
    saKeyPem: certificates.saKeyPem,
    saPubPem: certificates.saPubPem,
    kubeletClient: certificates.kubeletClient,
    proxyClient: certificates.frontProxy,
    listen: { host: '127.0.0.1', port },
    advertiseUrl: 'https://127.0.0.1:8443',
    ranges: { clusterIPs: '172.30.0.0/16', nodePorts: '30000-32767' },
  });
  ({ port } = await api.listen());
  const admin = await certificates.authority.issue({
    commonName: 'system:admin',
    organizations: ['system:masters'],
    usages: ['client'],
  });
  const path = join(dir, 'kubeconfig');
  await writeKubeconfig(path, {
    server: `https://127.0.0.1:${port}`,
    caPem: certificates.caPem,
    ...admin,
    user: 'system:admin',
    cluster: 'test',
  });
  kubectl = createKubectl(path, join(dir, 'home'));
}

async function stop(): Promise<void> {
  await api.close();
  await backend.close();
}

before(async () => {
  assert.ok(existsSync(KUBECTL), `no ${KUBECTL}: test/run puts it there`);
  await start();
});
after(async () => {
  await stop();
  rmSync(dir, { recursive: true, force: true });
});

test('typed writes, which kubectl sends as protobuf', async () => {
  await kubectl(['create', 'namespace', 'typed']);
  await kubectl(['-n', 'typed', 'create', 'serviceaccount', 'default']);
  await kubectl(['-n', 'typed', 'create', 'configmap', 'cm', '--from-literal=a=1', '--from-literal=b=ü']);
  assert.deepEqual((await kubectl.json('-n', 'typed', 'get', 'cm', 'cm'))['data'], { a: '1', b: 'ü' });
  await kubectl(['-n', 'typed', 'create', 'secret', 'generic', 's', '--from-literal=k=v']);
  assert.deepEqual((await kubectl.json('-n', 'typed', 'get', 'secret', 's'))['data'], { k: 'dg==' });
  await kubectl(['-n', 'typed', 'create', 'service', 'nodeport', 'web', '--tcp=80:8080']);
  const service = await kubectl.json('-n', 'typed', 'get', 'service', 'web');
  assert.match(service['spec'].clusterIP, /^172\.30\./);
  const token = await kubectl.text('-n', 'typed', 'create', 'token', 'default');
  assert.equal(token.split('.').length, 3);
  assert.equal(await kubectl.text('auth', 'can-i', 'delete', 'nodes'), 'yes');
  assert.match(await kubectl.text('auth', 'whoami'), /system:admin/);
});

test('apply, as a user applies: create, change, no change, prune of a key', async () => {
  const manifest = (data: object): object => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied' }, data });
  assert.match(await kubectl.apply(manifest({ a: '1', b: '2' })), /configmap\/applied created/);
  assert.match(await kubectl.apply(manifest({ a: '1', b: '2' })), /configmap\/applied unchanged/);
  assert.match(await kubectl.apply(manifest({ a: '3' })), /configmap\/applied configured/);
  assert.deepEqual((await kubectl.json('get', 'cm', 'applied'))['data'], { a: '3' });
  assert.match(
    (await kubectl(['apply', '--dry-run=server', '-f', '-'], { stdin: JSON.stringify(manifest({ a: '9' })) })).stdout,
    /configured \(server dry run\)/,
  );
  assert.deepEqual((await kubectl.json('get', 'cm', 'applied'))['data'], { a: '3' });
});

test('watching, waiting and deleting', async () => {
  await using watch = kubectl.start(['get', 'configmaps', '-w', '--output-watch-events']);
  await watch.until(/NAME/);
  await kubectl(['create', 'configmap', 'watched']);
  await watch.until(/ADDED +watched/);
  await kubectl(['label', 'configmap', 'watched', 'a=b']);
  await watch.until(/MODIFIED +watched/);
  await using wait = kubectl.start(['wait', '--for=delete', 'configmap/watched', '--timeout=20s']);
  await kubectl(['delete', 'configmap', 'watched']);
  await watch.until(/DELETED +watched/);
  assert.equal(await wait.ended(), 0);
});

test('explain reads the OpenAPI document; a strict create is checked by the server', async () => {
  assert.match(await kubectl.text('explain', 'pod.spec.containers.livenessProbe.httpGet'), /port\t<IntOrString> -required-/);
  const text = await kubectl.failure(['create', '-f', '-'], {
    stdin: JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, datum: {} }),
  });
  assert.match(text, /strict decoding error: unknown field "datum"/);
});

test('everything is there after a restart, and a watch goes on where it was', async () => {
  const before = await kubectl.json('get', 'cm', 'applied');
  const { metadata } = await kubectl.json('get', 'cm');
  await kubectl(['create', 'configmap', 'last-moment']);
  await stop();
  await start();
  assert.deepEqual(await kubectl.json('get', 'cm', 'applied'), before);
  await using watch = kubectl.start([
    'get',
    '--raw',
    `/api/v1/namespaces/default/configmaps?watch=true&resourceVersion=${before.metadata.resourceVersion}`,
  ]);
  await watch.until(/"type":"ADDED".*"name":"last-moment"/);
  assert.ok(metadata);
});
