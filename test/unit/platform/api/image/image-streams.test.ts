import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Image, ImageStream, ImageStreamTag } from '../../../../../lib/platform/api/image/image-types.ts';
import type { KubeObject } from '../../../../../lib/platform/api/meta.ts';
import type { Client } from '../../../../../lib/platform/client/client.ts';
import { eventually } from '../../../../support/eventually.ts';
import { type MemoryPlatform, startMemoryPlatform } from '../../../../support/memory-platform.ts';

const group = { group: 'image.openshift.io', version: 'v1' };
const STREAMS = { ...group, resource: 'imagestreams' };
const TAGS = { ...group, resource: 'imagestreamtags' };
const MAPPINGS = { ...group, resource: 'imagestreammappings' };
const STREAM_IMAGES = { ...group, resource: 'imagestreamimages' };
const A = `sha256:${'a'.repeat(64)}`;
const B = `sha256:${'b'.repeat(64)}`;

let platform: MemoryPlatform;
let client: Client;
before(async () => {
  platform = await startMemoryPlatform();
  client = platform.http;
});
after(() => platform[Symbol.asyncDispose]());

async function project(name: string): Promise<void> {
  await client.create(
    { group: '', version: 'v1', resource: 'namespaces' },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
  );
}

const stream = (name: string, spec: object = {}): KubeObject => ({
  apiVersion: 'image.openshift.io/v1',
  kind: 'ImageStream',
  metadata: { name },
  spec,
});

const istag = (name: string, from: object, more: object = {}): KubeObject => ({
  apiVersion: 'image.openshift.io/v1',
  kind: 'ImageStreamTag',
  metadata: { name },
  tag: { name: '', from, ...more },
});

/** As the registry tells of what was pushed. */
const push = (namespace: string, name: string, tag: string, digest: string): Promise<KubeObject> =>
  client.create(
    { ...MAPPINGS, namespace },
    {
      apiVersion: 'image.openshift.io/v1',
      kind: 'ImageStreamMapping',
      metadata: { name, namespace },
      tag,
      image: {
        metadata: { name: digest },
        dockerImageReference: `172.30.0.5:5000/${namespace}/${name}@${digest}`,
        dockerImageManifest: JSON.stringify({
          config: { digest: `sha256:${'c'.repeat(64)}`, size: 7 },
          layers: [{ digest: `sha256:${'d'.repeat(64)}`, size: 100, mediaType: 'application/x' }],
        }),
        dockerImageConfig: JSON.stringify({
          architecture: 'amd64',
          created: '2026-01-01T00:00:00.5Z',
          config: { Env: ['A=1'], ExposedPorts: { '8080/tcp': {} }, Labels: { 'io.k8s.description': 'x' }, Bogus: 1 },
        }),
      },
    },
  );

const get = <T extends KubeObject>(of: typeof STREAMS, namespace: string, name: string): Promise<T> =>
  client.get<T>({ ...of, namespace, name });
const historyOf = async (namespace: string, name: string): Promise<Record<string, string[]>> => {
  const { status } = await get<ImageStream>(STREAMS, namespace, name);
  return Object.fromEntries((status.tags ?? []).map(({ tag, items }) => [tag, (items ?? []).map(({ image }) => image)]));
};

test('what is pushed is an image with what it says of itself, and the newest of its tag', async () => {
  await project('push');
  await client.create({ ...STREAMS, namespace: 'push' }, stream('web'));
  await push('push', 'web', 'v1', A);
  await push('push', 'web', 'v1', B);
  await push('push', 'web', 'v1', B);
  assert.deepEqual(await historyOf('push', 'web'), { v1: [B, A] });
  const tag = await get<ImageStreamTag>(TAGS, 'push', 'web:v1');
  assert.equal(tag.image?.dockerImageReference, `172.30.0.5:5000/push/web@${B}`);
  const { Config, Size, Created } = tag.image!.dockerImageMetadata as Record<string, unknown>;
  assert.deepEqual(Config, { Env: ['A=1'], ExposedPorts: { '8080/tcp': {} }, Labels: { 'io.k8s.description': 'x' } });
  assert.deepEqual([Size, Created], [107, '2026-01-01T00:00:00Z']);
  assert.equal(tag.image?.dockerImageManifest, undefined);
  const image = await get<ImageStreamTag>(STREAM_IMAGES, 'push', `web@${A.slice(0, 12)}`);
  assert.equal(image.metadata.name, `web@${A}`);
  await assert.rejects(
    client.create(
      { ...STREAMS, namespace: 'push' },
      stream('blank', { tags: [{ name: 'x', from: { kind: 'ImageStreamTag', namespace: 'other' } }] }),
    ),
    /spec.tags\[x\].from.name: Required value/,
  );
  await assert.rejects(get(STREAM_IMAGES, 'push', 'web@sha256:'), /multiple images match the prefix/);
  await assert.rejects(
    get(STREAM_IMAGES, 'push', 'web@sha256:9'),
    /imagestreamimages.image.openshift.io "web@sha256:9" not found/,
  );
  const again = await client.get<Image>({ ...group, resource: 'images', name: B });
  assert.equal(again.dockerImageLayers?.[0]?.size, 100);
});

test("who knows the digest of another project's image is not told by a mapping what it says; its owner may map it again", async () => {
  const RBAC = { group: 'rbac.authorization.k8s.io', version: 'v1' };
  const digest = `sha256:${'e'.repeat(64)}`;
  const as = async (name: string): Promise<Client> => {
    await project(name);
    await client.create({ ...STREAMS, namespace: name }, stream('web'));
    await client.create({ ...RBAC, resource: 'rolebindings', namespace: name }, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name },
      subjects: [{ kind: 'User', apiGroup: RBAC.group, name }],
      roleRef: { kind: 'ClusterRole', apiGroup: RBAC.group, name: 'edit' },
    } as KubeObject);
    return platform.as({ name, groups: ['system:authenticated'] });
  };
  const mapping = (image: object): KubeObject => ({
    apiVersion: 'image.openshift.io/v1',
    kind: 'ImageStreamMapping',
    metadata: { name: 'web' },
    tag: 'v1',
    image: {
      metadata: { name: digest, annotations: { 'image.openshift.io/pushed-as': 'x/y:z' } },
      dockerImageReference: `r/x@${digest}`,
      ...image,
    },
  });
  const own = {
    dockerImageMetadata: { kind: 'DockerImage', apiVersion: 'image.openshift.io/1.0', Config: { Env: ['KEY=secret'] } },
  };
  const [ann, bob] = [await as('mapped-ann'), await as('mapped-bob')];
  const map = (whose: Client, namespace: string, image: object): Promise<KubeObject> =>
    whose.create({ ...MAPPINGS, namespace }, mapping(image));
  await eventually(() => map(ann, 'mapped-ann', own));
  await eventually(() =>
    assert.rejects(map(bob, 'mapped-bob', {}), {
      message: /"web" is forbidden: the image sha256:e+ is there already and says something else/,
    }),
  );
  await assert.rejects(get(TAGS, 'mapped-bob', 'web:v1'), /not found/);
  await map(ann, 'mapped-ann', own);
  assert.equal((await get<ImageStreamTag>(TAGS, 'mapped-ann', 'web:v1')).image?.metadata?.annotations, undefined);
});

test('a tag that is PUT makes its stream; deleted, wish and history are gone and the stream stays', async () => {
  await project('put');
  const made = await client.update<ImageStreamTag>(
    { ...TAGS, namespace: 'put', name: 'web:prod' },
    istag('web:prod', { kind: 'DockerImage', name: 'registry.example/web:1' }, { reference: true }),
  );
  assert.equal(made.image?.dockerImageReference, 'registry.example/web:1');
  assert.deepEqual(made.tag?.referencePolicy, { type: 'Source' });
  await assert.rejects(
    client.create({ ...TAGS, namespace: 'put' }, istag('web:prod', { kind: 'DockerImage', name: 'x' })),
    /imagestreamtags.image.openshift.io "web:prod" already exists/,
  );
  const tags = await client.list({ ...TAGS, namespace: 'put' });
  assert.deepEqual(
    tags.items.map(({ metadata }) => metadata.name),
    ['web:prod'],
  );
  await client.patch({ ...TAGS, namespace: 'put', name: 'web:prod' }, 'application/merge-patch+json', {
    metadata: { annotations: { note: 'x' } },
  });
  assert.equal((await get<ImageStreamTag>(TAGS, 'put', 'web:prod')).metadata.annotations?.['note'], 'x');
  await client.delete({ ...TAGS, namespace: 'put', name: 'web:prod' });
  await assert.rejects(get(TAGS, 'put', 'web:prod'), /"web:prod" not found/);
  assert.deepEqual(await historyOf('put', 'web'), {});
  await assert.rejects(client.delete({ ...TAGS, namespace: 'put', name: 'web:prod' }), /"web:prod" not found/);
});

test('generations count wishes: 0 asks again, others cannot be set', async () => {
  await project('generations');
  const at = { ...STREAMS, namespace: 'generations' };
  const tag = { name: 'a', from: { kind: 'DockerImage', name: 'registry.example/a' } };
  const first = await client.create<ImageStream>(at, stream('web', { tags: [{ ...tag, generation: 77 }] }));
  assert.deepEqual([first.metadata.generation, first.spec.tags?.[0]?.generation], [1, 1]);
  const same = await client.update<ImageStream>({ ...at, name: 'web' }, stream('web', { tags: [{ ...tag, generation: 9 }] }));
  assert.deepEqual([same.metadata.generation, same.spec.tags?.[0]?.generation], [1, 1]);
  const asked = await client.update<ImageStream>({ ...at, name: 'web' }, stream('web', { tags: [{ ...tag, generation: 0 }] }));
  assert.deepEqual([asked.metadata.generation, asked.spec.tags?.[0]?.generation], [2, 2]);
  const more = await client.update<ImageStream>({ ...at, name: 'web' }, stream('web', { tags: [tag, { ...tag, name: 'b' }] }));
  assert.deepEqual(
    more.spec.tags?.map(({ generation }) => generation),
    [2, 3],
  );
});

test('a tag follows the tag of another project that its owner may pull from, and nobody else does', async () => {
  await Promise.all(['source', 'friend', 'stranger'].map(project));
  for (const [namespace, user] of [
    ['friend', 'ann'],
    ['stranger', 'bob'],
  ] as const)
    await bind(namespace, `${user}-edit`, 'edit', user);
  await bind('source', 'pull', 'system:image-puller', 'ann');
  await client.create({ ...STREAMS, namespace: 'source' }, stream('base'));
  await push('source', 'base', 'latest', A);
  const wish = (namespace: string, user: string): Promise<KubeObject> =>
    platform
      .as({ name: user, groups: ['system:authenticated'] })
      .update(
        { ...TAGS, namespace, name: 'mine:latest' },
        istag('mine:latest', { kind: 'ImageStreamTag', namespace: 'source', name: 'base:latest' }),
      );
  await assert.rejects(wish('stranger', 'bob'), /is forbidden: spec.tags\[latest\].from: source\/base: you may not pull from it/);
  await assert.rejects(
    platform.as({ name: 'bob', groups: ['system:authenticated'] }).create(
      { ...STREAMS, namespace: 'stranger' },
      stream('mine', {
        tags: [{ name: 'latest', from: { kind: 'ImageStreamTag', namespace: 'source', name: 'base:latest' } }],
      }),
    ),
    /is forbidden: spec.tags\[latest\].from/,
  );
  await wish('friend', 'ann');
  assert.deepEqual(await historyOf('friend', 'mine'), { latest: [A] });
  await push('source', 'base', 'latest', B);
  await eventually(async () => assert.deepEqual(await historyOf('friend', 'mine'), { latest: [B, A] }));
});

test('tags of a stream follow each other, and a circle ends', async () => {
  await project('circle');
  const from = (name: string): object => ({ kind: 'ImageStreamTag', name });
  await client.create(
    { ...STREAMS, namespace: 'circle' },
    stream('web', {
      tags: [
        { name: 'a', from: from('b') },
        { name: 'b', from: from('a') },
        { name: 'c', from: from('web:a') },
      ],
    }),
  );
  await push('circle', 'web', 'a', A);
  assert.deepEqual(await historyOf('circle', 'web'), { a: [A], b: [A], c: [A] });
});

test("what streams and tags refuse, in OpenShift's words", async () => {
  await project('refused');
  const create = (spec: object): Promise<KubeObject> => client.create({ ...STREAMS, namespace: 'refused' }, stream('web', spec));
  await assert.rejects(
    create({ tags: [{ name: 'a', from: { kind: 'Pod', name: 'x' } }] }),
    /spec.tags\[a\].from.kind: Invalid value: "Pod": valid values are DockerImage, ImageStreamImage, ImageStreamTag/,
  );
  await assert.rejects(
    create({ tags: [{ name: 'a', from: { kind: 'DockerImage', name: 'A B' } }] }),
    /spec.tags\[a\].from.name: Invalid value: "A B": invalid reference format/,
  );
  await assert.rejects(create({ tags: [{ name: 'a' }, { name: 'a' }] }), /spec.tags\[a\].name: Duplicate value: "a"/);
  await assert.rejects(create({ dockerImageRepository: 'registry.example/a:b' }), /may not contain a tag/);
  await assert.rejects(get(TAGS, 'refused', 'web'), /must be of the form <stream_name>:<tag>/);
  await assert.rejects(
    client.update({ ...TAGS, namespace: 'refused', name: 'web:a' }, istag('web:a', { kind: 'DockerImage', name: '-' })),
    /tag.from.name: Invalid value: "-": invalid reference format/,
  );
});

async function bind(namespace: string, name: string, role: string, user: string): Promise<void> {
  await client.create(
    { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'rolebindings', namespace },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
    },
  );
}
