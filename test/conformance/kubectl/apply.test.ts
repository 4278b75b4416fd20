import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { webController, webPod } from '../../support/manifests.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, namespace } = await useNamespace('apply');
const folder = mkdtempSync(join(tmpdir(), 'oo-test-apply-'));
after(() => rmSync(folder, { recursive: true }));

const configMap = (name: string, data: object, labels?: object): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...(labels === undefined ? {} : { labels }) },
  data,
});
const dataOf = async (name: string): Promise<unknown> => (await kubectl.json('get', 'configmap', name))['data'];
const serverSide = (manifest: object, ...args: string[]): Promise<string> => kubectl.apply(manifest, '--server-side', ...args);
const refused = (manifest: object | string, ...args: string[]): Promise<string> =>
  kubectl.failure(['apply', '-f', '-', ...args], { stdin: typeof manifest === 'string' ? manifest : JSON.stringify(manifest) });

interface Entry {
  readonly manager: string;
  readonly operation: string;
  readonly subresource?: string;
}
const managers = async (kind: string, name: string): Promise<string[]> =>
  (
    JSON.parse(await kubectl.text('get', kind, name, '-o', 'json', '--show-managed-fields')) as {
      metadata: { managedFields: Entry[] };
    }
  ).metadata.managedFields
    .map(({ manager, operation, subresource }) => [manager, operation, subresource].filter(Boolean).join(' '))
    .sort();

test('apply --server-side creates, changes, and removes what is no longer said', async () => {
  assert.equal(await serverSide(configMap('ssa', { a: '1', b: '2' })), 'configmap/ssa serverside-applied\n');
  await kubectl(['patch', 'configmap', 'ssa', '-p', '{"data":{"theirs":"kept"}}']);
  await serverSide(configMap('ssa', { a: 'new' }));
  assert.deepEqual(await dataOf('ssa'), { a: 'new', theirs: 'kept' });
  assert.deepEqual(await managers('configmap', 'ssa'), ['kubectl Apply', 'kubectl-patch Update']);
});

test('another’s fields are a conflict that kubectl explains; --force-conflicts takes them', async () => {
  await serverSide(configMap('contended', { a: '1' }));
  const text = await refused(configMap('contended', { a: '2' }), '--server-side', '--field-manager=rival');
  assert.match(text, /^error: Apply failed with 1 conflict: conflict with "kubectl": \.data\.a\n/);
  assert.match(text, /re-run the apply\s+command with the `--force-conflicts` flag/);
  await serverSide(configMap('contended', { a: '2' }), '--field-manager=rival', '--force-conflicts');
  assert.deepEqual(await managers('configmap', 'contended'), ['rival Apply']);
});

test('an object that client-side apply made is taken over, with its owner', async () => {
  await kubectl.apply(configMap('migrated', { a: '1', b: '2' }));
  assert.deepEqual(await managers('configmap', 'migrated'), ['kubectl-client-side-apply Update']);
  await serverSide(configMap('migrated', { a: '9' }));
  assert.deepEqual(await dataOf('migrated'), { a: '9' });
  assert.deepEqual(await managers('configmap', 'migrated'), ['kubectl Apply', 'kubectl-last-applied Apply']);
});

test('diff --server-side shows what would be, and that it would be a conflict', async () => {
  await serverSide(configMap('diffed', { a: '1' }));
  const diff = (manager: string): ReturnType<typeof kubectl> =>
    kubectl(['diff', '--server-side', `--field-manager=${manager}`, '-f', '-'], {
      stdin: JSON.stringify(configMap('diffed', { a: '2' })),
      anyCode: true,
    });
  const mine = await diff('kubectl');
  assert.equal(mine.code, 1, mine.stderr);
  assert.match(mine.stdout, /^-  a: "1"\n\+  a: "2"$/m);
  assert.match((await diff('rival')).stderr, /Apply failed with 1 conflict/);
  assert.deepEqual(await dataOf('diffed'), { a: '1' });
});

test('apply --prune takes away what is no longer in the set: by label, and by apply set', async () => {
  const both = [configMap('one', {}, { set: 'x' }), configMap('two', {}, { set: 'x' })];
  const list = (items: object[]): object => ({ apiVersion: 'v1', kind: 'List', items });
  const byLabel = ['-l', 'set=x', '--prune', '--prune-allowlist=core/v1/ConfigMap'];
  await kubectl.apply(list(both), ...byLabel);
  assert.match(await kubectl.apply(list(both.slice(0, 1)), ...byLabel), /^configmap\/two pruned$/m);
  const bySet = ['--server-side', '--prune', '--applyset=my-set', '-n', namespace];
  const env = { KUBECTL_APPLYSET: 'true' };
  const apply = async (items: object[]): Promise<string> =>
    (await kubectl(['apply', '-f', '-', ...bySet], { stdin: JSON.stringify(list(items)), env })).stdout;
  await apply([configMap('three', {}), configMap('four', {})]);
  assert.match(await apply([configMap('three', {})]), /^configmap\/four pruned$/m);
  assert.match(await kubectl.failure(['get', 'configmap', 'four']), /not found/);
});

test('unknown and duplicate fields: refused with their paths, warned about, or ignored', async () => {
  const wrong = { ...configMap('wrong', { a: '1' }), oops: true };
  assert.match(await refused(wrong), /strict decoding error: unknown field "oops"/);
  assert.match(
    await refused(wrong, '--server-side'),
    /failed to create typed patch object \(.*\/wrong; \/v1, Kind=ConfigMap\): \.oops: field not declared in schema/,
  );
  const warned = await kubectl(['apply', '--validate=warn', '-f', '-'], { stdin: JSON.stringify(wrong) });
  assert.match(warned.stderr, /^Warning: unknown field "oops"$/m);
  const silent = await kubectl(['apply', '--validate=ignore', '-f', '-'], { stdin: JSON.stringify(wrong) });
  assert.equal(silent.stderr, '');
  for (const type of ['strategic', 'merge'])
    assert.match(
      (await kubectl(['patch', 'configmap', 'wrong', `--type=${type}`, '-p', '{"oops":1}'])).stderr,
      /^Warning: unknown field "oops"$/m,
    );
});

test('patch and edit through status and scale', async () => {
  await kubectl.create(webController('web', 0));
  await kubectl([
    'patch',
    'rc',
    'web',
    '--subresource=status',
    '--type=merge',
    '-p',
    '{"status":{"observedGeneration":7},"spec":{"replicas":5}}',
  ]);
  assert.equal(await kubectl.text('get', 'rc', 'web', '-o', 'jsonpath={.spec.replicas}'), '0');
  await kubectl(['patch', 'rc', 'web', '--subresource=scale', '--type=merge', '-p', '{"spec":{"replicas":1}}']);
  assert.equal(await kubectl.text('get', 'rc', 'web', '-o', 'jsonpath={.spec.replicas}'), '1');
  await kubectl(['scale', 'rc', 'web', '--replicas=0']);
  const found = await managers('rc', 'web');
  for (const entry of ['kubectl Update scale', 'kubectl-create Update']) assert.ok(found.includes(entry), found.join(', '));
});

test('edit keeps what others changed meanwhile', async () => {
  await kubectl.create(configMap('edited', { a: '1' }));
  const editor = join(folder, 'editor');
  writeFileSync(editor, `#!/bin/sh\nexec sed -i 's/^  a: "1"/  a: edited/' "$1"\n`, { mode: 0o755 });
  await kubectl(['patch', 'configmap', 'edited', '-p', '{"data":{"b":"2"}}']);
  await kubectl(['edit', 'configmap', 'edited'], { env: { EDITOR: editor } });
  assert.deepEqual(await dataOf('edited'), { a: 'edited', b: '2' });
  assert.deepEqual(await managers('configmap', 'edited'), [
    'kubectl-create Update',
    'kubectl-edit Update',
    'kubectl-patch Update',
  ]);
});

test('apply --subresource=status owns the status alone', async () => {
  await kubectl.create(webPod('plain'));
  const status = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'plain' },
    status: { conditions: [{ type: 'example.com/gate', status: 'True' }] },
  };
  await serverSide(status, '--subresource=status', '--field-manager=gate');
  const conditions = await kubectl.text('get', 'pod', 'plain', '-o', 'jsonpath={.status.conditions[*].type}');
  assert.ok(conditions.split(' ').includes('example.com/gate'), conditions);
  assert.ok((await managers('pod', 'plain')).includes('gate Apply status'));
});

test('explain reads OpenAPI v2 as well as v3', async () => {
  const old = await kubectl.text('explain', 'pod.spec.containers', '--recursive', '--output', 'plaintext-openapiv2');
  assert.match(old, /^KIND: +Pod\nVERSION: +v1\n\nRESOURCE: containers <\[\]Object>/);
  assert.match(old, /^ {3}ports\t<\[\]Object>\n {6}containerPort\t<integer>/m);
});
