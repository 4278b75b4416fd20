import { limitRange } from '../../api/core/limit-range.ts';
import { requireStreamLimits } from '../../api/image/image-limits.ts';
import { imageStream } from '../../api/image/image-stream.ts';
import type { ImageStream } from '../../api/image/image-types.ts';
import { resourcePrefix } from '../store/storage-key.ts';
import type { AdmissionPlugin } from './admission-plugin.ts';

/** Refuses more tags and images in a stream than the namespace's limit ranges of type `openshift.io/ImageStream` give it, whoever adds them. */
export const imageStreamLimits: AdmissionPlugin = {
  name: 'image.openshift.io/ImageStreamLimits',
  validate({ definition, operation, object, old, cache, ref }) {
    if (definition !== imageStream || object === undefined || (operation !== 'CREATE' && operation !== 'UPDATE')) return;
    const prefix = resourcePrefix(limitRange);
    const ranges = [...cache.resource(prefix).range(`${prefix}${ref.namespace ?? ''}/`)].map((each) => each.object);
    if (ranges.length > 0) requireStreamLimits(ranges, object as ImageStream, old as ImageStream | undefined);
  },
};
