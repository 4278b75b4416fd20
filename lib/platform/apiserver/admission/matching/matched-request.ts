import { userInfoOf } from '../../../api/authentication/user-info.ts';
import type { ResourceDefinition } from '../../../api/define-resource.ts';
import type { KubeObject } from '../../../api/meta.ts';
import { scaleOf } from '../../operations/scale-object.ts';
import { groupVersionText } from '../../kinds/resource-table.ts';
import { convertObjects } from '../../operations/conversion-review.ts';
import type { ObjectCache } from '../../store/object-cache.ts';
import { fromStored, toStored } from '../../operations/served-version.ts';
import type { AdmissionRequest } from '../admission-plugin.ts';

/** A request as a webhook or a policy sees it: in the version that it is about. */
export interface MatchedRequest {
  readonly request: AdmissionRequest;
  readonly version: ResourceDefinition;
  readonly object: KubeObject | undefined;
  readonly old: KubeObject | undefined;
}

/** Rejects with a StatusError when an object cannot be had in that version. */
export async function matchedRequest(request: AdmissionRequest, version: ResourceDefinition): Promise<MatchedRequest> {
  const { object, old, operation, definition, ref } = request;
  // The body of an action (an eviction, a binding) is of a kind of its own.
  const see = (each: KubeObject | undefined): KubeObject | undefined | Promise<KubeObject> => {
    if (each === undefined || each.kind !== definition.kind) return each;
    if (ref.subresource === 'scale' && definition.scale !== undefined) return scaleOf(definition.scale, each);
    return version === definition ? each : inVersion(request, version, each);
  };
  // What a subresource is POSTed to is no earlier state of what is POSTed.
  return { request, version, object: await see(object), old: operation === 'CREATE' ? undefined : await see(old) };
}

/** An object of the request's in another version of its kind. */
async function inVersion({ cache }: AdmissionRequest, version: ResourceDefinition, object: KubeObject): Promise<KubeObject> {
  return version.custom === undefined ? fromStored(version, object) : customInVersion(cache, version, object);
}

async function customInVersion(cache: ObjectCache, version: ResourceDefinition, object: KubeObject): Promise<KubeObject> {
  const { schema, webhook } = version.custom!;
  const apiVersion = groupVersionText(version);
  const [converted] = webhook === undefined ? [object] : await convertObjects({ cache }, version, [object], version.version);
  return schema.complete({ ...converted!, apiVersion }).object;
}

/** The other way: what a webhook made of an object in its version, as the request has its objects. */
export async function inOwnVersion({ request, version }: MatchedRequest, object: KubeObject): Promise<KubeObject> {
  const { definition, cache } = request;
  if (version === definition) return object;
  return version.custom === undefined ? toStored(version, object) : customInVersion(cache, definition, object);
}

const OPTIONS = { CREATE: 'CreateOptions', UPDATE: 'UpdateOptions', DELETE: 'DeleteOptions', CONNECT: '' } as const;

/** admission.k8s.io AdmissionRequest without its uid and its objects. */
export function requestFields({ request, version, object, old }: MatchedRequest): Record<string, unknown> {
  const { served, ref, operation, user, dryRun } = request;
  const subresource = ref.subresource ?? '';
  const kind = kindOf((object ?? old)!);
  const own = (object ?? old)!.kind === version.kind;
  return {
    kind,
    resource: resourceOf(version),
    ...(subresource === '' ? {} : { subResource: subresource, requestSubResource: subresource }),
    requestKind: own ? { group: served.group, version: served.version, kind: served.kind } : kind,
    requestResource: resourceOf(served),
    name: ref.name ?? object?.metadata?.name ?? '',
    ...(ref.namespace === undefined ? {} : { namespace: ref.namespace }),
    operation,
    userInfo: userInfoOf(user),
    dryRun,
    options: { kind: OPTIONS[operation], apiVersion: 'meta.k8s.io/v1', ...(dryRun ? { dryRun: ['All'] } : {}) },
  };
}

const resourceOf = ({ group, version, plural }: ResourceDefinition): object => ({ group, version, resource: plural });

function kindOf({ apiVersion, kind }: KubeObject): { group: string; version: string; kind: string } {
  const slash = apiVersion.indexOf('/');
  return { group: slash === -1 ? '' : apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1), kind };
}
