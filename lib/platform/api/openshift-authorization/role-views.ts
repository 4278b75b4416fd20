import { nameColumn } from '../columns.ts';
import type { KubeObject } from '../meta.ts';
import { clusterRole as storedClusterRole } from '../rbac/cluster-role.ts';
import { role as storedRole } from '../rbac/role.ts';
import { newInvalid } from '../status-error.ts';
import { forbidden } from '../validation/causes.ts';
import { AUTHORIZATION } from './authorization-group.ts';
import { rbacView } from './rbac-view.ts';

interface Rule {
  readonly apiGroups?: readonly string[] | null;
  readonly resources?: readonly string[] | null;
  readonly attributeRestrictions?: unknown;
}

/** Of OpenShift 3's rules, RBAC has all but restrictions by attributes; a rule without groups is about the core group. */
function toStored(object: KubeObject): KubeObject {
  if (object.rules === undefined) return object;
  const rules = ((object.rules ?? []) as Rule[]).map(({ attributeRestrictions, ...rule }, i) => {
    if (attributeRestrictions !== undefined && attributeRestrictions !== null)
      throw newInvalid({ group: AUTHORIZATION.group, kind: object.kind }, object.metadata.name ?? '', [
        forbidden(`rules[${i}].attributeRestrictions`, 'rules with attribute restrictions are not supported'),
      ]);
    const core = (rule.apiGroups ?? []).length === 0 && (rule.resources ?? []).length > 0;
    return core ? { ...rule, apiGroups: [''] } : rule;
  });
  return { ...object, rules };
}

const VIEW = { toStored, fromStored: (object: KubeObject) => object, columns: [nameColumn] };

/** Roles as OpenShift 3 had them before they were RBAC's: the same objects. */
export const role = rbacView(storedRole, VIEW);
export const clusterRole = rbacView(storedClusterRole, VIEW);
