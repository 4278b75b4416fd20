import { BuildError } from './build-error.ts';

/**
 * By these the node knows its pods' containers. A container has its image's labels too: an image that brought them would have the container that
 * runs a build's step taken for one of somebody's pod.
 */
const RESERVED = /^io\.(?:openshift\.node$|kubernetes\.)/;

/** Whether a label is the node's: by such it finds what is its own. */
export const isReservedLabel = (name: string): boolean => RESERVED.test(name);

/** Refuses an image, or labels for one, with names that are the node's. */
export function refuseReservedLabels(names: Iterable<string>, of: string): void {
  for (const name of names)
    if (isReservedLabel(name))
      throw new BuildError('GenericBuildFailed', `${of} has the label ${JSON.stringify(name)}, which only the node may set`);
}
