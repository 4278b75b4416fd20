import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ImageStream } from '../../../../../lib/platform/api/image/image-types.ts';
import type { KubeObject } from '../../../../../lib/platform/api/meta.ts';
import type { Client } from '../../../../../lib/platform/client/client.ts';
import { eventually } from '../../../../support/eventually.ts';
import { type MemoryPlatform, startMemoryPlatform } from '../../../../support/memory-platform.ts';

const group = { group: 'image.openshift.io', version: 'v1' };
const STREAMS = { ...group, resource: 'imagestreams' };
const TAGS = { ...group, resource: 'imagestreamtags' };
const CORE = { group: '', version: 'v1' };
const LIMITS = { ...CORE, resource: 'limitranges' };
const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;

let platform: MemoryPlatform;
let client: Client;
before(async () => {
  platform = await startMemoryPlatform();
  client = platform.http;
});
after(() => platform[Symbol.asyncDispose]());

const project = (name: string): Promise<KubeObject> =>
  client.create({ ...CORE, resource: 'namespaces' }, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

const limit = (namespace: string, type: string, max: Record<string, string>): Promise<KubeObject> =>
  client.create(
    { ...LIMITS, namespace },
    { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'images' }, spec: { limits: [{ type, max }] } },
  );

const raise = (namespace: string, type: string, max: Record<string, string>): Promise<KubeObject> =>
  client.patch({ ...LIMITS, namespace, name: 'images' }, 'application/merge-patch+json', { spec: { limits: [{ type, max }] } });

const stream = (namespace: string, name: string, spec: object = {}): Promise<KubeObject> =>
  client.create(
    { ...STREAMS, namespace },
    { apiVersion: 'image.openshift.io/v1', kind: 'ImageStream', metadata: { name }, spec },
  );

/** As the registry tells of what was pushed. */
const push = (namespace: string, name: string, tag: string, letter: string, bytes = 1000): Promise<KubeObject> =>
  client.create(
    { ...group, resource: 'imagestreammappings', namespace },
    {
      apiVersion: 'image.openshift.io/v1',
      kind: 'ImageStreamMapping',
      metadata: { name, namespace },
      tag,
      image: {
        metadata: { name: digest(letter) },
        dockerImageReference: `172.30.0.5:5000/${namespace}/${name}@${digest(letter)}`,
        dockerImageManifest: JSON.stringify({
          config: { digest: digest('c'), size: 24 },
          layers: [{ digest: digest('d'), size: bytes }],
        }),
        dockerImageConfig: '{}',
      },
    },
  );

const tagsOf = async (namespace: string, name: string): Promise<string[]> => {
  const { status } = await client.get<ImageStream>({ ...STREAMS, namespace, name });
  return (status.tags ?? []).map(({ tag, items = [] }) => `${tag} ${items.map(({ image }) => image.at(-1)).join('')}`);
};

const refused = (message: string) => ({ code: 403, message });

test('an image with more bytes than the project gives one is refused, and nothing of it is there', async () => {
  const type = 'openshift.io/Image';
  await project('size');
  await stream('size', 'web');
  await limit('size', type, { storage: '1Ki' });
  await push('size', 'web', 'v1', 'a', 1000);
  await assert.rejects(
    push('size', 'web', 'v2', 'b', 1001),
    refused(
      'imagestreammappings.image.openshift.io "web" is forbidden: requested usage of storage exceeds the maximum limit per openshift.io/Image (1025 > 1Ki)',
    ),
  );
  assert.deepEqual(await tagsOf('size', 'web'), ['v1 a']);
  await assert.rejects(client.get({ ...group, resource: 'images', name: digest('b') }), { code: 404 });
  await raise('size', type, { storage: '2Ki' });
  await push('size', 'web', 'v2', 'b', 1001);
  assert.deepEqual(await tagsOf('size', 'web'), ['v1 a', 'v2 b']);
});

test('a stream takes as many different images as the project gives it, and those again; a deletion makes room', async () => {
  await project('images');
  await stream('images', 'web');
  await stream('images', 'other');
  await limit('images', 'openshift.io/ImageStream', { 'openshift.io/images': '2' });
  await push('images', 'web', 'v1', 'a');
  await push('images', 'web', 'v2', 'b');
  await push('images', 'web', 'again', 'a');
  await assert.rejects(
    push('images', 'web', 'v3', 'e'),
    refused(
      'ImageStream.image.openshift.io "web" is forbidden: requested usage of openshift.io/images exceeds the maximum limit per openshift.io/ImageStream (3 > 2)',
    ),
  );
  await assert.rejects(client.get({ ...group, resource: 'images', name: digest('e') }), { code: 404 });
  await push('images', 'other', 'v3', 'e');
  await client.delete({ ...TAGS, namespace: 'images', name: 'web:v2' });
  await push('images', 'web', 'v3', 'e');
  assert.deepEqual(await tagsOf('images', 'web'), ['v1 a', 'again a', 'v3 e']);
});

test('a stream has tags from as many places as the project gives it; what was there before the limit stays and may change', async () => {
  const from = (name: string): object => ({
    name,
    from: { kind: 'DockerImage', name: `registry.example/${name}` },
    reference: true,
  });
  await project('tags');
  await stream('tags', 'old', { tags: [from('a'), from('b')] });
  await limit('tags', 'openshift.io/ImageStream', { 'openshift.io/image-tags': '1' });
  await stream('tags', 'web', { tags: [from('a'), { name: 'pushed' }] });
  const change = (name: string, body: object): Promise<KubeObject> =>
    client.patch({ ...STREAMS, namespace: 'tags', name }, 'application/merge-patch+json', body);
  await assert.rejects(
    change('web', { spec: { tags: [from('a'), from('b')] } }),
    refused(
      'ImageStream.image.openshift.io "web" is forbidden: requested usage of openshift.io/image-tags exceeds the maximum limit per openshift.io/ImageStream (2 > 1)',
    ),
  );
  await change('old', { metadata: { labels: { seen: 'yes' } } });
  await change('old', { spec: { tags: [from('b')] } });
  await assert.rejects(change('old', { spec: { tags: [from('b'), from('e')] } }), { code: 403 });
});

test('a tag does not follow another into a stream that is full, and an event says so', async () => {
  await project('follow');
  await limit('follow', 'openshift.io/ImageStream', { 'openshift.io/images': '1' });
  await stream('follow', 'source');
  await stream('follow', 'web', { tags: [{ name: 'live', from: { kind: 'ImageStreamTag', name: 'source:v1' } }] });
  await push('follow', 'web', 'own', 'a');
  await push('follow', 'source', 'v1', 'b');
  await eventually(async () => {
    const { items } = await client.list({ ...CORE, resource: 'events', namespace: 'follow' });
    assert.match(
      items.map((event) => `${event['reason']} ${event['message']}`).join(),
      /ImageStreamLimitExceeded .*"web" is forbidden: requested usage of openshift.io\/images/,
    );
  });
  assert.deepEqual(await tagsOf('follow', 'web'), ['own a']);
  await raise('follow', 'openshift.io/ImageStream', { 'openshift.io/images': '2' });
  await push('follow', 'web', 'own', 'b');
  await eventually(async () => assert.deepEqual(await tagsOf('follow', 'web'), ['own ba', 'live b']));
});

test("a quota counts a project's streams by OpenShift's name", async () => {
  const namespace = 'quota';
  await project(namespace);
  await client.create(
    { ...CORE, resource: 'resourcequotas', namespace },
    {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'streams' },
      spec: { hard: { 'openshift.io/imagestreams': '1' } },
    },
  );
  await eventually(async () => {
    const { status } = await client.get({ ...CORE, resource: 'resourcequotas', namespace, name: 'streams' });
    assert.equal(status?.used?.['openshift.io/imagestreams'], '0');
  });
  await stream(namespace, 'web');
  await assert.rejects(
    stream(namespace, 'more'),
    refused(
      'imagestreams.image.openshift.io "more" is forbidden: exceeded quota: streams, requested: openshift.io/imagestreams=1, used: openshift.io/imagestreams=1, limited: openshift.io/imagestreams=1',
    ),
  );
  await client.delete({ ...STREAMS, namespace, name: 'web' });
  await stream(namespace, 'more');
});
