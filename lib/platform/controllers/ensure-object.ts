import type { KubeObject } from '../api/meta.ts';
import type { GroupVersionResource } from '../api/verbs.ts';
import { isAlreadyExists, unlessGone } from './api-errors.ts';
import type { ReconcileContext } from './define-controller.ts';
import { refTo } from './resources.ts';
import { sameJson } from './same-json.ts';

/** Makes an object of the platform's own, or gives it back what `facts` are about. Without `facts` one that is there stays as it is. */
export async function ensureObject(
  { client }: ReconcileContext,
  of: GroupVersionResource,
  wanted: KubeObject,
  facts?: (object: KubeObject) => unknown,
): Promise<void> {
  const { namespace } = wanted.metadata;
  const there = await unlessGone(client.get(refTo(of, wanted)));
  if (there === undefined) {
    try {
      await client.create(namespace === undefined ? of : { ...of, namespace }, wanted);
    } catch (error) {
      // The next look, which its event brings, compares.
      if (!isAlreadyExists(error)) throw error;
    }
    return;
  }
  if (facts === undefined || sameJson(facts(there), facts(wanted))) return;
  const { apiVersion: _version, kind: _kind, metadata: _meta, ...rest } = wanted;
  const { labels, annotations } = wanted.metadata;
  await client.update(refTo(of, there), {
    ...there,
    ...rest,
    metadata: {
      ...there.metadata,
      labels: { ...there.metadata.labels, ...labels },
      annotations: { ...there.metadata.annotations, ...annotations },
    },
  });
}

interface ImageNames {
  readonly names?: readonly string[];
}

/** Whether a node has an image. */
export const hasImage = (node: KubeObject, image: string): boolean =>
  ((node['status']?.images ?? []) as ImageNames[]).some(({ names = [] }) => names.includes(image));
