import { namespace as namespaces } from '../../api/core/namespace.ts';
import { REQUESTER } from '../../api/project/project-annotations.ts';
import { newForbidden } from '../../api/status-error.ts';
import type { UserInfo } from '../../api/verbs.ts';
import { resourcePrefix } from '../store/storage-key.ts';
import type { AdmissionPlugin } from './admission-plugin.ts';

/** How much the objects of one requested project may be. */
export interface ProjectBounds {
  readonly objects: number;
  /** As they are stored. */
  readonly bytes: number;
}

const NAMESPACES = resourcePrefix(namespaces);
/** Their writes keep the platform going. */
const TRUSTED = ['system:masters', 'system:nodes'];

/**
 * No more in a project than the platform can bear for one of its users: all objects are kept in memory. Namespaces that nobody requested
 * are the administrators' own. What writes at the same moment may go beyond by themselves.
 */
export const projectBounds = (bounds: ProjectBounds): AdmissionPlugin => ({
  name: 'ProjectBounds',
  validate({ operation, definition, ref, cache, user, object, old }) {
    const { namespace, subresource } = ref;
    if (namespace === undefined || subresource !== undefined || !definition.namespaced) return;
    if (operation !== 'CREATE' && (operation !== 'UPDATE' || isTrusted(user))) return;
    const { objects, bytes } = cache.sizes.of(namespace);
    const full =
      operation === 'CREATE' && objects >= bounds.objects
        ? `${objects} objects, of ${bounds.objects}`
        : bytes >= bounds.bytes
          ? `${bytes >> 20} MiB of objects, of ${bounds.bytes >> 20}`
          : undefined;
    if (full === undefined) return;
    const { annotations } = cache.resource(NAMESPACES).get(NAMESPACES + namespace)?.object.metadata ?? {};
    if (annotations?.[REQUESTER] === undefined) return;
    const name = object?.metadata.name ?? old?.metadata.name ?? '';
    throw newForbidden(
      { group: definition.group, resource: definition.plural },
      name,
      `the project ${namespace} has ${full} that it may have: delete some of them first`,
    );
  },
});

const isTrusted = ({ groups }: UserInfo): boolean => TRUSTED.some((group) => groups.includes(group));
