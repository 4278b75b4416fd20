import { newBadRequest } from '../api/status-error.ts';
import { type Fields, present, textAt } from './shapes.ts';

/** Fields of metadata that v1beta1 has at the top of an object under the same name. */
const SAME = [
  'generateName',
  'namespace',
  'uid',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'ownerReferences',
  'finalizers',
] as const;

/** Takes metadata out of the top of a v1beta1 object: `id` is its name, and a resourceVersion is a number. */
export function metadataToV1(object: Fields): { metadata: Fields; rest: Fields } {
  const { id, resourceVersion, selfLink: _selfLink, ...others } = object;
  const isMetadata = (name: string): boolean => (SAME as readonly string[]).includes(name);
  const entries = Object.entries(others);
  const metadata = present({
    name: textAt(id, 'id'),
    resourceVersion: versionOf(resourceVersion),
    ...Object.fromEntries(entries.filter(([name]) => isMetadata(name))),
  });
  return { metadata, rest: Object.fromEntries(entries.filter(([name]) => !isMetadata(name))) };
}

/** The top of a v1beta1 object. Owners of fields are left out: v1beta1 has none, and an update keeps them. */
export function metadataFromV1(metadata: Fields): Fields {
  const { name, resourceVersion } = metadata;
  return present({
    id: name,
    resourceVersion: resourceVersion === undefined ? undefined : Number(resourceVersion),
    ...Object.fromEntries(SAME.map((field) => [field, metadata[field]])),
  });
}

/** 0 stood for none. */
function versionOf(value: unknown): string | undefined {
  if (value === undefined || value === null || value === 0 || value === '') return undefined;
  if ((typeof value !== 'number' && typeof value !== 'string') || !/^\d+$/.test(String(value)))
    throw newBadRequest(`resourceVersion: ${JSON.stringify(value).slice(0, 80)} is no version`);
  return String(value);
}
