import { ageColumn, column, countColumn, nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { FlowResourceRule, FlowRule, FlowRules } from '../flow-rules.ts';
import type { KubeObject } from '../meta.ts';
import { reconcileSpec } from './bootstrap/autoupdate.ts';
import { flowSchemas, mandatorySchemas } from './bootstrap/flow-schemas.ts';
import { validateConditions } from './condition-validation.ts';
import { validateFlowSchema } from './flow-schema-validation.ts';

interface SchemaSpec {
  readonly priorityLevelConfiguration: { readonly name: string };
  readonly matchingPrecedence: number;
  readonly distinguisherMethod?: { readonly type: 'ByUser' | 'ByNamespace' };
  readonly rules?: readonly SchemaRule[];
}

interface SchemaRule {
  readonly subjects: readonly Subject[];
  readonly resourceRules?: readonly (Omit<FlowResourceRule, 'clusterScope' | 'namespaces'> & Partial<FlowResourceRule>)[];
  readonly nonResourceRules?: FlowRule['paths'];
}

interface Subject {
  readonly user?: { readonly name: string };
  readonly group?: { readonly name: string };
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
}

function rulesOf({ metadata, spec }: KubeObject): FlowRules {
  const { priorityLevelConfiguration, matchingPrecedence, distinguisherMethod, rules = [] } = spec as SchemaSpec;
  return {
    name: metadata.name!,
    uid: metadata.uid ?? '',
    level: priorityLevelConfiguration.name,
    precedence: matchingPrecedence,
    ...(distinguisherMethod === undefined ? {} : { distinguisher: distinguisherMethod.type }),
    rules: rules.map(ruleOf),
  };
}

function ruleOf({ subjects, resourceRules = [], nonResourceRules = [] }: SchemaRule): FlowRule {
  const accounts = subjects.flatMap(({ serviceAccount }) => serviceAccount ?? []);
  return {
    users: [
      ...subjects.flatMap(({ user }) => user?.name ?? []),
      ...accounts.filter(({ name }) => name !== '*').map(({ namespace, name }) => `system:serviceaccount:${namespace}:${name}`),
    ],
    groups: subjects.flatMap(({ group }) => group?.name ?? []),
    accountNamespaces: accounts.filter(({ name }) => name === '*').map(({ namespace }) => namespace),
    resources: resourceRules.map((rule) => ({ clusterScope: false, namespaces: [], ...rule })),
    paths: nonResourceRules,
  };
}

/** `?` until a controller has looked. */
const missingLevel = ({ status }: KubeObject): string =>
  ((status?.conditions ?? []) as { type: string; status: string }[]).find(({ type }) => type === 'Dangling')?.status ?? '?';

/** Which requests belong to which priority level. */
export const flowSchema = defineResource({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'FlowSchema',
  plural: 'flowschemas',
  namespaced: false,
  schema: 'io.k8s.api.flowcontrol.v1.FlowSchema',
  strategy: {
    prepareForCreate: (object) => void (object.status = {}),
    validate: validateFlowSchema,
  },
  status: { validateUpdate: validateConditions },
  flow: { holds: 'rules', rules: rulesOf, mandatory: mandatorySchemas },
  bootstrap: {
    objects: flowSchemas,
    reconcile: (found, wanted) => reconcileSpec(found, wanted, mandatorySchemas.includes(wanted)),
  },
  columns: [
    nameColumn,
    column('PriorityLevel', ({ spec }) => spec.priorityLevelConfiguration.name),
    countColumn('MatchingPrecedence', ({ spec }) => spec.matchingPrecedence),
    column('DistinguisherMethod', ({ spec }) => spec.distinguisherMethod?.type ?? '<none>'),
    ageColumn,
    column('MissingPL', missingLevel),
  ],
});
