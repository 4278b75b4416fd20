import { ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import { parseQuantity } from '../quantity.ts';
import { emptyObject } from '../schema/empty-object.ts';
import type { StatusCause } from '../status-error.ts';
import { forbidden, immutable, invalid, required } from '../validation/causes.ts';
import {
  isContainerResource,
  isCountedObject,
  isWholeResource,
  notNegativeQuantity,
  resourceName,
} from '../validation/quantity-validation.ts';

type Quantities = Readonly<Record<string, string>>;

/** `cpu`, `requests.cpu`, `limits.memory`: of containers, and what a namespace counts. */
const isStandard = (name: string): boolean =>
  name === 'requests.storage' || isCountedObject(name) || isContainerResource(name.replace(/^(requests|limits)\./, ''));

const SCOPES = ['BestEffort', 'CrossNamespacePodAffinity', 'NotBestEffort', 'NotTerminating', 'PriorityClass', 'Terminating'];
const OPERATORS = ['DoesNotExist', 'Exists', 'In', 'NotIn'];
const EXCLUSIVE = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const;

const quantities = (values: Quantities, path: string): StatusCause[] =>
  Object.entries(values).flatMap(([name, value]) => [
    ...resourceName(name, `${path}[${name}]`, isStandard, 'must be a standard resource for quotas'),
    ...quotaValue(name, value, `${path}[${name}]`),
  ]);

function quotaValue(name: string, value: string, path: string): StatusCause[] {
  const causes = notNegativeQuantity(path, value);
  if (isWholeResource(name) && parseQuantity(value).nanos % 10n ** 9n !== 0n)
    causes.push(invalid(path, value, 'must be an integer'));
  return causes;
}

/** What is wrong with the limits and scopes of a quota (core/v1 ResourceQuotaSpec), wherever it stands. */
export const validateQuotaSpec = (spec: NonNullable<KubeObject['spec']>, path: string): StatusCause[] => [
  ...quantities(spec.hard ?? {}, `${path}.hard`),
  ...validateScopes(spec, path),
  ...validateScopeSelector(spec, path),
];

function validateScopes({ scopes, hard = {} }: { scopes?: string[]; hard?: Quantities }, path: string): StatusCause[] {
  if (scopes === undefined) return [];
  const causes = scopes
    .filter((scope) => !SCOPES.includes(scope))
    .map((scope) => invalid(`${path}.scopes`, scope, 'unsupported scope'));
  // Without requests and limits there is nothing but the pod itself to count.
  if (scopes.includes('BestEffort'))
    for (const name of Object.keys(hard).filter((each) => each !== 'pods'))
      causes.push(invalid(`${path}.scopes`, 'BestEffort', `unsupported scope applied to resource: ${name}`));
  for (const [one, other] of EXCLUSIVE)
    if (scopes.includes(one) && scopes.includes(other)) causes.push(invalid(`${path}.scopes`, scopes, 'conflicting scopes'));
  return causes;
}

interface ScopeTerm {
  readonly scopeName?: string;
  readonly operator?: string;
  readonly values?: readonly string[];
}

function validateScopeSelector(
  spec: { scopeSelector?: { matchExpressions?: readonly ScopeTerm[] } },
  within: string,
): StatusCause[] {
  const path = `${within}.scopeSelector.matchExpressions`;
  return (spec.scopeSelector?.matchExpressions ?? []).flatMap(({ scopeName = '', operator = '', values = [] }) => {
    const causes: StatusCause[] = [];
    if (!SCOPES.includes(scopeName)) causes.push(invalid(`${path}.scopeName`, scopeName, 'unsupported scope'));
    else if (scopeName !== 'PriorityClass' && operator !== 'Exists')
      causes.push(
        invalid(
          `${path}.operator`,
          operator,
          "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity",
        ),
      );
    if (!OPERATORS.includes(operator)) causes.push(invalid(`${path}.operator`, operator, 'not a valid selector operator'));
    else if (operator.endsWith('In') && values.length === 0)
      causes.push(required(`${path}.values`, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"));
    else if (operator.endsWith('Exists') || operator === 'DoesNotExist')
      if (values.length > 0)
        causes.push(
          forbidden(`${path}.values`, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"),
        );
    return causes;
  });
}

/** `cpu: 1/2, memory: 1Gi/2Gi`: the limits of containers, or everything else. */
const used =
  (limits: boolean) =>
  ({ status }: KubeObject): string =>
    Object.keys((status?.hard ?? {}) as Quantities)
      .filter((name) => name.startsWith('limits') === limits)
      .sort()
      .map((name) => `${name}: ${status?.used?.[name] ?? '0'}/${status?.hard?.[name]}`)
      .join(', ');

export const resourceQuota = defineResource({
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  shortNames: ['quota'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.ResourceQuota',
  strategy: {
    generation: false,
    prepareForCreate: (object) => {
      object.status = emptyObject('io.k8s.api.core.v1.ResourceQuotaStatus');
    },
    validate: ({ spec = {} }) => validateQuotaSpec(spec, 'spec'),
    validateUpdate: ({ spec }, old) => immutable('spec.scopes', spec?.scopes, old.spec?.scopes),
  },
  status: {
    validateUpdate: ({ status = {} }) => [
      ...quantities(status.hard ?? {}, 'status.hard'),
      ...quantities(status.used ?? {}, 'status.used'),
    ],
  },
  columns: [nameColumn, column('Request', used(false)), column('Limit', used(true)), ageColumn],
});
