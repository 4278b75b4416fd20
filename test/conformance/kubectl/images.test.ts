import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../lib/platform/api/meta.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, namespace } = await useNamespace('images');

const API = 'image.openshift.io/v1';
const reference = (name: string): object => ({ kind: 'DockerImage', name });

test('a stream with tags is made, shown, changed and described by its short name', async () => {
  await kubectl.create({
    apiVersion: API,
    kind: 'ImageStream',
    metadata: { name: 'web', namespace },
    spec: {
      tags: [
        { name: 'v1', from: reference('registry.example:5000/shop/web:1'), reference: true },
        { name: 'latest', from: { kind: 'ImageStreamTag', name: 'v1' } },
      ],
    },
  });
  assert.match(
    await kubectl.text('get', 'is'),
    /^NAME +IMAGE REPOSITORY +TAGS +UPDATED\nweb .*(latest,v1|v1,latest) +[\dms]+ ago$/m,
  );
  const tags = await kubectl.text(
    'get',
    'istag',
    '-o',
    'custom-columns=N:.metadata.name,R:.image.dockerImageReference',
    '--no-headers',
  );
  assert.deepEqual(
    tags
      .split('\n')
      .map((line) => line.split(/ +/))
      .sort(),
    [
      ['web:latest', 'registry.example:5000/shop/web:1'],
      ['web:v1', 'registry.example:5000/shop/web:1'],
    ],
  );
  await kubectl([
    'patch',
    'is',
    'web',
    '-p',
    JSON.stringify({ spec: { tags: [{ name: 'v1', from: reference('registry.example:5000/shop/web:2') }] } }),
  ]);
  const tag = await kubectl.json<KubeObject>('get', 'istag', 'web:latest');
  assert.equal(tag['image'].dockerImageReference, 'registry.example:5000/shop/web:2', 'what follows it, too');
  assert.match(await kubectl.text('describe', 'is', 'web'), /Docker Image Reference: +registry\.example:5000\/shop\/web:2/);
  assert.match(
    await kubectl.text('explain', 'imagestream.spec.tags.referencePolicy'),
    /FIELD: referencePolicy <TagReferencePolicy>/,
  );
});

test('a tag is created, labelled, replaced and deleted as an object; its stream comes and stays', async () => {
  const tag = {
    apiVersion: API,
    kind: 'ImageStreamTag',
    metadata: { name: 'fresh:v1', namespace },
    tag: { name: 'v1', from: reference('registry.example/a'), reference: true },
  };
  assert.match(await kubectl.create(tag), /imagestreamtag.image.openshift.io\/fresh:v1 created/);
  assert.match(
    await kubectl.failure(['create', '-f', '-'], { stdin: JSON.stringify(tag) }),
    /AlreadyExists.*"fresh:v1" already exists/,
  );
  await kubectl(['annotate', 'istag', 'fresh:v1', 'note=x']);
  assert.equal(await kubectl.text('get', 'istag', 'fresh:v1', '-o', 'jsonpath={.metadata.annotations.note}'), 'x');
  assert.match(await kubectl.text('delete', 'istag', 'fresh:v1'), /"fresh:v1" deleted/);
  assert.match(await kubectl.failure(['get', 'istag', 'fresh:v1']), /imagestreamtags.image.openshift.io "fresh:v1" not found/);
  assert.match(await kubectl.text('get', 'is', 'fresh', '-o', 'name'), /imagestream.image.openshift.io\/fresh/);
});

test('secrets and layers are read behind a stream', async () => {
  const path = `/apis/${API}/namespaces/${namespace}/imagestreams/web`;
  const secrets = JSON.parse(await kubectl.text('get', '--raw', `${path}/secrets`)) as KubeObject;
  assert.equal(secrets.kind, 'SecretList');
  const layers = JSON.parse(await kubectl.text('get', '--raw', `${path}/layers`)) as KubeObject;
  assert.deepEqual([layers.kind, layers['images']], ['ImageStreamLayers', {}]);
});

test('an import says of each image why there is none', async () => {
  const body = {
    apiVersion: API,
    kind: 'ImageStreamImport',
    metadata: { name: 'asked', namespace },
    spec: { import: false, images: [{ from: reference('127.0.0.1:1/shop/web:1') }] },
    status: {},
  };
  const { stdout } = await kubectl(['create', '-f', '-', '-o', 'json'], { stdin: JSON.stringify(body) });
  const { status } = JSON.parse(stdout) as KubeObject;
  assert.match(status.images[0].status.message, /images are not imported from address 127.0.0.1/);
});
