import { age, column, nameColumn } from '../columns.ts';
import type { PartContext } from '../virtual-resource.ts';
import type { StrategyContext } from '../strategy.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import {
  isNotFound,
  newAlreadyExists,
  newBadRequest,
  newConflict,
  newInvalid,
  newNotFound,
  OPTIMISTIC_LOCK_TEXT,
} from '../status-error.ts';
import { required } from '../validation/causes.ts';
import { IMAGE_GROUP, type Image, type ImageStream, type ImageStreamTag, type TagReference } from './image-types.ts';
import { imageOfEvent } from './image-of-event.ts';
import { splitTagName } from './pull-spec.ts';
import { requirePull } from './spec-tags.ts';
import { changeStream, STREAMS } from './stream-writes.ts';
import { historyOf, latestEvent, specTag } from './tag-history.ts';
import { validateTag } from './tag-validation.ts';

const KIND = { group: IMAGE_GROUP, resource: 'imagestreamtags' };

function partsOf(name: string): { readonly stream: string; readonly tag: string } {
  const parts = splitTagName(name);
  if (parts === undefined) throw newBadRequest(`imagestreamtag ${JSON.stringify(name)} must be of the form <stream_name>:<tag>`);
  return parts;
}

/** One tag with its image; undefined when it has none yet and `empty` is not wanted. */
async function tagOf(
  stream: ImageStream,
  name: string,
  { verbs }: StrategyContext,
  empty: boolean,
): Promise<ImageStreamTag | undefined> {
  const tag = specTag(stream, name);
  const history = historyOf(stream, name);
  const event = latestEvent(stream, name);
  const image = event && (await imageOfEvent(verbs, stream, event, tag));
  if (image === undefined && !empty) return undefined;
  const { metadata, spec } = stream;
  const conditions = history?.conditions ?? [];
  return {
    apiVersion: `${IMAGE_GROUP}/v1`,
    kind: 'ImageStreamTag',
    metadata: {
      name: `${metadata.name}:${name}`,
      namespace: metadata.namespace!,
      uid: metadata.uid!,
      resourceVersion: metadata.resourceVersion!,
      creationTimestamp: event?.created ?? metadata.creationTimestamp!,
      ...(metadata.labels === undefined ? {} : { labels: metadata.labels }),
      ...(tag?.annotations === undefined ? {} : { annotations: tag.annotations }),
    },
    tag: tag ?? null,
    generation: event?.generation ?? tag?.generation ?? 0,
    lookupPolicy: spec.lookupPolicy ?? { local: false },
    ...(conditions.length === 0 ? {} : { conditions }),
    image: image ?? emptyImage(),
  };
}

const emptyImage = (): Image => ({ apiVersion: `${IMAGE_GROUP}/v1`, kind: 'Image', metadata: {} });

/** The names of all tags of a stream: wished for or there. */
const tagNames = ({ spec, status }: ImageStream): string[] => [
  ...new Set([...(spec.tags ?? []).map(({ name }) => name), ...(status.tags ?? []).map(({ tag }) => tag)]),
];

async function list(context: PartContext): Promise<KubeObject[]> {
  const { verbs, namespace } = context;
  const { items } = await verbs.list<ImageStream>({ ...STREAMS, ...(namespace === '' ? {} : { namespace }) });
  const found = await Promise.all(
    items.flatMap((stream) =>
      tagNames(stream).map((name) => tagOf(stream, name, context, (historyOf(stream, name)?.items ?? []).length === 0)),
    ),
  );
  return found.filter((tag) => tag !== undefined);
}

async function get(name: string, context: PartContext): Promise<KubeObject> {
  const { stream: streamName, tag } = partsOf(name);
  const stream = await streamOf(streamName, context);
  const found = stream && (await tagOf(stream, tag, context, false));
  if (found === undefined) throw newNotFound(KIND, name);
  return found;
}

async function streamOf(name: string, { verbs, namespace }: PartContext): Promise<ImageStream | undefined> {
  try {
    return await verbs.get<ImageStream>({ ...STREAMS, namespace, name });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** What a body wants of the tag, checked; its annotations are the tag's. */
function wishOf(body: ImageStreamTag, tag: string): TagReference {
  const wish = body.tag;
  const name = body.metadata.name!;
  if (wish === undefined || wish === null) throw newInvalid({ ...KIND, kind: 'ImageStreamTag' }, name, [required('tag')]);
  const { annotations } = body.metadata;
  const wanted: TagReference = { ...wish, name: tag, ...(annotations === undefined ? {} : { annotations }) };
  const causes = validateTag(wanted, 'tag');
  if (causes.length > 0) throw newInvalid({ ...KIND, kind: 'ImageStreamTag' }, name, causes);
  return wanted;
}

/** Makes the tag; `exists` says what happens when it is there. */
async function write(
  body: ImageStreamTag,
  exists: 'fail' | 'replace',
  context: PartContext,
): Promise<{ readonly object: KubeObject; readonly created: boolean }> {
  const { verbs, namespace, dryRun } = context;
  const name = body.metadata.name ?? '';
  const { stream: streamName, tag } = partsOf(name);
  const old = await streamOf(streamName, context);
  const { resourceVersion = '' } = body.metadata;
  if (exists === 'fail' && old !== undefined && specTag(old, tag) !== undefined) throw newAlreadyExists(KIND, name);
  // A tag that was only pushed is shown without a wish, and written back that way when its labels or annotations change.
  const wanted =
    exists === 'replace' && (body.tag ?? undefined) === undefined && old !== undefined
      ? {
          ...wishOf(
            { ...body, tag: specTag(old, tag) ?? { name: tag, referencePolicy: { type: 'Source' }, importPolicy: {} } },
            tag,
          ),
        }
      : wishOf(body, tag);
  const created = old === undefined || tagNames(old).every((each) => each !== tag);
  const stream: ImageStream = old ?? {
    apiVersion: `${IMAGE_GROUP}/v1`,
    kind: 'ImageStream',
    metadata: { name: streamName, namespace },
    spec: { lookupPolicy: body.lookupPolicy ?? { local: false } },
    status: { dockerImageRepository: '' },
  };
  await requirePull(stream, wanted, context);
  if (old === undefined) {
    const made = { ...stream, spec: { ...stream.spec, tags: [wanted] } };
    const answer = await verbs.create<ImageStream>({ ...STREAMS, namespace }, made, { dryRun });
    return { object: (await tagOf(answer, tag, context, true))!, created };
  }
  const answer = await changeStream(
    verbs,
    { namespace, name: streamName },
    (current) => {
      if (resourceVersion !== '' && resourceVersion !== current.metadata.resourceVersion)
        throw newConflict(KIND, name, OPTIMISTIC_LOCK_TEXT);
      const others = (current.spec.tags ?? []).filter((each) => each.name !== tag);
      if (exists === 'fail' && others.length < (current.spec.tags ?? []).length) throw newAlreadyExists(KIND, name);
      current.spec.tags = (current.spec.tags ?? []).some((each) => each.name === tag)
        ? current.spec.tags!.map((each) => (each.name === tag ? wanted : each))
        : [...others, wanted];
      if (exists === 'replace' && body.lookupPolicy !== undefined) current.spec.lookupPolicy = body.lookupPolicy;
      return true;
    },
    { dryRun },
  );
  return { object: (await tagOf(answer, tag, context, true))!, created };
}

/** Takes the wish and the history away; the images stay. */
async function remove(name: string, context: PartContext): Promise<KubeObject> {
  const { stream: streamName, tag } = partsOf(name);
  const { verbs, namespace, dryRun } = context;
  const of = { namespace, name: streamName };
  const stream = await streamOf(streamName, context);
  if (stream === undefined || !tagNames(stream).includes(tag)) throw newNotFound(KIND, name);
  // The wish first: what follows it would fill the history again.
  await changeStream(
    verbs,
    of,
    (current) => {
      const before = current.spec.tags ?? [];
      current.spec.tags = before.filter((each) => each.name !== tag);
      return current.spec.tags.length < before.length;
    },
    { dryRun },
  );
  await changeStream(
    verbs,
    of,
    (current) => {
      const before = current.status.tags ?? [];
      current.status.tags = before.filter((each) => each.tag !== tag);
      return current.status.tags.length < before.length;
    },
    { dryRun, status: true },
  );
  const details = { name, group: IMAGE_GROUP, kind: KIND.resource, uid: stream.metadata.uid! };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details, code: 200 };
}

/** A tag of a stream as an object: what it is to be, and the image that it is. */
export const imageStreamTag = defineResource<ImageStreamTag>({
  group: IMAGE_GROUP,
  version: 'v1',
  kind: 'ImageStreamTag',
  plural: 'imagestreamtags',
  shortNames: ['istag'],
  namespaced: true,
  schema: 'com.github.openshift.api.image.v1.ImageStreamTag',
  strategy: { nameFormat: 'path' },
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update'],
  virtual: {
    list,
    get,
    create: async (body, context) => (await write(body as ImageStreamTag, 'fail', context)).object,
    update: (body, context) => write(body as ImageStreamTag, 'replace', context),
    remove: (name, _options, context) => remove(name, context),
  },
  columns: [
    nameColumn,
    column('Image Reference', (object) => (object as ImageStreamTag).image?.dockerImageReference ?? ''),
    column('Updated', ({ metadata }, now) => `${age(metadata.creationTimestamp, now)} ago`),
  ],
});
