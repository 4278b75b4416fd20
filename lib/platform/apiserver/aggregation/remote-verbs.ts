import type { KubeList, KubeObject } from '../../api/meta.ts';
import { newMethodNotSupported, newServiceUnavailable, type Status, StatusError } from '../../api/status-error.ts';
import type { PatchType, ResourceRef, UserInfo, Verbs } from '../../api/verbs.ts';
import { requireAllowed } from '../auth/authorizer.ts';
import type { ServerContext } from '../server-context.ts';
import { isRecord } from '../store/json-value.ts';
import { fetchRemote } from './fetch-remote.ts';
import type { RemoteGroup } from './remote-group.ts';
import type { RemoteGroups } from './remote-groups.ts';

const LIMITS = { timeout: 30_000, limit: 32 << 20 };

interface Call {
  readonly verb: string;
  readonly method: string;
  readonly query?: object;
  readonly body?: { readonly value: unknown; readonly contentType: string };
}

/**
 * The verbs of code in this process, for what other servers serve too: asked on behalf of the same user. They can not be watched
 * this way.
 */
export function remoteVerbs(server: ServerContext, groups: RemoteGroups, user: UserInfo, local: Verbs): Verbs {
  const call = async <T>(remote: RemoteGroup, ref: ResourceRef, { verb, method, query = {}, body }: Call): Promise<T> => {
    requireAllowed(server.authorizer, { user, verb, ...ref });
    if (!remote.available) throw newServiceUnavailable('the server is currently unable to handle the request');
    const answer = await fetchRemote(server.cache, remote, pathOf(ref, query), {
      ...LIMITS,
      method,
      user,
      ...(body === undefined ? {} : { body: { text: JSON.stringify(body.value), contentType: body.contentType } }),
    }).catch((cause: Error) => {
      throw newServiceUnavailable(`error trying to reach service: ${cause.message}`);
    });
    return objectOf(answer.code, answer.body.toString('utf8')) as T;
  };
  const whole = (value: unknown): NonNullable<Call['body']> => ({ value, contentType: 'application/json' });
  /** `here` where the group version is ours, as it nearly always is. */
  const either = <T>(ref: ResourceRef, here: () => Promise<T>, there: () => Call): Promise<T> => {
    const remote = groups.any ? groups.find(ref) : undefined;
    return remote === undefined ? here() : call<T>(remote, ref, there());
  };

  return {
    get: (ref, options) =>
      either(
        ref,
        () => local.get(ref, options),
        () => ({ verb: 'get', method: 'GET', query: options ?? {} }),
      ),
    list: (ref, options) =>
      either(
        ref,
        () => local.list(ref, options),
        () => ({ verb: 'list', method: 'GET', query: options ?? {} }),
      ),
    watch(ref, options) {
      if (groups.find(ref) !== undefined) throw newMethodNotSupported(ref, 'watch');
      return local.watch(ref, options);
    },
    create: (ref, object, options) =>
      either(
        ref,
        () => local.create(ref, object, options),
        () => ({ verb: 'create', method: 'POST', query: written(options), body: whole(object) }),
      ),
    update(ref, object, options) {
      const to = ref.name === undefined ? { ...ref, name: object.metadata.name! } : ref;
      return either(
        to,
        () => local.update(ref, object, options),
        () => ({ verb: 'update', method: 'PUT', query: written(options), body: whole(object) }),
      );
    },
    patch: (ref, type: PatchType, value, options) =>
      either(
        ref,
        () => local.patch(ref, type, value, options),
        () => ({
          verb: 'patch',
          method: 'PATCH',
          query: written(options),
          body: { value, contentType: type },
        }),
      ),
    delete: (ref, options) =>
      either(
        ref,
        () => local.delete(ref, options),
        () => ({ verb: 'delete', method: 'DELETE', body: whole(deletion(options)) }),
      ),
    deleteCollection: (ref, options) =>
      either<KubeList>(
        ref,
        () => local.deleteCollection(ref, options),
        () => ({ verb: 'deletecollection', method: 'DELETE', body: whole(deletion(options)) }),
      ),
  };
}

function pathOf({ group, version, namespace, resource, name, subresource }: ResourceRef, query: object): string {
  const parts = [namespace === undefined ? [] : ['namespaces', namespace], resource, name ?? [], subresource ?? []].flat();
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query) as [string, unknown][])
    if (value !== undefined) search.set(key, String(value));
  const text = search.size === 0 ? '' : `?${search.toString()}`;
  return `/apis/${group}/${version}/${parts.map(encodeURIComponent).join('/')}${text}`;
}

const written = ({ dryRun, ...rest }: { readonly dryRun?: boolean } = {}): object => ({
  ...rest,
  ...(dryRun === true ? { dryRun: 'All' } : {}),
});

const deletion = ({
  dryRun,
  gracePeriodSeconds,
  propagationPolicy,
  preconditions,
}: Parameters<Verbs['delete']>[1] = {}): object => ({
  kind: 'DeleteOptions',
  apiVersion: 'v1',
  gracePeriodSeconds,
  propagationPolicy,
  preconditions,
  ...(dryRun === true ? { dryRun: ['All'] } : {}),
});

/** Throws a StatusError for an answer that is none, or that is a refusal. */
function objectOf(code: number, text: string): KubeObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (code >= 200 && code < 300 && isRecord(value)) return value as unknown as KubeObject;
  if (isRecord(value) && value['kind'] === 'Status' && typeof value['message'] === 'string')
    throw new StatusError({ ...(value as unknown as Status), code });
  throw newServiceUnavailable(`the server answered with ${code}`);
}
