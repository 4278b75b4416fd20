import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { packageRoot } from '../../../lib/common/assets.ts';
import { eventually } from '../../support/eventually.ts';
import { type ExtensionServer, startExtensionServer } from '../../support/extension-server.ts';
import { IN_TIME } from '../../support/kubectl.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, namespace } = await useNamespace('aggregation');
const GROUP = `${namespace}.example.com`;
const NAME = `v1.${GROUP}`;
const lines = (text: string): string[] => text.split('\n').map((line) => line.trim().replaceAll(/ +/g, ' '));

const trust = await kubectl.json('--namespace', 'kube-system', 'get', 'configmap', 'extension-apiserver-authentication');
const extension: ExtensionServer = await startExtensionServer({
  group: GROUP,
  version: 'v1',
  service: 'widgets',
  namespace,
  proxyCaPem: trust['data']['requestheader-client-ca-file'],
});
after(async () => {
  await kubectl(['delete', 'apiservice', NAME, '--ignore-not-found'], { anyCode: true });
  await extension[Symbol.asyncDispose]();
});

test('every group version of ours is there, Local and available', async () => {
  await eventually(async () => {
    const [header, ...rows] = lines(await kubectl.text('get', 'apiservices'));
    assert.equal(header, 'NAME SERVICE AVAILABLE AGE');
    const local = rows.filter((row) => / Local True \d+[smh]/.test(row)).map((row) => row.split(' ')[0]);
    for (const name of ['v1.', 'v1.apps', 'v2.autoscaling', 'v1.batch', 'v1.rbac.authorization.k8s.io'])
      assert.ok(local.includes(name), name);
  });
  assert.match(await kubectl.text('describe', 'apiservice', 'v1.apps'), /Message: +Local APIServices are always available/);
});

test('groups of custom resources come and go with their definitions', async () => {
  const group = `${namespace}.crd.example.com`;
  const version = (name: string, storage: boolean): object => ({
    name,
    storage,
    served: true,
    schema: { openAPIV3Schema: { type: 'object' } },
  });
  const spec = {
    group,
    scope: 'Namespaced',
    names: { plural: 'gadgets', kind: 'Gadget' },
    versions: [version('v1', true), version('v1beta1', false)],
  };
  const name = `gadgets.${group}`;
  after(() => kubectl(['delete', 'crd', name, '--ignore-not-found'], { anyCode: true }));
  await kubectl.create({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name }, spec });
  for (const each of ['v1', 'v1beta1'])
    await eventually(async () => assert.match(await kubectl.text('get', 'apiservice', `${each}.${group}`), / Local +True /));
  await kubectl([
    'patch',
    'crd',
    name,
    '--type=json',
    '--patch=[{"op":"replace","path":"/spec/versions/1/served","value":false}]',
  ]);
  await kubectl(['wait', '--for=delete', `apiservice/v1beta1.${group}`, IN_TIME]);
  await kubectl(['delete', 'crd', name]);
  await kubectl(['wait', '--for=delete', `apiservice/v1.${group}`, IN_TIME]);
});

test('an extension server comes, step by step, and kubectl works on it as on ours', async () => {
  const spec = {
    group: GROUP,
    version: 'v1',
    service: { namespace, name: 'widgets' },
    caBundle: extension.caBundle,
    groupPriorityMinimum: 1000,
    versionPriority: 15,
  };
  await kubectl.create({ apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name: NAME }, spec });
  const available = async (): Promise<string> => lines(await kubectl.text('get', 'apiservice', NAME))[1]!;
  await eventually(async () =>
    assert.match(await available(), new RegExp(`^${NAME} ${namespace}/widgets False \\(ServiceNotFound\\) `)),
  );
  await kubectl.create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'widgets' },
    spec: { ports: [{ port: 443, targetPort: extension.port }] },
  });
  await eventually(async () => assert.match(await available(), /False \((EndpointsNotFound|MissingEndpoints)\)/));
  await kubectl.create({
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 'widgets' },
    subsets: [{ addresses: [{ ip: extension.host }], ports: [{ port: extension.port }] }],
  });
  await kubectl(['wait', '--for=condition=Available', `apiservice/${NAME}`, IN_TIME]);
  await eventually(async () =>
    assert.deepEqual(
      lines(await kubectl.text('get', `widgets.${GROUP}`)).map((line) => line.split(' ')[0]),
      ['NAME', 'blue', 'red'],
    ),
  );
  assert.equal(await kubectl.text('get', 'wd', 'blue', '-o', 'jsonpath={.spec.colour}'), 'blue');
  assert.equal(
    (await kubectl.failure(['get', 'wd', 'none'])).trim(),
    `Error from server (NotFound): widgets.${GROUP} "none" not found`,
  );
  assert.match(await kubectl.text('api-resources', `--api-group=${GROUP}`), /^widgets +wd +\S+\/v1 +true +Widget$/m);
  assert.match(await kubectl.text('explain', 'widgets.spec', '--api-version', `${GROUP}/v1`), /colour\t<string>\n +Its colour\./);
  assert.match(
    await kubectl.create({ apiVersion: `${GROUP}/v1`, kind: 'Widget', metadata: { name: 'green' } }, '--validate=false'),
    /widget\S* created/,
  );
  // It may have been asked since whether it is there.
  const seen = extension.seen.findLast(({ method }) => method === 'POST')!;
  assert.deepEqual([seen.method, seen.proxy, seen.headers['x-remote-user']], ['POST', 'front-proxy-client', ['system:admin']]);
});

test('RBAC decides before the server is asked', async () => {
  assert.match(await kubectl.failure(['get', 'wd', '--as=bob']), /User "bob" cannot list resource "widgets" in API group/);
  await kubectl(['create', 'role', 'widgets', '--verb=get,list', `--resource=widgets.${GROUP}`]);
  await kubectl(['create', 'rolebinding', 'widgets', '--role=widgets', '--user=bob']);
  assert.equal(await kubectl.text('auth', 'can-i', 'list', `widgets.${GROUP}`, '--as=bob'), 'yes');
  assert.match(await kubectl.text('get', 'wd', '--as=bob', '--as-group=painters'), /^blue /m);
  const { headers } = extension.seen.findLast(({ url }) => url.includes('/widgets'))!;
  assert.deepEqual([headers['x-remote-user'], headers['x-remote-group']], [['bob'], ['painters', 'system:authenticated']]);
});

test('watches stream through', async () => {
  await using watching = kubectl.start(['get', 'wd', '--watch', '-o', 'name']);
  await watching.until(/red/);
  await eventually(() => assert.equal(extension.watchers(), 1));
  extension.emit('ADDED', 'violet');
  await watching.until(/violet/);
});

test('while it is away kubectl says so, works on the rest, and finds it again', async () => {
  extension.misbehave = (_request, response) => (response.destroy(), true);
  await kubectl(['annotate', 'service', 'widgets', 'looked=at']);
  await kubectl(['wait', '--for=condition=Available=false', `apiservice/${NAME}`, IN_TIME]);
  assert.match(await kubectl.text('get', 'apiservice', NAME), /False \(FailedDiscoveryCheck\)/);
  assert.match(await kubectl.failure(['get', 'wd']), /the server is currently unable to handle the request/);
  assert.match(await kubectl.text('get', 'services'), /widgets/);
  extension.misbehave = undefined;
  await kubectl(['wait', '--for=condition=Available', `apiservice/${NAME}`, IN_TIME]);
  await eventually(async () => assert.match(await kubectl.text('get', 'wd'), /^blue /m));
  await kubectl(['delete', 'apiservice', NAME]);
  await eventually(async () =>
    assert.match(await kubectl.failure(['get', 'wd']), /could not find the requested resource|doesn't have a resource type/),
  );
});

test('every command of docs/aggregation.md does what it says', async () => {
  const name = `${namespace}-things`;
  after(async () => {
    await kubectl(['delete', 'namespace', name, '--wait=false'], { anyCode: true });
    await kubectl(['delete', 'clusterrolebinding', `${name}-api-delegator`], { anyCode: true });
    await kubectl(['--namespace', 'kube-system', 'delete', 'rolebinding', `${name}-api`], { anyCode: true });
  });
  const text = readFileSync(join(packageRoot(), 'docs', 'aggregation.md'), 'utf8').replaceAll(/\bthings\b(?!\.)/g, name);
  const commands = [...text.matchAll(/```sh\n(.*?)```/gs)]
    .flatMap(([, block]) => block!.trim().split('\n'))
    .map((line) => line.split(' ').slice(1));
  const outputs = [];
  for (const command of commands) outputs.push(await kubectl.text(...command));
  assert.equal(outputs.length, 8);
  assert.match(outputs[6]!, /^extension-apiserver-authentication +7 /m);
  assert.equal(outputs[7], 'apiservice.apiregistration.k8s.io/v1.apps condition met');
  const can = ['auth', 'can-i', '--namespace', 'kube-system', 'get', 'configmaps/extension-apiserver-authentication'];
  assert.equal(await kubectl.text(...can, `--as=system:serviceaccount:${name}:api`), 'yes');
});
