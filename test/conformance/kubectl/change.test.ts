import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import { webController, webPod } from '../../support/manifests.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl } = await useNamespace('change');
const folder = mkdtempSync(join(tmpdir(), 'oo-test-change-'));
after(() => rmSync(folder, { recursive: true }));
const configMap = (data: object): object => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data });
const dataOf = async (name: string): Promise<unknown> => (await kubectl.json('get', 'configmap', name))['data'];

before(async () => {
  await kubectl.create(webController('web', 1));
  await kubectl.create(webPod('pod'));
});

test('scale changes the number of pods, up and down, and respects a precondition', async () => {
  assert.equal(await kubectl.text('scale', 'rc', 'web', '--replicas=3'), 'replicationcontroller/web scaled');
  await eventually(
    async () => assert.equal(await kubectl.text('get', 'rc', 'web', '-o', 'jsonpath={.status.readyReplicas}'), '3'),
    { timeout: 20_000 },
  );
  assert.match(
    await kubectl.failure(['scale', 'rc', 'web', '--current-replicas=2', '--replicas=1']),
    /Expected replicas to be 2, was 3/,
  );
  await kubectl(['scale', 'rc/web', '--current-replicas=3', '--replicas=1']);
  await eventually(
    async () => assert.equal((await kubectl.text('get', 'pods', '-l', 'app=web', '-o', 'name')).split('\n').length, 1),
    {
      timeout: 20_000,
    },
  );
});

test('a pod that is deleted is replaced by its controller', async () => {
  const before = await kubectl.text('get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[0].metadata.name}');
  await kubectl(['delete', 'pod', before]);
  await eventually(
    async () => {
      const after = await kubectl.text(
        'get',
        'pods',
        '-l',
        'app=web',
        '--field-selector=status.phase=Running',
        '-o',
        'jsonpath={.items[*].metadata.name}',
      );
      assert.match(after, /^web-\w{5}$/);
      assert.notEqual(after, before);
    },
    { timeout: 20_000 },
  );
});

test('label and annotate: add, refuse to overwrite, overwrite, remove', async () => {
  assert.equal(await kubectl.text('label', 'pod', 'pod', 'colour=red'), 'pod/pod labeled');
  assert.match(
    await kubectl.failure(['label', 'pod', 'pod', 'colour=blue']),
    /error: 'colour' already has a value \(red\), and --overwrite is false/,
  );
  await kubectl(['label', 'pod', 'pod', 'colour=blue', '--overwrite']);
  assert.equal(await kubectl.text('get', 'pods', '-l', 'colour=blue', '-o', 'name'), 'pod/pod');
  assert.equal(await kubectl.text('label', 'pod', 'pod', 'colour-'), 'pod/pod unlabeled');
  assert.equal(await kubectl.text('annotate', 'pod', 'pod', 'note=some text'), 'pod/pod annotated');
  assert.equal((await kubectl.json('get', 'pod', 'pod')).metadata.annotations?.['note'], 'some text');
  assert.match(await kubectl.failure(['label', 'pod', 'pod', 'bad key=1']), /bad key/);
});

test('a label that no longer matches makes the controller let go of the pod and make another', async () => {
  const name = await kubectl.text('get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[0].metadata.name}');
  await kubectl(['label', 'pod', name, 'app=stray', '--overwrite']);
  await eventually(async () =>
    assert.match(await kubectl.text('get', 'pods', '-l', 'app=web', '-o', 'name'), /^pod\/web-\w{5}$/),
  );
  await eventually(async () => assert.equal((await kubectl.json('get', 'pod', name)).metadata.ownerReferences, undefined));
  await kubectl(['delete', 'pod', name, '--wait=false']);
});

test('the three kinds of patch', async () => {
  await kubectl.create(configMap({ a: '1', b: '2' }));
  await kubectl(['patch', 'configmap', 'settings', '--type=merge', '-p', '{"data":{"a":null,"c":"3"}}']);
  assert.deepEqual(await dataOf('settings'), { b: '2', c: '3' });
  await kubectl([
    'patch',
    'configmap',
    'settings',
    '--type=json',
    '-p',
    '[{"op":"test","path":"/data/b","value":"2"},{"op":"add","path":"/data/d","value":"4"}]',
  ]);
  assert.deepEqual(await dataOf('settings'), { b: '2', c: '3', d: '4' });
  assert.match(
    await kubectl.failure([
      'patch',
      'configmap',
      'settings',
      '--type=json',
      '-p',
      '[{"op":"test","path":"/data/b","value":"9"}]',
    ]),
    /The request is invalid: the server rejected our request due to an error in our request|testing value \/data\/b failed|test failed/i,
  );
  // Strategic: the container is found by its name, the variable by its own.
  await kubectl([
    'patch',
    'rc',
    'web',
    '-p',
    '{"spec":{"template":{"spec":{"containers":[{"name":"web","env":[{"name":"MORE","value":"x"}]}]}}}}',
  ]);
  const [container] = (await kubectl.json('get', 'rc', 'web'))['spec'].template.spec.containers as {
    image: string;
    env: { name: string }[];
  }[];
  assert.equal(container?.image, 'oo-test/web-a:latest');
  assert.deepEqual(container?.env.map((entry) => entry.name).sort(), ['MORE', 'TOKEN']);
  assert.equal(
    await kubectl.text('patch', 'configmap', 'settings', '-p', '{"data":{"b":"2"}}'),
    'configmap/settings patched (no change)',
  );
});

test('apply creates, changes, removes what is no longer said, and leaves alone what others set', async () => {
  const applied = (data: object): object => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied' }, data });
  assert.equal(await kubectl.apply(applied({ a: '1', b: '2' })), 'configmap/applied created\n');
  await kubectl(['patch', 'configmap', 'applied', '-p', '{"data":{"theirs":"kept"}}']);
  assert.equal(await kubectl.apply(applied({ a: '1', c: '3' })), 'configmap/applied configured\n');
  assert.deepEqual(await dataOf('applied'), { a: '1', c: '3', theirs: 'kept' });
  assert.equal(await kubectl.apply(applied({ a: '1', c: '3' })), 'configmap/applied unchanged\n');
  const last = await kubectl.text('apply', 'view-last-applied', 'configmap/applied');
  assert.match(last, /a: "1"/);
});

test('diff shows what apply would change, and exits 1', async () => {
  const changed = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied' }, data: { a: 'new', c: '3' } };
  const result = await kubectl(['diff', '-f', '-'], { stdin: JSON.stringify(changed), anyCode: true });
  assert.equal(result.code, 1, result.stderr);
  assert.match(result.stdout, /^-  a: "1"$/m);
  assert.match(result.stdout, /^\+  a: new$/m);
});

test('apply set-last-applied and edit-last-applied change what apply remembers; diff of nothing is silent', async () => {
  const applied = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied' }, data: { a: '1', c: '3' } };
  const file = join(folder, 'applied.json');
  writeFileSync(file, JSON.stringify(applied));
  assert.equal(await kubectl.text('apply', 'set-last-applied', '-f', file), 'configmap/applied configured');
  const editor = join(folder, 'editor-of-last');
  writeFileSync(editor, `#!/bin/sh\nexec sed -i 's/^  c: "3"/  c: "4"/' "$1"\n`, { mode: 0o755 });
  await kubectl(['apply', 'edit-last-applied', 'configmap/applied'], { env: { EDITOR: editor } });
  assert.match(await kubectl.text('apply', 'view-last-applied', 'configmap/applied', '-o', 'yaml'), /c: "4"/);
  await kubectl.apply(applied);
  assert.equal((await kubectl(['diff', '-f', file])).stdout, '');
});

test('patch from a file, and of a file alone; what is said of many at once', async () => {
  writeFileSync(join(folder, 'patch.yaml'), 'data: {patched: "yes"}\n');
  await kubectl(['patch', 'configmap', 'applied', '--patch-file', join(folder, 'patch.yaml')]);
  assert.equal(((await dataOf('applied')) as Record<string, string>)['patched'], 'yes');
  const local = await kubectl.text(
    'patch',
    '--local',
    '-f',
    join(folder, 'applied.json'),
    '-p',
    '{"data":{"a":"local"}}',
    '-o',
    'jsonpath={.data.a}',
  );
  assert.equal(local, 'local');
  await kubectl(['label', 'configmap', '--all', 'seen=yes']);
  assert.match(await kubectl.text('label', 'configmap', 'applied', '--list'), /^seen=yes$/m);
  await kubectl(['annotate', 'configmap', '-l', 'seen=yes', 'note=a b']);
  assert.match(await kubectl.text('annotate', 'configmap', 'applied', '--list'), /^note=a b$/m);
  assert.match(await kubectl.text('label', '--local', '-f', join(folder, 'applied.json'), 'x=y', '-o', 'yaml'), /x: "?y/);
});

test('edit saves what the editor wrote, and says when nothing changed', async () => {
  const editor = join(folder, 'editor');
  writeFileSync(editor, `#!/bin/sh\nsed -i 's/^  b: "2"/  b: two/' "$1"\n`, { mode: 0o755 });
  assert.equal(
    (await kubectl(['edit', 'configmap', 'settings'], { env: { EDITOR: editor } })).stdout,
    'configmap/settings edited\n',
  );
  assert.equal(((await dataOf('settings')) as Record<string, string>)['b'], 'two');
  assert.match(
    (await kubectl(['edit', 'configmap', 'settings'], { env: { EDITOR: 'true' } })).stderr,
    /Edit cancelled, no changes made/,
  );
});

test('replace needs the object, and a stale resourceVersion is a conflict', async () => {
  const old = await kubectl.json('get', 'configmap', 'settings');
  await kubectl(['replace', '-f', '-'], { stdin: JSON.stringify({ ...old, data: { only: 'this' } }) });
  assert.deepEqual(await dataOf('settings'), { only: 'this' });
  assert.match(
    await kubectl.failure(['replace', '-f', '-'], { stdin: JSON.stringify({ ...old, data: {} }) }),
    /Error from server \(Conflict\): error when replacing "STDIN": Operation cannot be fulfilled on configmaps "settings": the object has been modified; please apply your changes to the latest version and try again/,
  );
  assert.match(
    await kubectl.failure(['replace', '-f', '-'], {
      stdin: JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'absent' } }),
    }),
    /Error from server \(NotFound\): error when replacing "STDIN": configmaps "absent" not found/,
  );
  assert.equal(
    (
      await kubectl(['replace', '--force', '-f', '-'], {
        stdin: JSON.stringify(webPod('pod', { token: 'new', spec: { terminationGracePeriodSeconds: 0 } })),
      })
    ).stdout
      .trim()
      .split('\n')
      .at(-1),
    'pod/pod replaced',
  );
});

test('fields that may not change are refused by name', async () => {
  assert.match(
    await kubectl.failure(['patch', 'pod', 'pod', '-p', '{"spec":{"containers":[{"name":"web","command":["x"]}]}}']),
    /The Pod "pod" is invalid: spec: Forbidden: pod updates may not change fields other than/,
  );
});

test('--dry-run=server and =client change nothing', async () => {
  const manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'dry' } };
  assert.equal(await kubectl.create(manifest, '--dry-run=server'), 'configmap/dry created (server dry run)\n');
  assert.equal(await kubectl.create(manifest, '--dry-run=client'), 'configmap/dry created (dry run)\n');
  assert.match(await kubectl.failure(['get', 'configmap', 'dry']), /not found/);
  assert.match(
    await kubectl.text('delete', 'configmap', 'settings', '--dry-run=server'),
    /^configmap "settings" deleted( from \S+ namespace)? \(server dry run\)$/,
  );
  assert.deepEqual(await dataOf('settings'), { only: 'this' });
});

test('set image and set env change the template', async () => {
  await kubectl(['set', 'env', 'rc/web', 'COLOUR=green']);
  await kubectl(['set', 'image', 'rc/web', 'web=oo-test/web-b:latest']);
  const [container] = (await kubectl.json('get', 'rc', 'web'))['spec'].template.spec.containers as {
    image: string;
    env: { name: string }[];
  }[];
  assert.equal(container?.image, 'oo-test/web-b:latest');
  assert.ok(container?.env.some((entry) => entry.name === 'COLOUR'));
});
