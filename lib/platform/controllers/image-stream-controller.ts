import { isBeyondStreamLimits } from '../api/image/image-limits.ts';
import type { ImageStream, TagEvent, TagReference } from '../api/image/image-types.ts';
import { REGISTRY_SERVICE, registryHostOf } from '../api/image/internal-registry.ts';
import { splitImageName, splitTagName } from '../api/image/pull-spec.ts';
import { eventOf } from '../api/image/spec-tags.ts';
import { addTagEvent, followedInside, latestEvent } from '../api/image/tag-history.ts';
import { errorText } from '../../common/errors.ts';
import { rfc3339 } from '../../common/clock.ts';
import { isForbiddenByTermination, unlessGone } from './api-errors.ts';
import { defineController, type ControllerDefinition, type ReconcileContext } from './define-controller.ts';
import { IMAGE_STREAMS, refTo, SERVICES } from './resources.ts';

/**
 * Lets tags follow the tags of other streams that they are from, and tells every stream where it is in the platform's registry. Whether
 * somebody may follow a tag was judged when he asked for it (api/image/spec-tags.ts).
 */
export const imageStreamController = (): ControllerDefinition =>
  defineController({
    name: 'image-stream-controller',
    for: IMAGE_STREAMS,
    watches: [
      { of: IMAGE_STREAMS, map: (stream, context) => followersOf(stream as ImageStream, context) },
      {
        of: SERVICES,
        map: ({ metadata }, { lister }) =>
          metadata.name === REGISTRY_SERVICE.name && metadata.namespace === REGISTRY_SERVICE.namespace
            ? lister(IMAGE_STREAMS)
                .list()
                .map((stream) => `${stream.metadata.namespace}/${stream.metadata.name}`)
            : [],
      },
    ],
    concurrency: 2,
    async reconcile(key, context) {
      const found = context.lister<ImageStream>(IMAGE_STREAMS).byKey(key);
      if (found === undefined || found.metadata.deletionTimestamp !== undefined) return;
      const stream = structuredClone(found) as ImageStream;
      let changed = setRepository(stream, context);
      for (const tag of stream.spec.tags ?? []) changed = follow(stream, tag, context) || changed;
      if (!changed) return;
      try {
        await unlessGone(context.client.update(refTo(IMAGE_STREAMS, stream, 'status'), stream));
      } catch (error) {
        if (isForbiddenByTermination(error)) return;
        if (!isBeyondStreamLimits(error)) throw error;
        // What it follows will change again, or the stream will.
        context.recorder.event(found, 'Warning', 'ImageStreamLimitExceeded', errorText(error));
      }
    },
  });

function setRepository(stream: ImageStream, { lister }: ReconcileContext): boolean {
  const { namespace, name } = stream.metadata;
  const host = registryHostOf(lister(SERVICES).get(REGISTRY_SERVICE.namespace, REGISTRY_SERVICE.name));
  const wanted = host === undefined ? '' : `${host}/${namespace}/${name}`;
  if ((stream.status?.dockerImageRepository ?? '') === wanted) return false;
  stream.status = { ...stream.status, dockerImageRepository: wanted };
  return true;
}

/** Brings a tag to what the one that it follows is now. Changes the stream; tells whether it did. */
function follow(stream: ImageStream, tag: TagReference, context: ReconcileContext): boolean {
  const source = sourceEvent(stream, tag, context);
  if (source === undefined) return false;
  const own = latestEvent(stream, tag.name);
  const generation = tag.generation ?? stream.metadata.generation ?? 1;
  // Somebody may have pushed to the tag since; what it follows has the say when it changes, or when it was made to follow.
  if (own !== undefined && own.image === source.image && own.dockerImageReference === source.dockerImageReference) return false;
  if (own !== undefined && own.generation >= generation && Date.parse(own.created) > Date.parse(source.created)) return false;
  const { image, dockerImageReference } = source;
  return addTagEvent(stream, tag.name, { image, dockerImageReference, created: rfc3339(context.clock.now()), generation });
}

function sourceEvent(stream: ImageStream, tag: TagReference, { lister }: ReconcileContext): TagEvent | undefined {
  const { kind, name = '', namespace = stream.metadata.namespace! } = tag.from ?? {};
  if (kind === 'ImageStreamImage') {
    const parts = splitImageName(name);
    const of = parts && lister<ImageStream>(IMAGE_STREAMS).get(namespace, parts.stream);
    // An image is what it is: it is looked for until it has been found once.
    return of === undefined || latestEvent(stream, tag.name) !== undefined ? undefined : eventOf(of, parts!.id);
  }
  if (kind !== 'ImageStreamTag') return undefined;
  const inside = followedInside(stream, tag);
  if (inside !== undefined) return inside === tag.name ? undefined : latestEvent(stream, inside);
  const parts = splitTagName(name);
  const of = parts && lister<ImageStream>(IMAGE_STREAMS).get(namespace, parts.stream);
  return of && latestEvent(of, parts!.tag);
}

/** Streams with a tag that is from this one. */
function followersOf({ metadata }: ImageStream, { lister }: Pick<ReconcileContext, 'lister'>): string[] {
  const isFrom = (stream: ImageStream, { from }: TagReference): boolean =>
    (from?.namespace ?? stream.metadata.namespace) === metadata.namespace &&
    (splitTagName(from?.name ?? '') ?? splitImageName(from?.name ?? ''))?.stream === metadata.name;
  return lister<ImageStream>(IMAGE_STREAMS)
    .list()
    .filter((stream) => (stream.spec?.tags ?? []).some((tag) => isFrom(stream, tag)))
    .map((stream) => `${stream.metadata.namespace}/${stream.metadata.name}`);
}
