import { atOnce } from '../../common/at-once.ts';
import { DIGEST } from '../api/image/pull-spec.ts';
import type { Image } from '../api/image/image-types.ts';
import { newRequestEntityTooLarge } from '../api/status-error.ts';

/** No engine runs an image of more: overlay filesystems have 128 layers at most. */
const MOST_LAYERS = 256;
/** Sizes that are asked for at one time. */
const AT_ONCE = 8;

/**
 * The image with the sizes that its registry has: those in a manifest are what whoever pushed says, and the registry does not compare them. `sizeOf`: bytes
 * of a blob, undefined where the registry does not have it, since such a layer takes no room there. Rejects with a StatusError 413 when there are more
 * layers than any image has.
 */
export async function withRealSizes(
  image: Partial<Image>,
  sizeOf: (digest: string) => Promise<number | undefined>,
): Promise<Partial<Image>> {
  const { dockerImageLayers: layers = [], dockerImageMetadata: metadata = {} } = image;
  const digests = [...new Set([String(metadata['Id'] ?? ''), ...layers.map(({ name }) => name)])].filter((digest) =>
    DIGEST.test(digest),
  );
  if (digests.length > MOST_LAYERS) throw newRequestEntityTooLarge(`the image has more than ${MOST_LAYERS} layers`);
  const sizes = new Map(await atOnce(AT_ONCE, digests, async (digest) => [digest, (await sizeOf(digest)) ?? 0] as const));
  return {
    ...image,
    dockerImageLayers: layers.map((layer) => ({ ...layer, size: sizes.get(layer.name) ?? layer.size })),
    dockerImageMetadata: { ...metadata, Size: [...sizes.values()].reduce((sum, size) => sum + size, 0) },
  };
}
