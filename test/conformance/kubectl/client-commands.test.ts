import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readClaims } from '../../support/comparison.ts';
import { kubectlMinor } from '../../support/kubectl.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, kubeconfigPath, namespace, url } = await useNamespace('client');
const folder = mkdtempSync(join(tmpdir(), 'oo-test-client-'));
after(() => rmSync(folder, { recursive: true }));

test('docs/kubectl.md has a row for every command of the client, and for everything that it creates', async () => {
  const rows = [...readClaims('kubectl.md').map(({ feature }) => feature), 'kuberc'].join(' ');
  const commandsOf = async (...args: string[]): Promise<string[]> =>
    [...(await kubectl.text(...args, '--help')).matchAll(/^ {2}([a-z][a-z-]+) {2,}[A-Z]/gm)].map(([, name]) => name!);
  const commands = [
    ...(await commandsOf()),
    ...(await commandsOf('create')),
    ...(await commandsOf('rollout')),
    ...(await commandsOf('set')),
  ];
  assert.ok(commands.length > 60, commands.join());
  assert.deepEqual(
    commands.filter((name) => !new RegExp(`\\b${name}\\b`).test(rows)),
    [],
  );
});

test('config: view hides secrets; contexts are made, named, used and taken away', async () => {
  const view = await kubectl.text('config', 'view');
  assert.ok(view.includes(`server: ${url}`), view);
  assert.match(view, /client-key-data: (DATA\+)?OMITTED|REDACTED/);
  const env = { KUBECONFIG: join(folder, 'config') };
  copyFileSync(kubeconfigPath, env.KUBECONFIG);
  const config = async (...args: string[]): Promise<string> => (await kubectl(['config', ...args], { env })).stdout.trim();
  const [cluster, user] = [await config('get-clusters'), await config('get-users')].map((text) => text.split('\n')[1]!);
  assert.equal(
    await config('set-context', 'other', `--cluster=${cluster}`, `--user=${user}`, '--namespace=default'),
    'Context "other" created.',
  );
  assert.equal(await config('use-context', 'other'), 'Switched to context "other".');
  assert.equal(await config('current-context'), 'other');
  assert.match(await config('get-contexts'), new RegExp(`^\\* +other +${cluster} +${user} +default$`, 'm'));
  assert.match((await kubectl(['get', 'services'], { env })).stdout, /^kubernetes +ClusterIP /m);
  assert.equal(await config('rename-context', 'other', 'another'), 'Context "other" renamed to "another".');
  assert.equal(await config('set-credentials', 'nobody', '--token=wrong'), 'User "nobody" set.');
  await config('set-context', 'another', '--user=nobody');
  assert.match((await kubectl(['get', 'pods'], { env, anyCode: true })).stderr, /You must be logged in to the server/);
  assert.match(await config('delete-context', 'another'), /^(warning: .*\n)?deleted context another from /);
});

test('completion: the script is there, and names come from the server', async () => {
  for (const shell of ['bash', 'zsh', 'fish', 'powershell'])
    assert.match(await kubectl.text('completion', shell), /__completeNoDesc|__complete /);
  await kubectl(['create', 'configmap', 'completed']);
  const complete = async (...words: string[]): Promise<string[]> => (await kubectl.text('__complete', ...words)).split('\n');
  assert.ok((await complete('get', 'configmap', 'comp')).includes('completed'));
  assert.ok((await complete('get', 'deployme')).includes('deployments.apps'));
  assert.ok((await complete('get', 'pods', '--namespace', namespace.slice(0, -1))).includes(namespace));
});

test('plugin: a program on the path is a command of its own, with the kubeconfig to work with', async () => {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'kubectl-hello_there'), '#!/bin/sh\necho "hello $1 with $(basename "$KUBECONFIG")"\n', { mode: 0o755 });
  const env = { PATH: `${bin}:/usr/bin:/bin` };
  assert.match((await kubectl(['plugin', 'list'], { env })).stdout, /kubectl-hello_there/);
  assert.equal((await kubectl(['hello-there', 'you'], { env })).stdout, 'hello you with kubeconfig\n');
  assert.match(await kubectl.failure(['good-bye'], { env }), /unknown command "good-bye" for "kubectl"/);
});

test('kustomize builds what apply -k would send', async () => {
  const dir = join(folder, 'kustom');
  mkdirSync(dir);
  writeFileSync(
    join(dir, 'kustomization.yaml'),
    'namePrefix: a-\nlabels: [{pairs: {made: by-kustomize}}]\nconfigMapGenerator: [{name: map, literals: [k=v]}]\n',
  );
  const built = await kubectl.text('kustomize', dir);
  assert.match(
    built,
    /^apiVersion: v1\ndata:\n {2}k: v\nkind: ConfigMap\nmetadata:\n {2}labels:\n {4}made: by-kustomize\n {2}name: a-map-/,
  );
  assert.match(await kubectl.text('apply', '-k', dir), /^configmap\/a-map-\w+ created$/);
  assert.match(await kubectl.text('get', '-k', dir), /a-map-\w+ +1/);
  assert.match(await kubectl.text('diff', '-k', dir), /^$/);
});

test('version: both sides, as text and as data', async () => {
  const { clientVersion, serverVersion } = JSON.parse(await kubectl.text('version', '-o', 'json')) as Record<
    string,
    { major: string; minor: string; platform: string }
  >;
  assert.equal(Number(clientVersion!.minor), kubectlMinor());
  assert.deepEqual([serverVersion!.major, serverVersion!.platform], ['1', 'linux/amd64']);
  assert.match(await kubectl.text('options'), /--kubeconfig=/);
});

test('cluster-info dump writes what there is, logs too', async () => {
  const target = join(folder, 'dump');
  await kubectl(['cluster-info', 'dump', `--output-directory=${target}`, `--namespaces=${namespace}`]);
  const dump = await kubectl.text('cluster-info', 'dump', `--namespaces=${namespace}`, '-o', 'json');
  assert.match(dump, /"kind": "NodeList"[^]*"kind": "EventList"[^]*"kind": "PodList"/);
});

test('api-resources by group, verb and order; raw bodies are sent as they are', async () => {
  assert.equal(
    await kubectl.text('api-resources', '--api-group=coordination.k8s.io', '-o', 'name'),
    'leases.coordination.k8s.io',
  );
  assert.match(
    await kubectl.text('api-resources', '--verbs=create', '--namespaced=false', '--sort-by=name', '-o', 'name'),
    /clusterroles[^]*namespaces[^]*tokenreviews/,
  );
  const collection = `/api/v1/namespaces/${namespace}/configmaps`;
  const body = (data: object): string => JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'raw' }, data });
  writeFileSync(join(folder, 'raw.json'), body({ a: '1' }));
  const created = JSON.parse(await kubectl.text('create', '--raw', collection, '-f', join(folder, 'raw.json'))) as {
    data: unknown;
  };
  assert.deepEqual(created.data, { a: '1' });
  writeFileSync(join(folder, 'raw.json'), body({ a: '2' }));
  await kubectl(['replace', '--raw', `${collection}/raw`, '-f', join(folder, 'raw.json')]);
  assert.deepEqual((await kubectl.json('get', 'configmap', 'raw'))['data'], { a: '2' });
  assert.match(await kubectl.text('delete', '--raw', `${collection}/raw`), /"status":"Success"/);
});
