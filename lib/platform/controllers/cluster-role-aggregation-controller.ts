import type { PolicyRule } from '../api/access-policy.ts';
import type { KubeObject } from '../api/meta.ts';
import { type LabelSelectorObject, labelSelectorMatcher } from '../api/selectors/label-selector.ts';
import { defineController, type ControllerDefinition } from './define-controller.ts';
import { CLUSTER_ROLES, refTo } from './resources.ts';
import { sameJson } from './same-json.ts';

/** Gathers the rules of the cluster roles that a cluster role selects (pkg/controller/clusterroleaggregation). */
export const clusterRoleAggregationController = (): ControllerDefinition =>
  defineController({
    name: 'clusterrole-aggregation-controller',
    for: CLUSTER_ROLES,
    watches: [
      {
        of: CLUSTER_ROLES,
        // Any change may matter to any of those that gather: what it was, and what it has become, are both mapped.
        map: (_role, { lister }) =>
          lister(CLUSTER_ROLES)
            .list()
            .filter((role) => selectorsOf(role).length > 0)
            .map(({ metadata }) => metadata.name!),
      },
    ],
    async reconcile(name, { client, lister }) {
      const role = lister(CLUSTER_ROLES).byKey(name);
      if (role === undefined || selectorsOf(role).length === 0) return;
      const rules = gatheredRules(role, lister(CLUSTER_ROLES).list());
      if (sameJson(rules, role['rules'] ?? [])) return;
      await client.update(refTo(CLUSTER_ROLES, role), { ...role, rules });
    },
  });

function selectorsOf(role: KubeObject): readonly LabelSelectorObject[] {
  const { clusterRoleSelectors = [] } = (role['aggregationRule'] ?? {}) as { clusterRoleSelectors?: LabelSelectorObject[] };
  return clusterRoleSelectors;
}

/** In the order of the selectors, then of the names, each rule once: the same roles always make the same list. */
export function gatheredRules(role: KubeObject, all: readonly KubeObject[]): readonly PolicyRule[] {
  const rules = new Map<string, PolicyRule>();
  const sorted = all.toSorted((a, b) => (a.metadata.name! < b.metadata.name! ? -1 : 1));
  for (const selector of selectorsOf(role)) {
    const matches = labelSelectorMatcher(selector);
    for (const other of sorted)
      if (other.metadata.name !== role.metadata.name && matches(other.metadata.labels))
        for (const rule of (other['rules'] ?? []) as PolicyRule[]) rules.set(JSON.stringify(rule), rule);
  }
  return [...rules.values()];
}
