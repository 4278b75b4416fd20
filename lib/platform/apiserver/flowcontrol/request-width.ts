import type { ResourceDefinition } from '../../api/define-resource.ts';
import { storedDefinition } from '../operations/served-version.ts';
import type { ObjectCache } from '../store/object-cache.ts';
import { resourcePrefix } from '../store/storage-key.ts';

/** Objects of a list that cost as much as one request, and the most that a list is taken to cost (apiserver flowcontrol/request/config.go). */
const OBJECTS_PER_SEAT = 100;
const MOST_SEATS = 10;

/** Verbs that go through all objects of a kind. */
const LISTING = new Set(['list', 'deletecollection']);

/** Seats that a request takes: one, and for lists more, by how much there is to go through. */
export function requestWidth(
  verb: string,
  definition: ResourceDefinition | undefined,
  query: URLSearchParams,
  cache: ObjectCache,
): number {
  const lists = LISTING.has(verb) || (verb === 'watch' && query.get('sendInitialEvents') === 'true');
  if (!lists || definition === undefined || definition.virtual !== undefined) return 1;
  const { size } = cache.resource(resourcePrefix(storedDefinition(definition)));
  const limit = Number(query.get('limit') ?? 0);
  // What a selector leaves out has been gone through all the same.
  const objects = limit > 0 && !query.has('labelSelector') && !query.has('fieldSelector') ? Math.min(limit, size) : size;
  return Math.min(Math.max(Math.ceil(objects / OBJECTS_PER_SEAT), 1), MOST_SEATS);
}
