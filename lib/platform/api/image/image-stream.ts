import { age, column, nameColumn } from '../columns.ts';
import type { ReadSubresource } from '../subresources/subresource.ts';
import type { StrategyContext } from '../strategy.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import { IMAGE_GROUP, type Image, type ImageStream } from './image-types.ts';
import { registryHost } from './internal-registry.ts';
import { renewGenerations, resolveChangedTags } from './spec-tags.ts';
import { validateStream } from './tag-validation.ts';

const LISTED_TAGS = 3;

/** `HOST/NAMESPACE/NAME` in the platform's registry; '' while there is none. */
async function repositoryOf({ metadata }: ImageStream, { verbs }: StrategyContext): Promise<string> {
  const host = await registryHost(verbs);
  return host === undefined ? '' : `${host}/${metadata.namespace}/${metadata.name}`;
}

/** The secrets by which images are pulled and imported here. */
const secrets: ReadSubresource = {
  kind: 'read',
  answer: { group: '', version: 'v1', kind: 'SecretList', schema: 'io.k8s.api.core.v1.SecretList' },
  async read(_stream, { verbs, namespace }) {
    const all = await verbs.list({ group: '', version: 'v1', resource: 'secrets', namespace });
    const types = ['kubernetes.io/dockercfg', 'kubernetes.io/dockerconfigjson'];
    return {
      ...all,
      apiVersion: 'v1',
      kind: 'SecretList',
      items: all.items.filter((secret) => types.includes(secret['type'] as string)),
    } as unknown as KubeObject;
  },
};

/** What there is to pull of the stream: rights to it are rights to push and pull (system:image-puller, system:image-pusher). */
const layers: ReadSubresource = {
  kind: 'read',
  answer: {
    group: IMAGE_GROUP,
    version: 'v1',
    kind: 'ImageStreamLayers',
    schema: 'com.github.openshift.api.image.v1.ImageStreamLayers',
  },
  async read(stream, { verbs }) {
    const names = new Set(
      ((stream as ImageStream).status.tags ?? [])
        .flatMap(({ items = [] }) => items.map(({ image }) => image))
        .filter((name) => name !== ''),
    );
    const blobs: Record<string, object> = {};
    const images: Record<string, object> = {};
    const { items } = await verbs.list<Image>({ group: IMAGE_GROUP, version: 'v1', resource: 'images' });
    const known = new Map(items.map((image) => [image.metadata.name!, image]));
    for (const name of names) {
      const image = known.get(name);
      const own = image?.dockerImageLayers ?? [];
      for (const { name: digest, size, mediaType } of own) blobs[digest] = { size, mediaType };
      const config = image?.dockerImageMetadata?.['Id'];
      images[name] = {
        ...(image === undefined ? { imageMissing: true } : {}),
        layers: own.map((layer) => layer.name),
        ...(typeof config === 'string' && config !== '' ? { config } : {}),
      };
    }
    const { name, namespace } = stream.metadata;
    return {
      apiVersion: `${IMAGE_GROUP}/v1`,
      kind: 'ImageStreamLayers',
      metadata: { name: name!, namespace: namespace! },
      blobs,
      images,
    };
  },
};

/** The images of a repository by tags, with what each tag was before. */
export const imageStream = defineResource<ImageStream>({
  group: IMAGE_GROUP,
  version: 'v1',
  kind: 'ImageStream',
  plural: 'imagestreams',
  shortNames: ['is'],
  categories: ['all'],
  namespaced: true,
  schema: 'com.github.openshift.api.image.v1.ImageStream',
  strategy: {
    validate: validateStream,
    // Tags' own generations are part of the count: renewGenerations keeps both in step.
    generation: true,
    defaults(stream) {
      stream.spec ??= {};
      stream.spec.lookupPolicy ??= { local: false };
    },
    async prepareForCreate(stream, context) {
      stream.spec ??= {};
      stream.status = { dockerImageRepository: await repositoryOf(stream, context) };
      renewGenerations(stream, undefined);
      await resolveChangedTags(stream, undefined, context);
    },
    async prepareForUpdate(stream, old, context) {
      stream.spec ??= {};
      stream.status = { ...structuredClone(old.status), dockerImageRepository: await repositoryOf(stream, context) };
      renewGenerations(stream, old);
      await resolveChangedTags(stream, old, context);
    },
  },
  status: true,
  quota: { amounts: () => ({ 'openshift.io/imagestreams': '1' }) },
  subresources: { layers, secrets },
  columns: [
    nameColumn,
    column('Image Repository', (object) => repositoryText(object as ImageStream)),
    column('Tags', (object) => tagsText(object as ImageStream)),
    column('Updated', (object, now) => updatedText(object as ImageStream, now)),
  ],
});

const repositoryText = ({ spec, status }: ImageStream): string =>
  status?.publicDockerImageRepository ?? (status?.dockerImageRepository || (spec?.dockerImageRepository ?? ''));

/** The newest first, and how many more there are (oc: printers/internalversion, formatImageStreamTags). */
function tagsText(stream: ImageStream): string {
  const newest = (stream.status?.tags ?? [])
    .filter(({ items }) => (items?.length ?? 0) > 0)
    .toSorted((a, b) => Date.parse(b.items![0]!.created) - Date.parse(a.items![0]!.created))
    .map(({ tag }) => tag);
  const more = newest.length - LISTED_TAGS;
  return more <= 0 ? newest.join(',') : `${newest.slice(0, LISTED_TAGS).join(',')} + ${more} more...`;
}

function updatedText({ status }: ImageStream, now: number): string {
  const times = (status?.tags ?? []).flatMap(({ items = [] }) => items.slice(0, 1).map(({ created }) => created)).sort();
  return times.length === 0 ? '' : `${age(times.at(-1), now)} ago`;
}
