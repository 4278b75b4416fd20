import type { IncomingMessage, ServerResponse } from 'node:http';
import type { KubeObject } from '../api/meta.ts';
import type { Mount, Visit } from '../api/mount.ts';
import { newBadRequest, newConflict, newUnauthorized, StatusError } from '../api/status-error.ts';
import type { UserInfo } from '../api/verbs.ts';
import type { Client } from '../client/client.ts';
import { objectFromV1, objectToV1 } from './kinds.ts';
import { isList, LARGEST_BODY, OLD_PATH, type OldRequest, parseBody, readOldRequest } from './old-request.ts';
import { answer, failedStatus, SUCCESS } from './old-status.ts';

export interface OldApiOptions {
  /** The API as somebody may use it. */
  readonly clientOf: (user: UserInfo) => Client;
}

/** A list goes through all objects of a kind. */
const SEATS_OF_LIST = 10;

/**
 * The API of 2014: pods, services, replicationControllers and minions of v1beta1, over v1. Whatever asks for one becomes a call
 * of v1 by the same user, so that the same rights, admission and validation hold.
 */
export function createOldApi(options: OldApiOptions): Mount {
  return {
    path: OLD_PATH,
    credentials: 'bearer',
    largestBody: LARGEST_BODY,
    seats: (request) => (isList(request) ? SEATS_OF_LIST : 1),
    async handle(request, response, visit) {
      try {
        await serve(options, { request, response, visit });
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        const { retryAfterSeconds } = error.status.details ?? {};
        const headers: Record<string, string> =
          retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
        // What has not been read of the request cannot be told from the next one.
        if (!request.complete) headers['connection'] = 'close';
        answer(response, error.code, failedStatus(error), headers);
      }
    },
  };
}

async function serve(
  { clientOf }: OldApiOptions,
  { request, response, visit }: { readonly request: IncomingMessage; readonly response: ServerResponse; readonly visit: Visit },
): Promise<void> {
  // Whoever takes somebody's place has that one's rights: to go on with the caller's own would be more than was asked for.
  if (Object.keys(request.headers).some((name) => name.startsWith('impersonate-')))
    throw newBadRequest('impersonation is not part of v1beta1: use /api/v1');
  if (visit.user === undefined) throw newUnauthorized();
  const client = clientOf(visit.user);
  const old = readOldRequest(request);
  const { kind, ref, verb } = old;
  if (verb === 'list') {
    const list = await client.list(ref, old.list);
    const items = list.items.map((item) => objectFromV1(kind, item));
    const resourceVersion = Number(list.metadata.resourceVersion);
    answer(response, 200, { kind: `${kind.kind}List`, apiVersion: 'v1beta1', resourceVersion, items });
  } else if (verb === 'get') answer(response, 200, objectFromV1(kind, await client.get(ref)));
  else if (verb === 'delete') {
    await client.delete(ref);
    answer(response, 200, SUCCESS);
  } else {
    const object = objectToV1(kind, parseBody(await visit.body()));
    const where = refOf(old, object);
    const written = await (verb === 'create' ? client.create(where, object) : client.update(where, object));
    answer(response, verb === 'create' ? 201 : 200, objectFromV1(kind, written));
  }
}

/** Where an object goes: the query and the path say so, else the object. Its name and namespace are filled in. */
function refOf({ kind, ref, namespaceGiven, verb }: OldRequest, object: KubeObject): OldRequest['ref'] {
  const { metadata } = object;
  if (verb === 'update') {
    metadata.name ??= ref.name!;
    if (metadata.name !== ref.name)
      throw newConflict({ group: '', resource: ref.resource }, ref.name!, `the object's id is ${JSON.stringify(metadata.name)}`);
  }
  if (!kind.v1.namespaced) return ref;
  const namespace = namespaceGiven ? ref.namespace! : (metadata.namespace ?? ref.namespace!);
  metadata.namespace ??= namespace;
  if (metadata.namespace !== namespace)
    throw newBadRequest(
      `the namespace of the provided object (${metadata.namespace}) does not match the namespace of the request (${namespace})`,
    );
  return { ...ref, namespace };
}
