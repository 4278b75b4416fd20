import type { KubeObject } from '../meta.ts';
import { compareQuantities, formatQuantity } from '../quantity.ts';
import { isReason, newForbidden } from '../status-error.ts';
import type { Verbs } from '../verbs.ts';
import { IMAGE_GROUP, type Image, type ImageStream, type ObjectReference } from './image-types.ts';

/** Types of limits in limit ranges, and what they limit (openshift/api image/v1). */
const IMAGE = 'openshift.io/Image';
const STREAM = 'openshift.io/ImageStream';
const STORAGE = 'storage';
const TAGS = 'openshift.io/image-tags';
const IMAGES = 'openshift.io/images';

interface LimitItem {
  readonly type?: string;
  readonly max?: Readonly<Record<string, string>>;
}

/** The limit ranges of a namespace. */
export const limitRangesOf = async (verbs: Verbs, namespace: string): Promise<readonly KubeObject[]> =>
  (await verbs.list({ group: '', version: 'v1', resource: 'limitranges', namespace })).items;

/** The least that all of them give. */
function least(ranges: readonly KubeObject[], type: string, resource: string): string | undefined {
  const limits = ranges
    .flatMap(({ spec }) => (spec?.limits ?? []) as readonly LimitItem[])
    .flatMap((item) => (item.type === type ? (item.max?.[resource] ?? []) : []));
  return limits.toSorted(compareQuantities)[0];
}

/** What is beyond a limit, in OpenShift's words (openshift-apiserver, image/apiserver/admission/limitrange). */
const beyond = (type: string, resource: string, used: string, limit: string | undefined): string[] =>
  limit === undefined || compareQuantities(used, limit) <= 0
    ? []
    : [`requested usage of ${resource} exceeds the maximum limit per ${type} (${used} > ${limit})`];

/** Why an image is too large to be pushed here: the bytes of its layers and its configuration count. undefined: it is not. */
export function imageTooLarge(ranges: readonly KubeObject[], { dockerImageMetadata }: Image): string | undefined {
  const size = BigInt((dockerImageMetadata?.['Size'] as number | undefined) ?? 0);
  return beyond(
    IMAGE,
    STORAGE,
    formatQuantity({ nanos: size * 10n ** 9n, format: 'BinarySI' }),
    least(ranges, IMAGE, STORAGE),
  )[0];
}

/** Whether no further image may come into a stream. */
export function isFull(ranges: readonly KubeObject[], stream: ImageStream): boolean {
  const limit = least(ranges, STREAM, IMAGES);
  return limit !== undefined && compareQuantities(String(imagesOf(stream).size), limit) >= 0;
}

/**
 * Refuses what a stream becomes when there is more in it than may be: different images that its tags are or were, different references that its
 * tags are from. What was there before the limit may stay, and change as long as nothing is added. Throws Forbidden.
 */
export function requireStreamLimits(ranges: readonly KubeObject[], stream: ImageStream, old: ImageStream | undefined): void {
  const [images, tags] = [imagesOf(stream), referencesOf(stream)];
  const adds = (now: ReadonlySet<string>, before: ReadonlySet<string>): boolean => now.difference(before).size > 0;
  if (old !== undefined && !adds(images, imagesOf(old)) && !adds(tags, referencesOf(old))) return;
  const why = [
    ...beyond(STREAM, TAGS, String(tags.size), least(ranges, STREAM, TAGS)),
    ...beyond(STREAM, IMAGES, String(images.size), least(ranges, STREAM, IMAGES)),
  ];
  if (why.length === 0) return;
  const text = why.length === 1 ? why[0]! : `[${why.join(', ')}]`;
  throw newForbidden({ group: IMAGE_GROUP, resource: 'ImageStream' }, stream.metadata.name ?? '', text);
}

/** Whether a limit range has refused an image, or the stream that it would be in. */
export const isBeyondImageLimits = (error: unknown): boolean =>
  isReason(error, 'Forbidden') && error.message.includes(`exceeds the maximum limit per ${IMAGE}`);

/** Whether an error is that of `requireStreamLimits`. */
export const isBeyondStreamLimits = (error: unknown): boolean =>
  isReason(error, 'Forbidden') && error.message.includes(`exceeds the maximum limit per ${STREAM} (`);

const imagesOf = ({ status }: ImageStream): Set<string> =>
  new Set((status?.tags ?? []).flatMap(({ items = [] }) => items.map(({ image }) => image)).filter((name) => name !== ''));

const referencesOf = ({ spec, metadata }: ImageStream): Set<string> =>
  new Set((spec?.tags ?? []).flatMap(({ from }) => (from?.name ? [referenceText(from, metadata.namespace ?? '')] : [])));

const referenceText = ({ kind, name, namespace }: ObjectReference, own: string): string =>
  kind === 'DockerImage' ? name! : `${namespace || own}/${name}`;
