import type { ImageStream, TagEvent, TagEventCondition, TagHistory, TagReference } from './image-types.ts';

/** Events that a tag's history keeps: more is of no use to anybody, and streams are read whole. */
const LONGEST_HISTORY = 100;

/** What the stream's owner says of a tag. */
export const specTag = ({ spec }: ImageStream, name: string): TagReference | undefined =>
  spec?.tags?.find((tag) => tag.name === name);

/** What a tag has led to, newest first. */
export const historyOf = ({ status }: ImageStream, name: string): TagHistory | undefined =>
  status?.tags?.find(({ tag }) => tag === name);

/** What a tag is now: the newest of its history. */
export const latestEvent = (stream: ImageStream, name: string): TagEvent | undefined => historyOf(stream, name)?.items?.[0];

/**
 * Puts what a tag is now on top of its history; the same again changes its generation at most. Tags of the same stream that follow it
 * (`from` an ImageStreamTag of this stream) get the same. Changes the stream; tells whether it did. (OpenShift: AddTagEventToImageStream,
 * UpdateTrackingTags.)
 */
export function addTagEvent(stream: ImageStream, name: string, event: TagEvent): boolean {
  let changed = addOne(stream, name, event);
  for (const follower of followersOf(stream, name)) changed = addOne(stream, follower, event) || changed;
  return changed;
}

function addOne(stream: ImageStream, name: string, event: TagEvent): boolean {
  const history = ensureHistory(stream, name);
  const items = (history.items ??= []);
  const last = items[0];
  const same = last !== undefined && last.image === event.image && (event.image !== '' || isSamePlace(last, event));
  if (!same) {
    history.items = [event, ...items].slice(0, LONGEST_HISTORY);
    clearFailure(history, event);
    return true;
  }
  const generation = Math.max(last.generation, event.generation);
  const hadFailed = clearFailure(history, event);
  if (isSamePlace(last, event) && generation === last.generation) return hadFailed;
  items[0] = { ...last, dockerImageReference: event.dockerImageReference, generation };
  return true;
}

const isSamePlace = (a: TagEvent, b: TagEvent): boolean => a.dockerImageReference === b.dockerImageReference;

/** Tags of the stream that follow `name`, also over others, each once. */
function followersOf(stream: ImageStream, name: string): string[] {
  const found = new Set<string>();
  const look = (target: string): void => {
    for (const tag of stream.spec.tags ?? []) {
      if (tag.name === name || found.has(tag.name) || tag.reference === true || followedInside(stream, tag) !== target) continue;
      found.add(tag.name);
      look(tag.name);
    }
  };
  look(name);
  return [...found];
}

/** The tag of the same stream that a tag follows. */
export function followedInside({ metadata }: ImageStream, { from }: TagReference): string | undefined {
  if (from?.kind !== 'ImageStreamTag' || (from.namespace ?? metadata.namespace) !== metadata.namespace) return undefined;
  const [stream, tag] = (from.name ?? '').includes(':') ? from.name!.split(':') : [metadata.name, from.name];
  return stream === metadata.name ? tag : undefined;
}

/** Says of a tag why it could not be imported, or that it could. Tells whether that changed anything. */
export function setImportCondition(stream: ImageStream, name: string, condition: TagEventCondition | undefined): boolean {
  const history = condition === undefined ? historyOf(stream, name) : ensureHistory(stream, name);
  if (history === undefined) return false;
  const others = (history.conditions ?? []).filter(({ type }) => type !== 'ImportSuccess');
  const before = (history.conditions ?? []).find(({ type }) => type === 'ImportSuccess');
  if (condition === undefined && before === undefined) return false;
  if (condition !== undefined && before !== undefined && sameCondition(before, condition)) return false;
  const conditions = condition === undefined ? others : [...others, condition];
  if (conditions.length === 0) delete history.conditions;
  else history.conditions = conditions;
  return true;
}

const sameCondition = (a: TagEventCondition, b: TagEventCondition): boolean =>
  a.status === b.status && a.reason === b.reason && a.message === b.message && a.generation === b.generation;

function clearFailure(history: TagHistory, event: TagEvent): boolean {
  const kept = (history.conditions ?? []).filter(
    ({ type, generation }) => type !== 'ImportSuccess' || generation > event.generation,
  );
  if (kept.length === (history.conditions ?? []).length) return false;
  if (kept.length === 0) delete history.conditions;
  else history.conditions = kept;
  return true;
}

function ensureHistory(stream: ImageStream, name: string): TagHistory {
  const found = historyOf(stream, name);
  if (found !== undefined) return found;
  const made: TagHistory = { tag: name, items: [] };
  stream.status ??= { dockerImageRepository: '' };
  stream.status.tags = [...(stream.status.tags ?? []), made];
  return made;
}
