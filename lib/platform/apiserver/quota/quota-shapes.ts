import { resourceQuota } from '../../api/core/resource-quota.ts';
import type { ResourceDefinition } from '../../api/define-resource.ts';
import type { KubeObject, ObjectMeta } from '../../api/meta.ts';
import { clusterResourceQuota, selectedBy } from '../../api/quota/cluster-resource-quota.ts';
import type { QuotaAmounts } from '../../api/quota-usage.ts';
import type { QuotaSpec } from './object-usage.ts';

/** What is used: altogether, and by each namespace where the quota tells that. */
export interface QuotaStanding {
  readonly used: QuotaAmounts;
  readonly within: ReadonlyMap<string, QuotaAmounts>;
}

/** How a kind of quotas says what it limits, for which namespaces, and where it tells what is used. */
export interface QuotaShape {
  readonly definition: ResourceDefinition;
  spec(quota: KubeObject): QuotaSpec;
  counts(quota: KubeObject): (namespace: ObjectMeta) => boolean;
  /** The limits that the status is about. */
  told(quota: KubeObject): QuotaAmounts | undefined;
  standing(quota: KubeObject): QuotaStanding;
  status(quota: KubeObject, hard: QuotaAmounts, standing: QuotaStanding): object;
}

interface NamespaceStatus {
  readonly namespace: string;
  readonly status?: { readonly used?: QuotaAmounts };
}

/** Of one namespace: its own. */
const ofNamespace: QuotaShape = {
  definition: resourceQuota,
  spec: ({ spec }) => (spec ?? {}) as QuotaSpec,
  counts: (quota) => (namespace) => namespace.name === quota.metadata.namespace,
  told: ({ status }) => status?.hard as QuotaAmounts | undefined,
  standing: ({ status }) => ({ used: (status?.used ?? {}) as QuotaAmounts, within: new Map() }),
  status: (quota, hard, { used }) => ({ ...quota.status, hard, used }),
};

/** Of all namespaces that it selects. */
const ofSeveral: QuotaShape = {
  definition: clusterResourceQuota,
  spec: ({ spec }) => (spec?.quota ?? {}) as QuotaSpec,
  counts: selectedBy,
  told: ({ status }) => status?.total?.hard as QuotaAmounts | undefined,
  standing: ({ status }) => ({
    used: (status?.total?.used ?? {}) as QuotaAmounts,
    within: new Map(
      ((status?.namespaces ?? []) as NamespaceStatus[]).map(({ namespace, status: of }) => [namespace, of?.used ?? {}]),
    ),
  }),
  status: (_quota, hard, { used, within }) => ({
    total: { hard, used },
    namespaces: [...within]
      .map(([namespace, amounts]) => ({ namespace, status: { hard, used: amounts } }))
      .sort((a, b) => (a.namespace < b.namespace ? -1 : 1)),
  }),
};

/** In the order in which a write asks them. */
export const quotaShapes: readonly QuotaShape[] = [ofNamespace, ofSeveral];
