import type { Verbs } from '../verbs.ts';
import { isNotFound } from '../status-error.ts';
import { type Image, IMAGE_GROUP, type ImageStream, type TagEvent, type TagReference } from './image-types.ts';

const IMAGES = { group: IMAGE_GROUP, version: 'v1', resource: 'images' };

/**
 * The image that an event of a stream is about, as seen from there: pulled from where the stream says, or with referencePolicy Local
 * through the platform's registry. A tag that is only a reference has an image without content. Undefined: the image is gone.
 */
export async function imageOfEvent(
  verbs: Verbs,
  stream: ImageStream,
  event: TagEvent,
  tag?: TagReference,
): Promise<Image | undefined> {
  const found = event.image === '' ? placeholder(event) : await imageNamed(verbs, event.image);
  if (found === undefined) return undefined;
  const local = tag?.referencePolicy?.type === 'Local' && stream.status.dockerImageRepository !== '' && event.image !== '';
  const { dockerImageManifest: _manifest, dockerImageConfig: _config, ...shown } = found;
  return {
    ...shown,
    dockerImageReference: local
      ? `${stream.status.dockerImageRepository}@${event.image}`
      : event.dockerImageReference || found.dockerImageReference || '',
  } as Image;
}

const placeholder = ({ dockerImageReference, created }: TagEvent): Image => ({
  apiVersion: `${IMAGE_GROUP}/v1`,
  kind: 'Image',
  metadata: { creationTimestamp: created },
  dockerImageReference,
});

/** Undefined when it is gone. */
async function imageNamed(verbs: Verbs, name: string): Promise<Image | undefined> {
  try {
    return await verbs.get<Image>({ ...IMAGES, name });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
