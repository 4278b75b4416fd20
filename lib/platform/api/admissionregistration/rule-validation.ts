import type { StatusCause } from '../status-error.ts';
import { invalid, notSupported, required } from '../validation/causes.ts';

interface Rule {
  readonly operations?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly apiVersions?: readonly string[];
  readonly resources?: readonly string[];
  readonly scope?: string;
}

const OPERATIONS = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const SCOPES = ['*', 'Cluster', 'Namespaced'];

/** Which requests a webhook or a policy hears of. */
export const validateRules = (rules: readonly Rule[], path: string): StatusCause[] =>
  rules.flatMap((rule, i) => validateRule(rule, `${path}[${i}]`));

function validateRule(rule: Rule, path: string): StatusCause[] {
  const { operations = [], apiGroups = [], apiVersions = [], resources = [], scope } = rule;
  const causes: StatusCause[] = [];
  if (operations.length === 0) causes.push(required(`${path}.operations`));
  causes.push(...alone(operations, `${path}.operations`, 'operations'));
  for (const [i, operation] of operations.entries())
    if (!OPERATIONS.includes(operation)) causes.push(notSupported(`${path}.operations[${i}]`, operation, OPERATIONS));
  if (apiGroups.length === 0) causes.push(required(`${path}.apiGroups`));
  causes.push(...alone(apiGroups, `${path}.apiGroups`, 'API groups'));
  if (apiVersions.length === 0) causes.push(required(`${path}.apiVersions`));
  causes.push(...alone(apiVersions, `${path}.apiVersions`, 'API versions'));
  for (const [i, version] of apiVersions.entries()) if (version === '') causes.push(required(`${path}.apiVersions[${i}]`));
  causes.push(...validateResources(resources, `${path}.resources`));
  if (scope !== undefined && !SCOPES.includes(scope)) causes.push(notSupported(`${path}.scope`, scope, SCOPES));
  return causes;
}

const alone = (values: readonly string[], path: string, what: string): StatusCause[] =>
  values.length > 1 && values.includes('*') ? [invalid(path, values, `if '*' is present, must not specify other ${what}`)] : [];

function validateResources(resources: readonly string[], path: string): StatusCause[] {
  if (resources.length === 0) return [required(path)];
  const causes: StatusCause[] = [];
  for (const [i, resource] of resources.entries()) {
    const [name, sub] = resource.split('/');
    if (resource === '') causes.push(required(`${path}[${i}]`));
    else if (sub !== undefined && sub !== '*' && name !== '*' && resources.includes(`${name}/*`))
      causes.push(invalid(`${path}[${i}]`, resource, `if '${name}/*' is present, must not specify ${resource}`));
    else if (sub !== undefined && sub !== '*' && resources.includes(`*/${sub}`) && name !== '*')
      causes.push(invalid(`${path}[${i}]`, resource, `if '*/${sub}' is present, must not specify ${resource}`));
  }
  if (resources.length > 1 && resources.includes('*/*'))
    causes.push(invalid(path, resources, "if '*/*' is present, must not specify other resources"));
  if (resources.includes('*') && resources.some((each) => each !== '*' && !each.includes('/')))
    causes.push(invalid(path, resources, "if '*' is present, must not specify other resources without subresources"));
  return causes;
}
