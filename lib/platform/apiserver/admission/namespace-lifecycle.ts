import { newForbidden, newNotFound } from '../../api/status-error.ts';
import { resourcePrefix } from '../store/storage-key.ts';
import type { AdmissionPlugin, AdmissionRequest } from './admission-plugin.ts';

const NAMESPACES = { group: '', resource: 'namespaces' };
const NAMESPACE_PREFIX = resourcePrefix({ group: '', plural: 'namespaces' });
const IMMORTAL = new Set(['default', 'kube-system', 'kube-public', 'openshift']);

/** No new content in a namespace that is missing or going away (plugin/pkg/admission/namespace/lifecycle). */
export const namespaceLifecycle: AdmissionPlugin = {
  name: 'NamespaceLifecycle',
  async admit(request) {
    const { definition, ref, operation } = request;
    if (definition.group === '' && definition.plural === 'namespaces') {
      if (operation === 'DELETE' && ref.subresource === undefined && IMMORTAL.has(ref.name ?? ''))
        throw newForbidden(NAMESPACES, ref.name!, 'this namespace may not be deleted');
      return;
    }
    if (operation !== 'CREATE' || ref.namespace === undefined || !definition.namespaced) return;
    await checkNamespace(request, ref.namespace);
  },
};

async function checkNamespace({ cache, definition, ref, object }: AdmissionRequest, namespace: string): Promise<void> {
  const namespaces = cache.resource(NAMESPACE_PREFIX);
  // Made a moment ago by this very client: the cache may be behind by one message.
  if (namespaces.get(NAMESPACE_PREFIX + namespace) === undefined) await cache.fresh();
  const found = namespaces.get(NAMESPACE_PREFIX + namespace)?.object;
  if (found === undefined) throw newNotFound(NAMESPACES, namespace);
  if (found.metadata.deletionTimestamp === undefined) return;
  const error = newForbidden(
    { group: definition.group, resource: definition.plural },
    object?.metadata.name ?? ref.name ?? '',
    `unable to create new content in namespace ${namespace} because it is being terminated`,
  );
  error.status.details!.causes = [
    { reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' },
  ];
  throw error;
}
