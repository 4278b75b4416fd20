import { compilePolicy, type PolicyExpressions } from '../expressions/admission-expressions.ts';
import type { CompiledExpression } from '../expressions/compiled-expression.ts';
import { ageColumn, column, countColumn, nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import { emptyObject } from '../schema/empty-object.ts';
import type { StatusCause } from '../status-error.ts';
import { duplicate, invalid, notSupported, required } from '../validation/causes.ts';
import { validateLabelSelector } from '../validation/label-selector-validation.ts';
import { qualifiedName } from '../validation/names.ts';
import { validateRules } from './rule-validation.ts';
import { validateMatchConditions } from './webhook-validation.ts';

type Fields = Record<string, unknown>;
const list = (value: unknown): Fields[] => (value ?? []) as Fields[];

const REASONS = ['Forbidden', 'Invalid', 'RequestEntityTooLarge', 'Unauthorized'];
const IDENTIFIER = /^[_a-zA-Z][_a-zA-Z0-9]*$/;

function validate({ spec = {} }: KubeObject): StatusCause[] {
  const path = 'spec';
  const causes: StatusCause[] = [];
  if (spec.failurePolicy !== undefined && !['Fail', 'Ignore'].includes(spec.failurePolicy))
    causes.push(notSupported(`${path}.failurePolicy`, spec.failurePolicy, ['Fail', 'Ignore']));
  if (spec.paramKind !== undefined)
    for (const field of ['apiVersion', 'kind']) if (!spec.paramKind[field]) causes.push(required(`${path}.paramKind.${field}`));
  if (spec.matchConstraints === undefined) causes.push(required(`${path}.matchConstraints`));
  else causes.push(...validateMatch(spec.matchConstraints, `${path}.matchConstraints`, true));
  causes.push(
    ...validateMatchConditions(spec.matchConditions ?? [], `${path}.matchConditions`, spec.paramKind !== undefined),
    ...validateVariables(list(spec.variables)),
    ...validateExpressions(spec),
  );
  const [validations, audits] = [list(spec.validations), list(spec.auditAnnotations)];
  if (validations.length === 0 && audits.length === 0)
    causes.push(required(`${path}.validations`, 'validations or auditAnnotations must contain at least one item'));
  for (const [i, { expression = '', message, reason }] of validations.entries()) {
    if (String(expression).trim() === '')
      causes.push(required(`${path}.validations[${i}].expression`, 'expression is not specified'));
    if (typeof message === 'string' && message !== '' && message.includes('\n'))
      causes.push(invalid(`${path}.validations[${i}].message`, message, 'message must not contain line breaks'));
    if (reason !== undefined && !REASONS.includes(reason as string))
      causes.push(notSupported(`${path}.validations[${i}].reason`, reason, REASONS));
  }
  for (const [i, { key = '', valueExpression = '' }] of audits.entries()) {
    for (const text of qualifiedName(String(key))) causes.push(invalid(`${path}.auditAnnotations[${i}].key`, key, text));
    if (String(valueExpression).trim() === '')
      causes.push(required(`${path}.auditAnnotations[${i}].valueExpression`, 'valueExpression is not specified'));
  }
  return causes;
}

function validateVariables(variables: readonly Fields[]): StatusCause[] {
  const names = new Set<unknown>();
  return variables.flatMap(({ name = '', expression = '' }, i) => {
    const path = `spec.variables[${i}]`;
    const causes: StatusCause[] = [];
    if (name === '') causes.push(required(`${path}.name`, 'name is not specified'));
    else if (!IDENTIFIER.test(String(name))) causes.push(invalid(`${path}.name`, name, 'name is not a valid CEL identifier'));
    if (names.has(name)) causes.push(duplicate(`${path}.name`, name));
    names.add(name);
    if (String(expression).trim() === '') causes.push(required(`${path}.expression`, 'expression is not specified'));
    return causes;
  });
}

/** What does not compile, beside what is not there at all. */
function validateExpressions(spec: PolicyExpressions): StatusCause[] {
  const { variables, validations, audits } = compilePolicy(spec);
  const causes: StatusCause[] = [];
  const judge = (path: string, compiled: CompiledExpression | undefined): void => {
    if (compiled?.problem !== undefined && compiled.source.trim() !== '')
      causes.push(invalid(`spec.${path}`, compiled.source, compiled.problem));
  };
  for (const [i, { compiled }] of variables.entries()) judge(`variables[${i}].expression`, compiled);
  for (const [i, { compiled, messageExpression }] of validations.entries()) {
    judge(`validations[${i}].expression`, compiled);
    judge(`validations[${i}].messageExpression`, messageExpression);
  }
  for (const [i, { compiled }] of audits.entries()) judge(`auditAnnotations[${i}].valueExpression`, compiled);
  return causes;
}

/** Which objects are meant. A policy must name some; a binding may narrow them. */
export function validateMatch(match: Fields, path: string, needsRules: boolean): StatusCause[] {
  const causes = [
    ...validateLabelSelector(match.namespaceSelector as object | undefined, `${path}.namespaceSelector`),
    ...validateLabelSelector(match.objectSelector as object | undefined, `${path}.objectSelector`),
    ...validateRules(list(match.resourceRules), `${path}.resourceRules`),
    ...validateRules(list(match.excludeResourceRules), `${path}.excludeResourceRules`),
  ];
  if (needsRules && list(match.resourceRules).length === 0) causes.push(required(`${path}.resourceRules`));
  if (match.matchPolicy !== undefined && !['Equivalent', 'Exact'].includes(match.matchPolicy as string))
    causes.push(notSupported(`${path}.matchPolicy`, match.matchPolicy, ['Equivalent', 'Exact']));
  return causes;
}

/** Evaluated by the API server for each write that it is about, once something binds it. */
export const validatingAdmissionPolicy = defineResource({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicy',
  plural: 'validatingadmissionpolicies',
  categories: ['api-extensions'],
  namespaced: false,
  decides: true,
  schema: 'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicy',
  strategy: {
    prepareForCreate: (object) => {
      object.status = emptyObject('io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyStatus');
    },
    validate,
  },
  status: true,
  columns: [
    nameColumn,
    countColumn('Validations', (object) => list(object.spec?.validations).length),
    column('ParamKind', ({ spec }) => (spec?.paramKind ? `${spec.paramKind.apiVersion}/${spec.paramKind.kind}` : '<unset>')),
    ageColumn,
  ],
});
