import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { packageRoot } from '../../../lib/common/assets.ts';
import { apiCaller } from '../../support/api-caller.ts';
import { eventually } from '../../support/eventually.ts';
import { IN_TIME } from '../../support/kubectl.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, namespace, kubeconfigPath } = await useNamespace('builds');
const folder = mkdtempSync(join(tmpdir(), 'oo-test-builds-'));
after(() => rmSync(folder, { recursive: true }));
const call = await apiCaller(kubeconfigPath);
const group = `/apis/build.openshift.io/v1/namespaces/${namespace}`;

const doc = readFileSync(join(packageRoot(), 'docs', 'builds.md'), 'utf8');
/** The config of docs/builds.md, from an image that needs no image stream. */
const shop = /```yaml\n(.*?)```/s
  .exec(doc)![1]!
  .replace(/from: \{.*\}/, "from: { kind: DockerImage, name: 'registry.example/nodejs:20' }");
const file = join(folder, 'shop.yaml');
writeFileSync(file, shop);
const request = (name: string): string => {
  const path = join(folder, `${name}.json`);
  writeFileSync(path, JSON.stringify({ metadata: { name } }));
  return path;
};

test('the config of docs/builds.md is applied twice, and shown', async () => {
  assert.equal(await kubectl.text('apply', '-f', file), 'buildconfig.build.openshift.io/shop created');
  assert.equal(await kubectl.text('apply', '-f', file), 'buildconfig.build.openshift.io/shop unchanged');
  assert.match(await kubectl.text('get', 'buildconfigs'), /^NAME +TYPE +FROM +LATEST\nshop +Source +Git@main +0$/m);
  assert.match(await kubectl.text('get', 'bc'), /^shop /m);
  assert.match(await kubectl.text('explain', 'buildconfig.spec.runPolicy'), /FIELD: runPolicy/);
  assert.match(
    await kubectl.failure([
      'patch',
      'bc',
      'shop',
      '--type=merge',
      '--patch',
      '{"spec":{"source":{"git":{"uri":"ext::sh -c id"}}}}',
    ]),
    /"shop" is invalid: spec\.source\.git\.uri: Invalid value: "ext::sh -c id": uri is not a valid url/,
  );
});

test('a build is started, waits for where its image goes, is cloned and cancelled', async () => {
  const made = JSON.parse(
    await kubectl.text('create', '--raw', `${group}/buildconfigs/shop/instantiate`, '-f', request('shop')),
  ) as {
    metadata: { name: string };
  };
  assert.equal(made.metadata.name, 'shop-1');
  await eventually(async () =>
    assert.match(
      await kubectl.text('get', 'builds'),
      /^NAME +TYPE +FROM +STATUS +STARTED +DURATION\nshop-1 +Source +Git@main +New \(InvalidOutputReference\)/m,
    ),
  );
  await kubectl.text('create', '--raw', `${group}/builds/shop-1/clone`, '-f', request('shop-1'));
  assert.match(
    await kubectl.text('patch', 'build', 'shop-1', '--type', 'merge', '--patch', '{"status":{"cancelled":true}}'),
    /build.build.openshift.io\/shop-1 patched/,
  );
  await kubectl(['wait', '--for=jsonpath={.status.phase}=Cancelled', 'build/shop-1', IN_TIME]);
  assert.match(
    await kubectl.failure(['get', '--raw', `${group}/builds/shop-1/log`]),
    /build shop-1 was cancelled\. No logs are available\./,
  );
  assert.match(await kubectl.text('get', 'builds', '-l', 'buildconfig=shop'), /^shop-2 /m);
});

test('a build with somewhere to go gets a pod that nobody else may make', async () => {
  const output = '{"spec":{"output":{"to":{"kind":"DockerImage","name":"registry.example/shop:1"}},"runPolicy":"Parallel"}}';
  await kubectl.text('patch', 'bc', 'shop', '--type=merge', '--patch', output);
  // Where the image of builds is there, it is Pending only until its pod has begun.
  await using watch = kubectl.start(['get', 'builds', '--watch']);
  await watch.until(/^shop-2 /m);
  const { metadata } = JSON.parse(
    await kubectl.text('create', '--raw', `${group}/buildconfigs/shop/instantiate`, '-f', request('shop')),
  ) as { metadata: { name: string } };
  await watch.until(new RegExp(`^${metadata.name} +Source +Git@main +Pending`, 'm'));
  const pod = await kubectl.json('get', 'pod', `${metadata.name}-build`);
  assert.equal((pod['spec'] as { serviceAccountName: string }).serviceAccountName, 'builder');
  assert.match(
    await kubectl.failure(['label', 'pod', `${metadata.name}-build`, '--overwrite', 'openshift.io/build.name=mine']),
    /the label and the annotation openshift\.io\/build\.name are kept for pods of builds/,
  );
  assert.match(await kubectl.text('describe', 'build', metadata.name), /Kind: +Build/);
  await kubectl.text('delete', 'build', metadata.name);
  await eventually(async () => assert.match(await kubectl.failure(['get', 'pod', `${metadata.name}-build`]), /NotFound/));
});

test('a webhook builds for who knows its word', async () => {
  const hook = (path: string): ReturnType<typeof call> =>
    call('POST', `${group}/buildconfigs/${path}/generic`, { anonymous: true, body: '{"git":{"ref":"refs/heads/main"}}' });
  const started = await hook('shop/webhooks/a-word');
  assert.equal(started.status, 200, started.text);
  assert.equal(started.object['kind'], 'Build');
  for (const path of ['shop/webhooks/another', 'absent/webhooks/a-word']) assert.equal((await hook(path)).status, 401);
});
