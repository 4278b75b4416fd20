import type { Image } from './image-types.ts';

/** A label of images that the platform has brought into its registry: the engine's id of the image on its node. */
export const COPIED_ID = 'io.openshift.oo-install.image';

/** The engine's id of the image that a pushed one is a copy of. */
export const copiedIdOf = (image: Image): string | undefined =>
  (image.dockerImageMetadata as { Config?: { Labels?: Record<string, string> } } | undefined)?.Config?.Labels?.[COPIED_ID];
