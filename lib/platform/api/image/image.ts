import { column, nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { StatusCause } from '../status-error.ts';
import { IMMUTABLE_TEXT, invalid, required } from '../validation/causes.ts';
import { describeImage } from './image-metadata.ts';
import { type Image, IMAGE_GROUP } from './image-types.ts';
import { parsePullSpec } from './pull-spec.ts';

function validate({ dockerImageReference = '' }: Image): StatusCause[] {
  if (dockerImageReference === '') return [required('dockerImageReference')];
  return parsePullSpec(dockerImageReference) === undefined
    ? [invalid('dockerImageReference', dockerImageReference, 'invalid reference format')]
    : [];
}

/**
 * Puts what a manifest and a configuration say into the fields that clients read, and takes both out: the registry has them.
 * (OpenShift: image/strategy.go, InternalImageWithMetadata.)
 */
export function fillImage(image: Image): void {
  const { dockerImageManifest: manifest = '', dockerImageConfig: config = '' } = image;
  if (manifest === '' || config === '') return;
  try {
    Object.assign(image, describeImage(manifest, config));
  } catch {
    // What cannot be read is kept as it came, for who can.
    return;
  }
  delete image.dockerImageManifest;
  delete image.dockerImageConfig;
}

/** What a registry has, by its digest. Nobody changes what a digest stands for. */
export const image = defineResource<Image>({
  group: IMAGE_GROUP,
  version: 'v1',
  kind: 'Image',
  plural: 'images',
  namespaced: false,
  schema: 'com.github.openshift.api.image.v1.Image',
  strategy: {
    nameFormat: 'path',
    validate,
    prepareForCreate: fillImage,
    prepareForUpdate: (object, old) => {
      if (old.dockerImageMetadata === undefined) fillImage(object);
      else object.dockerImageMetadata = structuredClone(old.dockerImageMetadata);
    },
    validateUpdate: ({ dockerImageManifest: manifest = '' }, old) =>
      manifest === (old.dockerImageManifest ?? '') || old.dockerImageManifest === undefined
        ? []
        : [invalid('dockerImageManifest', '', IMMUTABLE_TEXT)],
  },
  columns: [nameColumn, column('Image Reference', (object) => (object as Image).dockerImageReference ?? '')],
});
