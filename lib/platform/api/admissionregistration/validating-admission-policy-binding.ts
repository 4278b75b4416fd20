import { ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import { duplicate, forbidden, invalid, notSupported, required } from '../validation/causes.ts';
import { validateLabelSelector } from '../validation/label-selector-validation.ts';
import { dns1123Subdomain } from '../validation/names.ts';
import { validateMatch } from './validating-admission-policy.ts';

const ACTIONS = ['Audit', 'Deny', 'Warn'];

function validate({ spec = {} }: KubeObject): StatusCause[] {
  const { policyName = '', paramRef, matchResources } = spec;
  const actions = (spec.validationActions ?? []) as string[];
  const causes =
    policyName === ''
      ? [required('spec.policyName')]
      : dns1123Subdomain(policyName).map((text) => invalid('spec.policyName', policyName, text));
  if (paramRef !== undefined) causes.push(...validateParams(paramRef, 'spec.paramRef'));
  if (matchResources !== undefined) causes.push(...validateMatch(matchResources, 'spec.matchResources', false));
  const path = 'spec.validationActions';
  if (actions.length === 0) causes.push(required(path, 'at least one validation action is required'));
  for (const [i, action] of actions.entries()) {
    if (!ACTIONS.includes(action)) causes.push(notSupported(`${path}[${i}]`, action, ACTIONS));
    if (actions.indexOf(action) < i) causes.push(duplicate(`${path}[${i}]`, action));
  }
  if (actions.includes('Deny') && actions.includes('Warn'))
    causes.push(
      invalid(
        path,
        actions,
        'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
      ),
    );
  return causes;
}

function validateParams(
  ref: { name?: string; selector?: object; parameterNotFoundAction?: string },
  path: string,
): StatusCause[] {
  const { name, selector, parameterNotFoundAction: action } = ref;
  const causes: StatusCause[] = [];
  if (name && selector !== undefined) causes.push(forbidden(`${path}.name`, 'name and selector are mutually exclusive'));
  if (!name && selector === undefined) causes.push(required(path, 'one of name or selector must be specified'));
  if (action === undefined) causes.push(required(`${path}.parameterNotFoundAction`));
  else if (!['Allow', 'Deny'].includes(action))
    causes.push(notSupported(`${path}.parameterNotFoundAction`, action, ['Allow', 'Deny']));
  return [...causes, ...validateLabelSelector(selector, `${path}.selector`)];
}

function params({ spec }: KubeObject): string {
  const { name, namespace, selector } = spec?.paramRef ?? {};
  if (name) return namespace ? `${namespace}/${name}` : name;
  return selector === undefined ? '<unset>' : `${namespace ?? '*'}/*`;
}

export const validatingAdmissionPolicyBinding = defineResource({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  plural: 'validatingadmissionpolicybindings',
  categories: ['api-extensions'],
  namespaced: false,
  decides: true,
  schema: 'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding',
  strategy: { generation: true, validate },
  columns: [nameColumn, column('PolicyName', (object) => object.spec?.policyName ?? ''), column('ParamRef', params), ageColumn],
});
