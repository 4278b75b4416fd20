import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as k8s from '@kubernetes/client-node';
import { kubeConfig, refusal } from '../../support/client-node.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, namespace, kubeconfigPath } = await useNamespace('access');
const admin = kubeConfig(kubeconfigPath);
const folder = mkdtempSync(join(tmpdir(), 'oo-test-access-'));
after(() => rmSync(folder, { recursive: true }));
let token = '';

before(async () => {
  await kubectl(['create', 'serviceaccount', 'robot']);
  await kubectl(['create', 'rolebinding', 'robot', '--clusterrole=view', `--serviceaccount=${namespace}:robot`]);
  token = await kubectl.text('create', 'token', 'robot');
});

const as = (user: Omit<k8s.User, 'name'>): k8s.KubeConfig => {
  const config = new k8s.KubeConfig();
  config.loadFromClusterAndUser(admin.getCurrentCluster()!, { name: 'somebody', ...user });
  return config;
};
const whoIs = async (config: k8s.KubeConfig): Promise<string> =>
  (await config.makeApiClient(k8s.AuthenticationV1Api).createSelfSubjectReview({ body: {} })).status!.userInfo!.username!;
const robot = (): string => `system:serviceaccount:${namespace}:robot`;

test('a certificate of a kubeconfig, found by KUBECONFIG', async () => {
  process.env['KUBECONFIG'] = kubeconfigPath;
  const config = new k8s.KubeConfig();
  config.loadFromDefault();
  delete process.env['KUBECONFIG'];
  assert.equal(await whoIs(config), 'system:admin');
  assert.equal(config.getContextObject(config.getCurrentContext())?.namespace, namespace);
});

test('a token: as text, from a file, and from a program that is asked for it', async () => {
  assert.equal(await whoIs(as({ token })), robot());
  const file = join(folder, 'token');
  writeFileSync(file, token, { mode: 0o600 });
  assert.equal(await whoIs(as({ authProvider: { name: 'tokenFile', config: { tokenFile: file } } })), robot());
  const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token } };
  writeFileSync(join(folder, 'credential.json'), JSON.stringify(credential), { mode: 0o600 });
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: 'cat',
    args: [join(folder, 'credential.json')],
    interactiveMode: 'Never',
  };
  assert.equal(await whoIs(as({ exec })), robot());
});

test('a pod’s own account, from the files and variables that a pod has', async () => {
  const cluster = admin.getCurrentCluster()!;
  const { hostname, port } = new URL(cluster.server);
  Object.assign(process.env, { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port });
  const account = join(folder, 'var', 'run', 'secrets', 'kubernetes.io', 'serviceaccount');
  mkdirSync(account, { recursive: true });
  writeFileSync(join(account, 'token'), token, { mode: 0o600 });
  writeFileSync(join(account, 'namespace'), namespace);
  writeFileSync(
    join(account, 'ca.crt'),
    cluster.caData === undefined ? readFileSync(cluster.caFile!) : Buffer.from(cluster.caData, 'base64'),
  );
  const config = new k8s.KubeConfig();
  config.loadFromCluster(folder);
  assert.equal(await whoIs(config), robot());
  const core = config.makeApiClient(k8s.CoreV1Api);
  assert.equal((await core.listNamespacedPod({ namespace })).items.length, 0);
});

test('what the account may not do is refused in the words of the API', async () => {
  const core = as({ token }).makeApiClient(k8s.CoreV1Api);
  const refused = await refusal(core.listNamespacedSecret({ namespace }));
  assert.deepEqual(refused, {
    code: 403,
    reason: 'Forbidden',
    message: `secrets is forbidden: User "${robot()}" cannot list resource "secrets" in API group "" in the namespace "${namespace}"`,
  });
  assert.equal((await refusal(as({ token: 'made-up' }).makeApiClient(k8s.CoreV1Api).listNode())).code, 401);
});

test('on behalf of somebody else', async () => {
  const config = as({
    certData: admin.getCurrentUser()!.certData!,
    keyData: admin.getCurrentUser()!.keyData!,
    impersonateUser: 'ann',
  });
  const core = config.makeApiClient(k8s.CoreV1Api);
  assert.match((await refusal(core.listNode())).message, /^nodes is forbidden: User "ann" cannot list/);
});

test('health', async () => {
  const health = new k8s.Health(admin);
  assert.equal(await health.readyz({}), true);
  assert.equal(await health.livez({}), true);
});
