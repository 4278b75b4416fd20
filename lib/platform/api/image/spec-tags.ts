import type { StrategyContext } from '../strategy.ts';
import { isNotFound, newForbidden } from '../status-error.ts';
import { deepEqual } from '../validation/causes.ts';
import { IMAGE_GROUP, type ImageStream, type TagEvent, type TagReference } from './image-types.ts';
import { splitImageName, splitTagName } from './pull-spec.ts';
import { addTagEvent, historyOf, latestEvent } from './tag-history.ts';

const STREAMS = { group: IMAGE_GROUP, version: 'v1', resource: 'imagestreams' };

/** Fields of a tag whose change makes it another one: it is looked up or imported anew. */
const facts = ({ from, reference, importPolicy, referencePolicy }: TagReference): unknown => [
  from ?? null,
  reference ?? false,
  importPolicy ?? {},
  referencePolicy ?? {},
];

/**
 * Gives changed tags the stream's new generation, others keep theirs; a client may only set 0, which asks for an import again.
 * Returns the generation that the stream gets. (OpenShift: imagestream/strategy.go, updateSpecTagGenerationsForUpdate.)
 */
export function renewGenerations(stream: ImageStream, old: ImageStream | undefined): number {
  const before = new Map((old?.spec?.tags ?? []).map((tag) => [tag.name, tag]));
  const tags = stream.spec.tags ?? [];
  for (const tag of tags) {
    const known = before.get(tag.name);
    const keeps = known !== undefined && tag.generation !== 0 && deepEqual(facts(known), facts(tag));
    if (keeps && known.generation !== undefined) tag.generation = known.generation;
    else delete tag.generation;
  }
  const last = old?.metadata.generation ?? 0;
  const generation = old !== undefined && last > 0 && deepEqual(old.spec, stream.spec) ? last : last + 1;
  for (const tag of tags) tag.generation ??= generation;
  return generation;
}

/**
 * Fills the histories of tags that have changed and are about what is known here already: references, and tags and images of streams.
 * What is in registries elsewhere is the import controller's. Throws Forbidden for streams that the user may not pull from.
 */
export async function resolveChangedTags(
  stream: ImageStream,
  old: ImageStream | undefined,
  context: StrategyContext,
): Promise<void> {
  const before = new Map((old?.spec?.tags ?? []).map((tag) => [tag.name, tag]));
  for (const tag of stream.spec.tags ?? []) {
    const known = before.get(tag.name);
    if (tag.from === undefined || tag.from === null || (known !== undefined && known.generation === tag.generation)) continue;
    await requirePull(stream, tag, context);
    const found = await currentOf(stream, tag, context);
    if (found === undefined) continue;
    addTagEvent(stream, tag.name, { ...found, created: context.now, generation: tag.generation! });
  }
}

/** Following a tag gives away what it is: only who may pull from there may. */
export async function requirePull(
  { metadata }: ImageStream,
  tag: TagReference,
  { access, user }: StrategyContext,
): Promise<void> {
  const from = tag.from!;
  const namespace = from.namespace ?? metadata.namespace!;
  if (from.kind === 'DockerImage' || namespace === metadata.namespace) return;
  const name = sourceStream(metadata.name!, from.name ?? '');
  const question = {
    verb: 'get',
    group: IMAGE_GROUP,
    version: 'v1',
    resource: 'imagestreams',
    subresource: 'layers',
    namespace,
    name,
  };
  const { allowed } = await access.authorize(user, question);
  if (!allowed)
    throw newForbidden(
      { group: IMAGE_GROUP, resource: 'imagestreams' },
      metadata.name!,
      `spec.tags[${tag.name}].from: ${namespace}/${name}: you may not pull from it`,
    );
}

/** The stream that a tag is from; a bare tag is one of its own stream. */
const sourceStream = (own: string, source: string): string => (splitImageName(source) ?? splitTagName(source))?.stream ?? own;

async function currentOf(
  stream: ImageStream,
  tag: TagReference,
  { verbs }: StrategyContext,
): Promise<Pick<TagEvent, 'image' | 'dockerImageReference'> | undefined> {
  const { kind, name = '', namespace = stream.metadata.namespace! } = tag.from!;
  if (kind === 'DockerImage') return tag.reference === true ? { image: '', dockerImageReference: name } : undefined;
  const source = sourceStream(stream.metadata.name!, name);
  const own = namespace === stream.metadata.namespace && source === stream.metadata.name;
  const of = own ? stream : await streamOf(verbs, namespace, source);
  if (of === undefined) return undefined;
  if (kind === 'ImageStreamTag') return latestEvent(of, splitTagName(name)?.tag ?? name);
  return eventOf(of, splitImageName(name)?.id ?? '');
}

async function streamOf(verbs: StrategyContext['verbs'], namespace: string, name: string): Promise<ImageStream | undefined> {
  try {
    return await verbs.get<ImageStream>({ ...STREAMS, namespace, name });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** The newest event of any tag that is about an image, by the beginning of its name. */
export function eventOf(stream: ImageStream, image: string): TagEvent | undefined {
  for (const { tag } of stream.status?.tags ?? [])
    for (const event of historyOf(stream, tag)?.items ?? [])
      if (event.image !== '' && event.image.startsWith(image)) return event;
  return undefined;
}
