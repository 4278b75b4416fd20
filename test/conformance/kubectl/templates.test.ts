import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, namespace } = await useNamespace('templates');
const folder = mkdtempSync(join(tmpdir(), 'oo-test-templates-'));
after(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'template.json');
writeFileSync(
  file,
  JSON.stringify({
    apiVersion: 'template.openshift.io/v1',
    kind: 'Template',
    metadata: { name: 'shop', annotations: { description: 'A shop' } },
    labels: { app: 'shop' },
    parameters: [
      { name: 'NAME', required: true },
      { name: 'PASSWORD', generate: 'expression', from: '[a-zA-Z0-9]{16}' },
      { name: 'REPLICAS', value: '2' },
    ],
    objects: [
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: '${NAME}' }, stringData: { password: '${PASSWORD}' } },
      { apiVersion: 'v1', kind: 'ReplicationController', metadata: { name: '${NAME}' }, spec: { replicas: '${{REPLICAS}}' } },
    ],
  }),
);

test('a template is created as one, not processed, and shown with what is to be given', async () => {
  assert.equal(await kubectl.text('create', '-f', file), 'template.template.openshift.io/shop created');
  assert.match(
    await kubectl.text('get', 'templates'),
    /^NAME +DESCRIPTION +PARAMETERS +OBJECTS\nshop +A shop +3 \(1 blank\) +2$/m,
  );
  assert.match(await kubectl.text('explain', 'template.parameters'), /FIELD: parameters <\[\]Parameter>/);
});

test('what is posted to processedtemplates comes back filled in; a value that is missing is named', async () => {
  const path = `/apis/template.openshift.io/v1/namespaces/${namespace}/processedtemplates`;
  assert.match(
    await kubectl.failure(['create', '--raw', path, '-f', file]),
    /"shop" is invalid: template\.parameters\[0\]: Required value: .*parameter NAME is required and must be specified/,
  );
  const stored = await kubectl.json('get', 'template', 'shop');
  (stored['parameters'] as { value: string }[])[0]!.value = 'mine';
  writeFileSync(file, JSON.stringify(stored));
  const processed = JSON.parse(await kubectl.text('create', '--raw', path, '-f', file)) as { objects: Record<string, never>[] };
  const [secret, controller] = processed.objects as unknown as [
    { metadata: object; stringData: { password: string } },
    { spec: { replicas: number } },
  ];
  assert.deepEqual(secret.metadata, { name: 'mine', labels: { app: 'shop' } });
  assert.match(secret.stringData.password, /^[a-zA-Z0-9]{16}$/);
  assert.equal(controller.spec.replicas, 2);
});
