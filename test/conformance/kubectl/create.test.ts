import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { KubeObject } from '../../../lib/platform/api/meta.ts';
import { eventually } from '../../support/eventually.ts';
import { WEB_A } from '../../support/images.ts';
import { IN_TIME } from '../../support/kubectl.ts';
import { webPod } from '../../support/manifests.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, namespace } = await useNamespace('create');
const folder = mkdtempSync(join(tmpdir(), 'oo-test-create-'));
after(() => rmSync(folder, { recursive: true }));

// kubectl sends these as protobuf.

test('create configmap from literals and files', async () => {
  writeFileSync(join(folder, 'app.properties'), 'colour=red\n');
  writeFileSync(join(folder, 'blob'), Buffer.from([0, 255, 1]));
  const args = ['--from-literal=a=1', `--from-file=${join(folder, 'app.properties')}`, `--from-file=${join(folder, 'blob')}`];
  assert.equal(await kubectl.text('create', 'configmap', 'made', ...args), 'configmap/made created');
  const made = await kubectl.json('get', 'configmap', 'made');
  assert.deepEqual(made['data'], { a: '1', 'app.properties': 'colour=red\n' });
  assert.deepEqual(made['binaryData'], { blob: 'AP8B' });
});

test('create secret generic and tls-like ones; describe hides the values', async () => {
  await kubectl(['create', 'secret', 'generic', 'made', '--from-literal=password=swordfish']);
  assert.deepEqual((await kubectl.json('get', 'secret', 'made'))['data'], {
    password: Buffer.from('swordfish').toString('base64'),
  });
  const described = await kubectl.text('describe', 'secret', 'made');
  assert.match(described, /password: +9 bytes/);
  assert.ok(!described.includes('swordfish'));
  await kubectl([
    'create',
    'secret',
    'docker-registry',
    'pull',
    '--docker-server=r.example',
    '--docker-username=u',
    '--docker-password=p',
  ]);
  assert.match(await kubectl.text('get', 'secret', 'pull'), /kubernetes.io\/dockerconfigjson +1/);
});

test('a namespace comes with its default service account and root certificate, and refuses a bad name', async () => {
  const name = `${namespace}-child`;
  assert.equal(await kubectl.text('create', 'namespace', name), `namespace/${name} created`);
  await eventually(async () => {
    await kubectl(['get', 'serviceaccount', 'default', '-n', name]);
    await kubectl(['get', 'configmap', 'kube-root-ca.crt', '-n', name]);
  });
  assert.equal(await kubectl.text('delete', 'namespace', name), `namespace "${name}" deleted`);
  assert.match(
    await kubectl.failure(['create', 'namespace', 'Not_A_Label']),
    /The Namespace "Not_A_Label" is invalid: metadata.name: Invalid value: "Not_A_Label": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-'/,
  );
});

test('create serviceaccount and token; the token is who it says', async () => {
  await kubectl(['create', 'serviceaccount', 'robot']);
  const token = await kubectl.text('create', 'token', 'robot', '--duration=1h');
  assert.match(token, /^ey[\w-]+\.[\w-]+\.[\w-]+$/);
  const claims = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { sub: string };
  assert.equal(claims.sub, `system:serviceaccount:${namespace}:robot`);
});

test('create service clusterip, nodeport and headless', async () => {
  await kubectl(['create', 'service', 'clusterip', 'one', '--tcp=80:8080']);
  await kubectl(['create', 'service', 'nodeport', 'two', '--tcp=80:8080']);
  await kubectl(['create', 'service', 'clusterip', 'three', '--clusterip=None', '--tcp=80']);
  const table = await kubectl.text('get', 'services');
  assert.match(table, /one +ClusterIP +172\.\d+\.\d+\.\d+ +<none> +80\/TCP/);
  assert.match(table, /two +NodePort +172\.\d+\.\d+\.\d+ +<none> +80:3\d{4}\/TCP/);
  assert.match(table, /three +ClusterIP +None +<none> +80\/TCP/);
});

test('run makes a pod; run --rm -it talks to it, passes its exit code on and removes it', async () => {
  assert.equal(
    await kubectl.text('run', 'ran', `--image=${WEB_A}`, '--image-pull-policy=IfNotPresent', '--env=TOKEN=t', '--port=8080'),
    'pod/ran created',
  );
  await kubectl(['wait', '--for=condition=Ready', 'pod/ran', IN_TIME]);
  assert.equal(await kubectl.text('expose', 'pod', 'ran', '--port=80', '--target-port=8080'), 'service/ran exposed');
  await eventually(async () => assert.match(await kubectl.text('get', 'endpoints', 'ran'), /:8080/));
  const once = await kubectl(
    [
      'run',
      'once',
      '--rm',
      '-i',
      '--restart=Never',
      `--image=${WEB_A}`,
      '--image-pull-policy=IfNotPresent',
      '--command',
      '--',
      'sh',
      '-c',
      'read x; echo got $x',
    ],
    { stdin: 'input\n' },
  );
  assert.match(once.stdout, /got input/);
  assert.match(once.stdout, /pod "once" deleted/);
});

test('generateName gives each its own name; a second create of a name is refused', async () => {
  const manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'gen-' } };
  const [first, second] = [await kubectl.create(manifest), await kubectl.create(manifest)];
  assert.match(first, /^configmap\/gen-[a-z0-9]{5} created\n$/);
  assert.notEqual(first, second);
  assert.match(
    await kubectl.failure(['create', 'configmap', 'made']),
    /error: failed to create configmap: configmaps "made" already exists/,
  );
});

test('a folder with several documents, and kustomize', async () => {
  writeFileSync(
    join(folder, 'two.yaml'),
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: doc-1}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: doc-2}\n',
  );
  assert.equal(await kubectl.text('create', '-f', join(folder, 'two.yaml')), 'configmap/doc-1 created\nconfigmap/doc-2 created');
  writeFileSync(join(folder, 'kustomization.yaml'), 'namePrefix: kust-\nresources: [two.yaml]\n');
  assert.equal(await kubectl.text('apply', '-k', folder), 'configmap/kust-doc-1 created\nconfigmap/kust-doc-2 created');
  assert.match(await kubectl.text('delete', '-k', folder), /configmap "kust-doc-1" deleted/);
});

test('create -R reads folders in folders; --edit lets it be changed first', async () => {
  mkdirSync(join(folder, 'tree', 'deep'), { recursive: true });
  for (const [path, name] of [
    ['tree/one.json', 'tree-1'],
    ['tree/deep/two.json', 'tree-2'],
  ])
    writeFileSync(
      join(folder, path!),
      JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: 'b' } }),
    );
  assert.equal(
    await kubectl.text('create', '-R', '-f', join(folder, 'tree')),
    'configmap/tree-2 created\nconfigmap/tree-1 created',
  );
  const editor = join(folder, 'editor');
  writeFileSync(editor, `#!/bin/sh\nexec sed -i 's/tree-1/tree-3/' "$1"\n`, { mode: 0o755 });
  const made = await kubectl(['create', '--edit', '-f', join(folder, 'tree/one.json')], { env: { EDITOR: editor } });
  assert.equal(made.stdout, 'configmap/tree-3 created\n');
});

test('unknown and missing fields are refused with their paths; --validate=false lets unknown ones pass', async () => {
  const pod = webPod('strict') as KubeObject & { spec: { containers: Record<string, unknown>[] } };
  pod.spec.containers[0]!['colour'] = 'red';
  assert.match(
    await kubectl.failure(['create', '-f', '-'], { stdin: JSON.stringify(pod) }),
    /strict decoding error: unknown field "spec.containers\[0\].colour"/,
  );
  assert.match(
    await kubectl.failure(['create', '-f', '-'], {
      stdin: JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'empty' }, spec: {} }),
    }),
    /The Pod "empty" is invalid: spec.containers: Required value/,
  );
  assert.match(await kubectl.create(pod, '--validate=false'), /pod\/strict created/);
});
