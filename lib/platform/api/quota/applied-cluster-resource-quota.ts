import type { StrategyContext } from '../strategy.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import { isNotFound } from '../status-error.ts';
import { clusterResourceQuota, QUOTA, schemaOf, selectedBy } from './cluster-resource-quota.ts';

const NAMESPACES = { group: '', version: 'v1', resource: 'namespaces' } as const;

/** The shared quotas that count what is in a namespace. */
async function quotasOf(name: string, { verbs }: StrategyContext): Promise<KubeObject[]> {
  const namespace = await verbs.get({ ...NAMESPACES, name }).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
  if (namespace === undefined) return [];
  const { items } = await verbs.list({ ...QUOTA, resource: clusterResourceQuota.plural });
  return items
    .filter((quota) => selectedBy(quota)(namespace.metadata))
    .map((quota) => ({
      ...quota,
      apiVersion: `${QUOTA.group}/${QUOTA.version}`,
      kind: 'AppliedClusterResourceQuota',
      metadata: { ...quota.metadata, namespace: name },
    }));
}

/** A shared quota as the users of a project that it counts see it. */
export const appliedClusterResourceQuota = defineResource({
  ...QUOTA,
  kind: 'AppliedClusterResourceQuota',
  plural: 'appliedclusterresourcequotas',
  namespaced: true,
  schema: schemaOf('AppliedClusterResourceQuota'),
  verbs: ['get', 'list'],
  virtual: { list: (context) => (context.namespace === '' ? Promise.resolve([]) : quotasOf(context.namespace, context)) },
  columns: clusterResourceQuota.columns!,
});
