import { age, column, nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import { isNotFound, newBadRequest, newConflict, newNotFound } from '../status-error.ts';
import { IMAGE_GROUP, type ImageStream, type ImageStreamTag, type TagEvent } from './image-types.ts';
import { imageOfEvent } from './image-of-event.ts';
import { splitImageName } from './pull-spec.ts';
import { STREAMS } from './stream-writes.ts';

const KIND = { group: IMAGE_GROUP, resource: 'imagestreamimages' };

/** An image that a tag of the stream is or was, named `STREAM@sha256:...`: the digest may be shortened while it is one image's. */
export const imageStreamImage = defineResource({
  group: IMAGE_GROUP,
  version: 'v1',
  kind: 'ImageStreamImage',
  plural: 'imagestreamimages',
  shortNames: ['isimage'],
  namespaced: true,
  schema: 'com.github.openshift.api.image.v1.ImageStreamImage',
  strategy: { nameFormat: 'path' },
  verbs: ['get'],
  virtual: {
    async get(name, { verbs, namespace }) {
      const parts = splitImageName(name);
      if (parts === undefined)
        throw newBadRequest(`imagestreamimage ${JSON.stringify(name)} must be of the form <stream_name>@<image_id>`);
      const stream = await verbs.get<ImageStream>({ ...STREAMS, namespace, name: parts.stream }).catch((error: unknown) => {
        throw isNotFound(error) ? newNotFound(KIND, name) : error;
      });
      const event = onlyEvent(stream, name, parts.id);
      const image = event && (await imageOfEvent(verbs, stream, event));
      if (image === undefined) throw newNotFound(KIND, name);
      const { metadata } = stream;
      return {
        apiVersion: `${IMAGE_GROUP}/v1`,
        kind: 'ImageStreamImage',
        metadata: {
          name: `${metadata.name}@${event!.image}`,
          namespace,
          uid: metadata.uid!,
          resourceVersion: metadata.resourceVersion!,
          creationTimestamp: image.metadata.creationTimestamp!,
          ...(metadata.labels === undefined ? {} : { labels: metadata.labels }),
        },
        image,
      };
    },
  },
  columns: [
    nameColumn,
    column('Image Reference', (object) => imageOf(object)?.dockerImageReference ?? ''),
    column('Updated', ({ metadata }, now) => `${age(metadata.creationTimestamp, now)} ago`),
  ],
});

const imageOf = (object: KubeObject): ImageStreamTag['image'] => (object as ImageStreamTag).image;

/** The event of the one image whose name begins like this, after its algorithm or with it. */
function onlyEvent({ status }: ImageStream, name: string, id: string): TagEvent | undefined {
  const events = new Map<string, TagEvent>();
  for (const { items = [] } of status.tags ?? [])
    for (const event of items)
      if (
        event.image !== '' &&
        (event.image.startsWith(id) || event.image.startsWith(`sha256:${id}`)) &&
        !events.has(event.image)
      )
        events.set(event.image, event);
  if (events.size > 1)
    throw newConflict(KIND, name, `multiple images match the prefix ${JSON.stringify(id)}: ${[...events.keys()].join(', ')}`);
  return [...events.values()][0];
}
