import type { PodTemplate } from '../core-types.ts';

/** Whether an image is still to be filled in: `oc new-app` writes one space until a tag stands for something. */
export const hasBlankImage = ({ spec }: PodTemplate): boolean =>
  [...spec.containers, ...(spec.initContainers ?? [])].some(({ image }) => image?.trim() === '');
