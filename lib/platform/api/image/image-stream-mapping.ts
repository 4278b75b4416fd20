import type { VirtualContext } from '../virtual-resource.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import { isAlreadyExists, newForbidden, type StatusCause } from '../status-error.ts';
import { deepEqual, invalid, required } from '../validation/causes.ts';
import { fillImage } from './image.ts';
import { imageTooLarge, limitRangesOf, requireStreamLimits } from './image-limits.ts';
import { type Image, IMAGE_GROUP, type ImageStream, type ImageStreamMapping, type TagEvent } from './image-types.ts';
import { DIGEST, parsePullSpec, TAG } from './pull-spec.ts';
import { changeStream, STREAMS } from './stream-writes.ts';
import { addTagEvent, specTag } from './tag-history.ts';

const IMAGES = { group: IMAGE_GROUP, version: 'v1', resource: 'images' };

function validate({ metadata, image, tag = '' }: ImageStreamMapping): StatusCause[] {
  const causes: StatusCause[] = [];
  if ((metadata.name ?? '') === '') causes.push(required('metadata.name'));
  if (tag === '') causes.push(required('tag'));
  else if (!TAG.test(tag)) causes.push(invalid('tag', tag, 'must be a valid tag'));
  const reference = image?.dockerImageReference ?? '';
  if (reference === '') causes.push(required('image.dockerImageReference'));
  else if (parsePullSpec(reference) === undefined)
    causes.push(invalid('image.dockerImageReference', reference, 'invalid reference format'));
  const name = image?.metadata?.name ?? '';
  if (!DIGEST.test(name))
    causes.push(invalid('image.metadata.name', name, 'must be the digest of a manifest: sha256 and 64 hexadecimal digits'));
  return causes;
}

/** The image first: a tag never names one that is not there. Both again: nothing changes. */
async function map(body: ImageStreamMapping, context: VirtualContext): Promise<KubeObject> {
  const { verbs, namespace, now, dryRun } = context;
  const { image } = body;
  const isRegistry = await mayWriteImages(context);
  // What an image has been pushed as is the registry's to say.
  const metadata = isRegistry ? { ...image.metadata } : { name: image.metadata.name! };
  const made: Image = { ...image, apiVersion: `${IMAGE_GROUP}/v1`, kind: 'Image', metadata };
  await requireLimits(made, body, context);
  try {
    await verbs.create({ ...IMAGES }, made, { dryRun });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    if (!isRegistry) await requireSame(made, body, context);
  }
  await changeStream(verbs, { namespace, name: body.metadata.name! }, (stream) => addTo(stream, body, now), {
    status: true,
    dryRun,
  });
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
}

function addTo(stream: ImageStream, { image, tag }: ImageStreamMapping, now: string): boolean {
  const event: TagEvent = {
    created: now,
    dockerImageReference: image.dockerImageReference!,
    image: image.metadata.name!,
    generation: specTag(stream, tag)?.generation ?? stream.metadata.generation ?? 1,
  };
  return addTagEvent(stream, tag, event);
}

/** Before anything is written: of an image that is refused nothing is there. Throws Forbidden. */
async function requireLimits(made: Image, body: ImageStreamMapping, { verbs, namespace, now }: VirtualContext): Promise<void> {
  const ranges = await limitRangesOf(verbs, namespace);
  if (ranges.length === 0) return;
  const said = structuredClone(made);
  fillImage(said);
  const name = body.metadata.name!;
  const why = imageTooLarge(ranges, said);
  if (why !== undefined) throw newForbidden({ group: IMAGE_GROUP, resource: 'imagestreammappings' }, name, why);
  const stream = await verbs.get<ImageStream>({ ...STREAMS, namespace, name });
  const next = structuredClone(stream);
  if (addTo(next, body, now)) requireStreamLimits(ranges, next, stream);
}

const mayWriteImages = async ({ access, user }: VirtualContext): Promise<boolean> =>
  (await access.authorize(user, { ...IMAGES, verb: 'update' })).allowed;

/**
 * Images are everybody's, and say of themselves what may be a project's secret (its variables). Who knows no more of one than its digest is not
 * shown it through a stream of his own: he has to say the same of it. Throws Forbidden.
 */
async function requireSame(made: Image, { metadata }: ImageStreamMapping, { verbs }: VirtualContext): Promise<void> {
  const name = made.metadata.name!;
  const there = await verbs.get<Image>({ ...IMAGES, name });
  const said = structuredClone(made);
  fillImage(said);
  if (deepEqual(said.dockerImageMetadata ?? null, there.dockerImageMetadata ?? null)) return;
  throw newForbidden(
    { group: IMAGE_GROUP, resource: 'imagestreammappings' },
    metadata.name!,
    `the image ${name} is there already and says something else of itself; push it to the registry, or import it`,
  );
}

/** What is POSTed says that an image is in a registry now, and what tag of the stream it is. */
export const imageStreamMapping = defineResource<ImageStreamMapping>({
  group: IMAGE_GROUP,
  version: 'v1',
  kind: 'ImageStreamMapping',
  plural: 'imagestreammappings',
  namespaced: true,
  schema: 'com.github.openshift.api.image.v1.ImageStreamMapping',
  strategy: { validate },
  verbs: ['create'],
  virtual: { create: (body, context) => map(body as ImageStreamMapping, context) },
});
