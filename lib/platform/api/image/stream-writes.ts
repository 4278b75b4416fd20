import type { KubeObject } from '../meta.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../status-error.ts';
import type { Verbs } from '../verbs.ts';
import { IMAGE_GROUP, type ImageStream } from './image-types.ts';

export const STREAMS = { group: IMAGE_GROUP, version: 'v1', resource: 'imagestreams' };

const ATTEMPTS = 32;

/**
 * Reads, changes and writes a stream, again after each lost race. `change` tells whether it changed anything; it may throw to stop. With
 * `status` what it changes there is written, else everything beside. Rejects with NotFound where there is no stream.
 */
export async function changeStream(
  verbs: Verbs,
  of: { readonly namespace: string; readonly name: string },
  change: (stream: ImageStream) => boolean,
  options: { readonly status?: boolean; readonly dryRun?: boolean } = {},
): Promise<ImageStream> {
  for (let attempt = 1; ; attempt++) {
    const stream = structuredClone(await verbs.get<ImageStream>({ ...STREAMS, ...of }));
    if (!change(stream)) return stream;
    const ref = { ...STREAMS, ...of, ...(options.status === true ? { subresource: 'status' } : {}) };
    try {
      return await verbs.update<ImageStream>(ref, stream, { dryRun: options.dryRun ?? false });
    } catch (error) {
      if (!isConflict(error) || attempt === ATTEMPTS) throw error;
    }
  }
}

/** An empty stream. */
export function createStream(
  verbs: Verbs,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  options: { readonly dryRun?: boolean } = {},
): Promise<ImageStream> {
  const stream: KubeObject = { apiVersion: `${IMAGE_GROUP}/v1`, kind: 'ImageStream', metadata: { name, namespace }, spec: {} };
  return verbs.create<ImageStream>({ ...STREAMS, namespace }, stream, options);
}

/** The stream, which is made when it is not there. */
export async function ensureStream(
  verbs: Verbs,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<ImageStream> {
  for (;;) {
    try {
      return await verbs.get<ImageStream>({ ...STREAMS, namespace, name });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    try {
      return await createStream(verbs, { namespace, name });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  }
}
