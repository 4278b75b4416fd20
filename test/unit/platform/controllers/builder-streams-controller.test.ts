import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Build } from '../../../../lib/platform/api/build/build-types.ts';
import type { Image, ImageStream } from '../../../../lib/platform/api/image/image-types.ts';
import { IMAGE_STREAMS, NODES } from '../../../../lib/platform/controllers/resources.ts';
import { eventually } from '../../../support/eventually.ts';
import { startMemoryPlatform } from '../../../support/memory-platform.ts';

const NODE = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } };
const STREAMS = { ...IMAGE_STREAMS, namespace: 'openshift' };
const MERGE = 'application/merge-patch+json';
const named = (image: string, letter: string) => `openshift/${image}@sha256:${letter.repeat(64)}`;

test("a builder image of a node is a stream of the project openshift; another image is its next version; somebody's own stream stays", async () => {
  await using platform = await startMemoryPlatform();
  const { local } = platform;
  const nodeHas = (...names: string[]) =>
    local.patch({ ...NODES, name: 'n', subresource: 'status' }, MERGE, { status: { images: [{ names, sizeBytes: 1 }] } });
  const stream = (name: string) => local.get<ImageStream>({ ...STREAMS, name });
  const references = ({ status }: ImageStream, tag: string) =>
    (status.tags?.find((each) => each.tag === tag)?.items ?? []).map(({ dockerImageReference }) => dockerImageReference);

  await eventually(() => local.get({ group: '', version: 'v1', resource: 'namespaces', name: 'openshift' }));
  const own = { apiVersion: 'image.openshift.io/v1', kind: 'ImageStream', metadata: { name: 'php', namespace: 'openshift' } };
  await local.create(STREAMS, own);
  await local.create(NODES, NODE);
  await nodeHas(named('nodejs', 'a'), 'openshift/nodejs:latest', named('php', 'a'), named('static', 'a'), named('router', 'a'));
  await eventually(async () => {
    for (const tag of ['20', 'latest']) assert.deepEqual(references(await stream('nodejs'), tag), [named('nodejs', 'a')]);
    assert.deepEqual(references(await stream('static'), 'latest'), [named('static', 'a')]);
  });
  const { items } = await local.list(STREAMS);
  assert.deepEqual(items.map(({ metadata }) => metadata.name).sort(), ['nodejs', 'php', 'static']);
  assert.equal((await stream('php')).spec?.tags, undefined);
  const image = await local.get<Image>({
    group: 'image.openshift.io',
    version: 'v1',
    resource: 'images',
    name: `sha256:${'a'.repeat(64)}`,
  });
  assert.match(JSON.stringify(image.dockerImageMetadata), /"ExposedPorts":\{"8080\/tcp":\{\}\}/);

  await nodeHas(named('nodejs', 'b'), 'openshift/nodejs:latest');
  await eventually(async () =>
    assert.deepEqual(references(await stream('nodejs'), 'latest'), [named('nodejs', 'b'), named('nodejs', 'a')]),
  );
  // A tag that is deleted comes back: builds name it.
  await local.patch({ ...STREAMS, name: 'nodejs' }, MERGE, { spec: { tags: [] } });
  await eventually(async () =>
    assert.deepEqual(
      (await stream('nodejs')).spec.tags?.map(({ name }) => name),
      ['20', 'latest'],
    ),
  );
});

test('where there is a registry, builds of the project openshift bring the images there, one after the other, and the streams are what was pushed', async () => {
  const registryImage = 'openshift/registry:latest';
  await using platform = await startMemoryPlatform({ builderStreams: { registryImage, names: ['nodejs', 'static'], quiet: 0 } });
  const { local } = platform;
  const builds = { group: 'build.openshift.io', version: 'v1', resource: 'builds', namespace: 'openshift' };
  const named3 = [named('nodejs', 'a'), named('static', 'a'), named('php', 'a')];
  const nodeHas = (...names: string[]) =>
    local.patch({ ...NODES, name: 'n', subresource: 'status' }, MERGE, { status: { images: [{ names, sizeBytes: 1 }] } });
  const made = async () => (await local.list<Build>(builds)).items.map(({ metadata }) => metadata.name).sort();
  const referenceOf = async (name: string, tag: string) =>
    (await local.get<ImageStream>({ ...STREAMS, name })).status.tags?.find((each) => each.tag === tag)?.items?.[0]
      ?.dockerImageReference;
  const end = (name: string, phase: string) =>
    eventually(async () => {
      const build = await local.get<Build>({ ...builds, name });
      const status = { ...build.status, phase, completionTimestamp: new Date().toISOString() };
      await local.update({ ...builds, name, subresource: 'details' }, { ...build, status } as Build);
    });
  await local.create(NODES, NODE);
  await local.create(
    { group: '', version: 'v1', resource: 'services', namespace: 'default' },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'docker-registry', namespace: 'default' },
      spec: { ports: [{ port: 5000 }] },
    },
  );
  await nodeHas(...named3, 'openshift/builder:latest', registryImage);
  await eventually(async () => assert.deepEqual(await made(), ['nodejs-aaaaaaaaaaaa']));
  // The third is not to be there.
  await eventually(async () => assert.equal(await referenceOf('php', 'latest'), named('php', 'a')));
  const build = await local.get<Build>({ ...builds, name: 'nodejs-aaaaaaaaaaaa' });
  assert.equal(build.spec.source?.dockerfile, `FROM ${named('nodejs', 'a')}\n`);
  assert.equal(await referenceOf('nodejs', 'latest'), named('nodejs', 'a'));
  // Whoever was built from the image on the node.
  const triggered = { type: 'ImageChange', imageChange: { lastTriggeredImageID: named('nodejs', 'a') } };
  const from = { kind: 'ImageStreamTag', namespace: 'openshift', name: 'nodejs:latest' };
  const configs = { ...builds, namespace: 'default', resource: 'buildconfigs' };
  await local.create(configs, {
    apiVersion: 'build.openshift.io/v1',
    kind: 'BuildConfig',
    metadata: { name: 'shop', namespace: 'default' },
    spec: { source: { dockerfile: 'FROM scratch' }, strategy: { sourceStrategy: { from } }, triggers: [triggered] },
  });
  // As the registry tells of the push.
  const digest = `sha256:${'d'.repeat(64)}`;
  const Labels = Object.fromEntries((build.spec.output?.imageLabels ?? []).map(({ name, value }) => [name, value]));
  const pushed = `172.30.0.5:5000/openshift/nodejs@${digest}`;
  const mapping = {
    apiVersion: 'image.openshift.io/v1',
    kind: 'ImageStreamMapping',
    metadata: { name: 'nodejs', namespace: 'openshift' },
    image: { metadata: { name: digest }, dockerImageReference: pushed, dockerImageMetadata: { Config: { Labels } } },
    tag: '20',
  };
  await local.create({ ...STREAMS, resource: 'imagestreammappings' }, mapping);
  await end('nodejs-aaaaaaaaaaaa', 'Complete');
  await eventually(async () => assert.deepEqual(await made(), ['nodejs-aaaaaaaaaaaa', 'static-aaaaaaaaaaaa']));
  await eventually(async () => assert.equal(await referenceOf('nodejs', 'latest'), pushed));
  await end('static-aaaaaaaaaaaa', 'Complete');
  // Another image is brought there too, and the build of the one before goes.
  await nodeHas(named('nodejs', 'b'), 'openshift/builder:latest', registryImage);
  await eventually(async () => assert.deepEqual(await made(), ['nodejs-bbbbbbbbbbbb', 'static-aaaaaaaaaaaa']));
  await eventually(async () => assert.equal(await referenceOf('nodejs', 'latest'), named('nodejs', 'b')));
  // This one it has not seen; the copy of the other it had.
  const shop = { ...builds, namespace: 'default' };
  await eventually(async () => assert.equal((await local.list<Build>(shop)).items.length, 1));
  const [started] = (await local.list<Build>(shop)).items;
  assert.equal(started?.spec.strategy.sourceStrategy?.from.name, named('nodejs', 'b'));
});
