import type { PolicyRule, PolicySubject } from '../../access-policy.ts';
import type { KubeObject } from '../../meta.ts';
import { deepEqual } from '../../validation/causes.ts';
import { compactRules, uncovered } from '../policy-rules.ts';
import { AUTOUPDATE } from './policy-objects.ts';

const isLeftAlone = (found: KubeObject): boolean => found.metadata.annotations?.[AUTOUPDATE] === 'false';

/** What was added stays, what is missing comes back (component-helpers/auth/rbac/reconciliation). */
export function reconcileRole(found: KubeObject, wanted: KubeObject): KubeObject | undefined {
  if (isLeftAlone(found)) return undefined;
  const gathers = wanted.aggregationRule as { clusterRoleSelectors: unknown[] } | undefined;
  const held = (found.rules ?? []) as PolicyRule[];
  // The rules of a role that gathers are the controller's.
  const missing = gathers === undefined ? compactRules(uncovered(held, wanted.rules as PolicyRule[])) : [];
  const next: KubeObject = {
    ...found,
    metadata: withWanted(found, wanted),
    rules: [...held, ...missing],
  };
  if (gathers !== undefined) next.aggregationRule = withSelectors(found, gathers.clusterRoleSelectors);
  return deepEqual(next, { ...found, rules: held }) ? undefined : next;
}

/** As roles; a binding to another role than the wanted one is made anew, since that never changes. */
export function reconcileBinding(found: KubeObject, wanted: KubeObject): KubeObject | 'recreate' | undefined {
  if (isLeftAlone(found)) return undefined;
  if (!deepEqual(found.roleRef, wanted.roleRef)) return 'recreate';
  const present = (found.subjects ?? []) as PolicySubject[];
  const missing = ((wanted.subjects ?? []) as PolicySubject[]).filter(
    (subject) => !present.some((each) => deepEqual(each, subject)),
  );
  const subjects = [...present, ...missing];
  const next: KubeObject = {
    ...found,
    metadata: withWanted(found, wanted),
    ...(subjects.length === 0 ? {} : { subjects }),
  };
  return deepEqual(next, found) ? undefined : next;
}

function withWanted(found: KubeObject, wanted: KubeObject): KubeObject['metadata'] {
  return {
    ...found.metadata,
    labels: { ...wanted.metadata.labels, ...found.metadata.labels },
    annotations: { ...wanted.metadata.annotations, ...found.metadata.annotations },
  };
}

function withSelectors(found: KubeObject, wanted: readonly unknown[]): object {
  const { clusterRoleSelectors = [] } = (found.aggregationRule ?? {}) as { clusterRoleSelectors?: readonly unknown[] };
  const missing = wanted.filter((selector) => !clusterRoleSelectors.some((each) => deepEqual(each, selector)));
  return { clusterRoleSelectors: [...clusterRoleSelectors, ...missing] };
}
