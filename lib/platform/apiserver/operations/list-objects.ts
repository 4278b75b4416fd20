import type { ResourceDefinition } from '../../api/define-resource.ts';
import { newBadRequest, newInvalid, newResourceExpired, type StatusError } from '../../api/status-error.ts';
import type { ListOptions } from '../../api/verbs.ts';
import { CompactedError } from '../../storage/backend.ts';
import type { ServerContext } from '../server-context.ts';
import { decodeContinue, encodeContinue } from '../store/continue-token.ts';
import { resourcePrefix } from '../store/storage-key.ts';
import { fromStore, type StoredObject } from '../store/stored-object.ts';
import { formsOf } from './custom-forms.ts';
import type { Operation } from './operation.ts';
import { type Selection, selectionOf } from './selection.ts';
import { visibilityOf } from './visibility.ts';

export interface ListResult {
  readonly items: readonly StoredObject[];
  readonly revision: number;
  readonly continue?: string;
  readonly remaining?: number;
}

/** Pages read from the store's past are fetched in chunks of this many when a selector drops some. */
const PAST_CHUNK = 500;
/** How long a list for a revision that is not there yet waits, in ms. */
const FUTURE_WAIT = 3000;

/** A consistent list of a resource, whole or in pages of one revision. */
export async function listObjects(server: ServerContext, operation: Operation, options: ListOptions): Promise<ListResult> {
  const { definition, ref } = operation;
  const prefix = resourcePrefix(definition);
  const selection = visibleSelection(server, operation, options);
  const within = ref.namespace === undefined ? prefix : `${prefix}${ref.namespace}/`;
  const limit = options.limit !== undefined && options.limit > 0 ? options.limit : Infinity;
  if (options.continue) {
    if (options.resourceVersion && options.resourceVersion !== '0')
      throw newBadRequest('specifying resource version is not allowed when using continue');
    const token = decodeContinue(options.continue, prefix);
    if (!token.after.startsWith(within)) throw newBadRequest('continue key is not valid: it belongs to another list');
    await server.cache.fresh();
    await server.cache.reached(token.revision, FUTURE_WAIT);
    const unchanged = server.cache.resource(prefix).since(token.revision)?.length === 0;
    if (token.revision === 0 || unchanged)
      return fromCache(server, definition, within, selection, limit, token.after, token.revision);
    return fromPast(server, definition, within, selection, limit, token.after, token.revision);
  }
  checkVersionMatch(options);
  const version = parseRevision(options.resourceVersion);
  if (options.resourceVersionMatch === 'Exact') await server.cache.reached(version, FUTURE_WAIT);
  if (options.resourceVersionMatch === 'Exact') return fromPast(server, definition, within, selection, limit, undefined, version);
  if (options.resourceVersion === undefined || options.resourceVersion === '') await server.cache.fresh();
  else await server.cache.reached(version, FUTURE_WAIT);
  return fromCache(server, definition, within, selection, limit, undefined, 0);
}

/** Who sees only some of the objects is not told how many others there are. */
function visibleSelection(server: ServerContext, operation: Operation, options: ListOptions): Selection {
  const { matches, name } = selectionOf(operation.served, options);
  const visible = visibilityOf(server, operation);
  if (visible === undefined) return { matches, name };
  return { matches: (object) => (matches === undefined || matches(object)) && visible(object), name };
}

async function fromCache(
  server: ServerContext,
  definition: ResourceDefinition,
  within: string,
  { matches, name }: Selection,
  limit: number,
  after: string | undefined,
  at: number,
): Promise<ListResult> {
  const prefix = resourcePrefix(definition);
  const cache = server.cache.resource(prefix);
  const revision = at === 0 ? server.cache.revision : at;
  if (name !== undefined && within !== prefix) {
    const one = cache.get(within + name);
    const [form] = one === undefined ? [] : await formsOf(server, definition, [one]);
    return { items: form !== undefined && matches!(form) ? [form] : [], revision };
  }
  const items: StoredObject[] = [];
  // One more than asked for tells whether there is a next page.
  const there =
    definition.custom === undefined
      ? cache.range(within, after)
      : await formsOf(server, definition, [...cache.range(within, after).take(matches === undefined ? limit + 1 : Infinity)]);
  for (const object of there) {
    if (matches !== undefined && !matches(object)) continue;
    // One more than asked for: whether there is a next page. How long it is, only a list without a selector tells.
    if (items.length === limit) {
      const rest = matches === undefined ? cache.count(within, items.at(-1)!.key) : 1;
      return page(prefix, items, revision, rest, matches === undefined);
    }
    items.push(object);
  }
  return { items, revision };
}

async function fromPast(
  server: ServerContext,
  definition: ResourceDefinition,
  within: string,
  { matches }: Selection,
  limit: number,
  start: string | undefined,
  revision: number,
): Promise<ListResult> {
  const items: StoredObject[] = [];
  const prefix = resourcePrefix(definition);
  let after = start;
  try {
    for (;;) {
      const wanted = matches === undefined ? limit - items.length : PAST_CHUNK;
      const list = await server.backend.list(within, {
        revision,
        ...(wanted === Infinity ? {} : { limit: wanted }),
        ...(after === undefined ? {} : { after }),
      });
      const objects = list.items.map((item) => fromStore(item.key, item.value, item.revision, item.createRevision));
      for (const [i, object] of (await formsOf(server, definition, objects)).entries()) {
        if (matches !== undefined && !matches(object)) continue;
        items.push(object);
        if (items.length === limit)
          return page(prefix, items, revision, list.remaining + list.items.length - 1 - i, matches === undefined);
      }
      if (list.remaining === 0 || list.items.length === 0) return { items, revision };
      after = list.items.at(-1)!.key;
    }
  } catch (error) {
    if (!(error instanceof CompactedError)) throw error;
    throw start === undefined
      ? newResourceExpired(`The resourceVersion for the provided list is too old.`)
      : expired(prefix, start);
  }
}

function page(prefix: string, items: readonly StoredObject[], revision: number, rest: number, counted: boolean): ListResult {
  if (rest === 0) return { items, revision };
  const token = encodeContinue({ revision, after: items.at(-1)!.key }, prefix);
  return { items, revision, continue: token, ...(counted ? { remaining: rest } : {}) };
}

/** Carries a token with which the rest may be read after all, as it is by then. */
function expired(prefix: string, after: string): StatusError {
  const error = newResourceExpired(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue ' +
      'parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided ' +
      'token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was ' +
      'returned and now may show up in the list.',
  );
  Object.assign(error.status, { metadata: { continue: encodeContinue({ revision: 0, after }, prefix) } });
  return error;
}

/** A resourceVersion parameter as a revision; '' and '0' are 0. */
export function parseRevision(text: string | undefined): number {
  if (text === undefined || text === '') return 0;
  if (!/^\d{1,15}$/.test(text))
    throw newInvalidOptions(
      'resourceVersion',
      `Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  return Number(text);
}

/** 422 about the query itself. */
export const newInvalidOptions = (field: string, message: string): StatusError =>
  newInvalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', [
    { reason: message.startsWith('Forbidden') ? 'FieldValueForbidden' : 'FieldValueInvalid', field, message },
  ]);

function checkVersionMatch({ resourceVersion, resourceVersionMatch }: ListOptions): void {
  if (resourceVersionMatch === undefined) return;
  if (resourceVersion === undefined || resourceVersion === '')
    throw newInvalidOptions(
      'resourceVersionMatch',
      'Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
    );
  if (resourceVersionMatch !== 'Exact' && resourceVersionMatch !== 'NotOlderThan')
    throw newInvalidOptions(
      'resourceVersionMatch',
      `Unsupported value: ${JSON.stringify(resourceVersionMatch)}: supported values: "Exact", "NotOlderThan", ""`,
    );
  if (resourceVersionMatch === 'Exact' && resourceVersion === '0')
    throw newInvalidOptions(
      'resourceVersionMatch',
      'Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
    );
}
