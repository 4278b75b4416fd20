import type { ObjectCache } from '../store/object-cache.ts';
import { type Authorizer, type Decision, isResourceQuery, type ResourceQuery } from './authorizer.ts';
import { nodeNameOf } from './node-identity.ts';
import { decideClaim, decideVolume } from './node-volumes.ts';
import { podReferences } from './pod-references.ts';
import { podsOn, PODS } from './pods-on-node.ts';

const LEASES = 'kube-node-lease';
const READ = new Set(['get', 'list', 'watch']);
const ALLOW: Decision = { allowed: true };
const deny = (reason: string): Decision => ({ allowed: false, reason });

/** Whole kinds a node may read: the cluster's wiring, which its proxy and DNS follow. */
const WIRING: readonly (readonly [group: string, resource: string])[] = [
  ['', 'services'],
  ['', 'endpoints'],
  ['', 'namespaces'],
  ['', 'nodes'],
  ['discovery.k8s.io', 'endpointslices'],
  ['networking.k8s.io', 'networkpolicies'],
  ['node.k8s.io', 'runtimeclasses'],
  ['storage.k8s.io', 'csidrivers'],
];

/**
 * What a node may do: follow the wiring, see the pods bound to it and what those name, and report on them and itself
 * (plugin/pkg/auth/authorizer/node, bootstrappolicy NodeRules).
 */
export function nodeAuthorizer(cache: ObjectCache): Authorizer {
  return {
    authorize(query) {
      const node = nodeNameOf(query.user);
      if (node === undefined || !isResourceQuery(query)) return { allowed: false };
      if (
        READ.has(query.verb) &&
        query.subresource === undefined &&
        WIRING.some(([group, resource]) => group === query.group && resource === query.resource)
      )
        return ALLOW;
      return decide(cache, node, query);
    },
  };
}

function decide(cache: ObjectCache, node: string, query: ResourceQuery): Decision {
  switch (`${query.group}/${query.resource}`) {
    case '/nodes':
      return decideNode(node, query);
    case '/pods':
      return decidePod(cache, node, query);
    case '/secrets':
    case '/configmaps':
      return decideReference(cache, node, query);
    case '/persistentvolumeclaims':
      return decideClaim(cache, node, query);
    case '/persistentvolumes':
      return decideVolume(cache, node, query);
    case '/serviceaccounts':
      return decideAccount(cache, node, query);
    case '/events':
    case 'events.k8s.io/events':
      return { allowed: ['create', 'patch', 'update'].includes(query.verb) };
    case 'coordination.k8s.io/leases':
      if (query.namespace !== LEASES) return deny(`can only access leases in the ${JSON.stringify(LEASES)} system namespace`);
      if (query.verb !== 'create' && query.name !== node)
        return deny(`can only access node lease with the same name as the requesting node`);
      return { allowed: ['get', 'create', 'update', 'patch', 'delete'].includes(query.verb) };
    case 'authentication.k8s.io/tokenreviews':
    case 'authorization.k8s.io/subjectaccessreviews':
      return { allowed: query.verb === 'create' };
    default:
      return { allowed: false };
  }
}

function decideNode(node: string, query: ResourceQuery): Decision {
  if (query.verb === 'create' && query.subresource === undefined) return ALLOW;
  if (query.verb !== 'update' && query.verb !== 'patch') return { allowed: false };
  if (query.subresource !== undefined && query.subresource !== 'status') return { allowed: false };
  return query.name === node
    ? ALLOW
    : deny(`node ${JSON.stringify(node)} is not allowed to modify node ${JSON.stringify(query.name ?? '')}`);
}

function decidePod(cache: ObjectCache, node: string, query: ResourceQuery): Decision {
  const { verb, subresource } = query;
  if ((verb === 'list' || verb === 'watch') && subresource === undefined) {
    const narrowed = query.fieldSelector
      ?.split(',')
      .some((term) => /^spec\.nodeName==?/.test(term) && term.replace(/^spec\.nodeName==?/, '') === node);
    return narrowed === true ? ALLOW : deny('can only list/watch pods with spec.nodeName field selector');
  }
  if (verb === 'create' && subresource === undefined) return ALLOW;
  const allowed =
    (subresource === undefined && (verb === 'get' || verb === 'delete')) ||
    (subresource === 'status' && ['get', 'update', 'patch'].includes(verb)) ||
    (subresource === 'eviction' && verb === 'create');
  if (!allowed) return { allowed: false };
  const pod = cache.resource(PODS).get(`${PODS}${query.namespace}/${query.name}`)?.object;
  // A pod that is gone tells the node nothing: it gets its 404.
  return pod === undefined || pod.spec?.nodeName === node
    ? ALLOW
    : deny(`no relationship found between node ${JSON.stringify(node)} and this object`);
}

function decideReference(cache: ObjectCache, node: string, query: ResourceQuery): Decision {
  if (query.subresource !== undefined || !READ.has(query.verb)) return deny(`can only read resources of this type`);
  const name = query.name ?? /^metadata\.name==?([^,]+)$/.exec(query.fieldSelector ?? '')?.[1];
  if (name === undefined || query.namespace === undefined) return deny('can only read individual resources of this type');
  const kind = query.resource === 'secrets' ? 'secrets' : 'configMaps';
  for (const pod of podsOn(cache, node, query.namespace)) if (podReferences(pod)[kind].has(name)) return ALLOW;
  return deny(`no relationship found between node ${JSON.stringify(node)} and this object`);
}

function decideAccount(cache: ObjectCache, node: string, query: ResourceQuery): Decision {
  const reads = query.verb === 'get' && query.subresource === undefined;
  const asks = query.verb === 'create' && query.subresource === 'token';
  if ((!reads && !asks) || query.namespace === undefined) return { allowed: false };
  for (const pod of podsOn(cache, node, query.namespace))
    if ((pod.spec?.serviceAccountName ?? 'default') === query.name) return ALLOW;
  return deny(`no relationship found between node ${JSON.stringify(node)} and this object`);
}
