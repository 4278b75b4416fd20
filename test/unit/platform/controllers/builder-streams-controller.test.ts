import assert from 'node:assert/strict';
import { test } from 'node:test';
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
