import type { PartContext } from '../virtual-resource.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import { isAlreadyExists, type StatusCause } from '../status-error.ts';
import { invalid, required } from '../validation/causes.ts';
import { type Image, IMAGE_GROUP, type ImageStreamMapping, type TagEvent } from './image-types.ts';
import { DIGEST, parsePullSpec, TAG } from './pull-spec.ts';
import { changeStream } from './stream-writes.ts';
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
async function map(body: ImageStreamMapping, { verbs, namespace, now, dryRun }: PartContext): Promise<KubeObject> {
  const { image, tag } = body;
  const made: Image = { ...image, apiVersion: `${IMAGE_GROUP}/v1`, kind: 'Image', metadata: { ...image.metadata } };
  try {
    await verbs.create({ ...IMAGES }, made, { dryRun });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
  await changeStream(
    verbs,
    { namespace, name: body.metadata.name! },
    (stream) => {
      const event: TagEvent = {
        created: now,
        dockerImageReference: image.dockerImageReference!,
        image: image.metadata.name!,
        generation: specTag(stream, tag)?.generation ?? stream.metadata.generation ?? 1,
      };
      return addTagEvent(stream, tag, event);
    },
    { status: true, dryRun },
  );
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
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
