import type { ResourceDefinition } from '../../api/define-resource.ts';

/** Everything that is an object is below this prefix. */
export const REGISTRY = '/registry/';
/** Claimed values (cluster IPs, node ports): one key each. */
export const ALLOCATIONS = '/allocations/';

/** `/registry/GROUP/PLURAL/`; the core group is `core`, as etcd keys of Kubernetes leave it out and could clash with ours. */
export const resourcePrefix = (of: Pick<ResourceDefinition, 'group' | 'plural'>): string =>
  `${REGISTRY}${of.group === '' ? 'core' : of.group}/${of.plural}/`;

/** The key of one object. Names and namespaces hold no slash: validation has seen to it. */
export const objectKey = (
  of: Pick<ResourceDefinition, 'group' | 'plural' | 'namespaced'>,
  namespace: string | undefined,
  name: string,
): string => (of.namespaced ? `${resourcePrefix(of)}${namespace}/${name}` : resourcePrefix(of) + name);

/** The resource prefix that a key belongs to. */
export function prefixOfKey(key: string): string {
  const group = key.indexOf('/', REGISTRY.length);
  return key.slice(0, key.indexOf('/', group + 1) + 1);
}
