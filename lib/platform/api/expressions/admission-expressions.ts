import { type CelType, DYN, type ObjectType } from '../../cel/types/type.ts';
import { NAMESPACE_TYPE, REQUEST_TYPE } from './admission-types.ts';
import {
  BOOLEAN,
  type CompiledExpression,
  compileExpression,
  type Declarations,
  TEXT,
  TEXT_OR_NOTHING,
} from './compiled-expression.ts';
import { AUTHORIZER, RESOURCE_CHECK } from './library/authorizers.ts';

/** What is known of an expression's variables beyond what all of them have. */
export interface AdmissionScope {
  /** @default there are no parameters */
  readonly params?: CelType;
  /** Whether expressions may ask about rights. */
  readonly authorizer: boolean;
  /** @default any object */
  readonly object?: CelType;
  /** @default there are none */
  readonly variables?: ObjectType;
}

/** Variables of admission expressions (apiserver/pkg/admission/plugin/cel/compile.go). */
function declarationsOf({ params, authorizer, object = DYN, variables }: AdmissionScope): Declarations {
  const types = new Map<string, CelType>([
    ['object', object],
    ['oldObject', object],
    ['request', REQUEST_TYPE],
    ['namespaceObject', NAMESPACE_TYPE],
  ]);
  if (params !== undefined) types.set('params', params);
  if (variables !== undefined) types.set('variables', variables);
  if (authorizer) types.set('authorizer', AUTHORIZER).set('authorizer.requestResource', RESOURCE_CHECK);
  return (name) => types.get(name);
}

interface NamedExpression {
  readonly name?: string;
  readonly expression?: string;
}

export interface CompiledCondition {
  readonly name: string;
  readonly compiled: CompiledExpression;
}

/** Match conditions of a webhook or a policy. */
export const compileConditions = (conditions: readonly NamedExpression[], scope: AdmissionScope): readonly CompiledCondition[] =>
  conditions.map(({ name = '', expression = '' }) => ({
    name,
    compiled: compileExpression(expression, declarationsOf(scope), BOOLEAN),
  }));

/** admissionregistration.k8s.io/v1 ValidatingAdmissionPolicySpec, as far as it is expressions. */
export interface PolicyExpressions {
  readonly paramKind?: object;
  readonly matchConditions?: readonly NamedExpression[];
  readonly variables?: readonly NamedExpression[];
  readonly validations?: readonly {
    readonly expression?: string;
    readonly message?: string;
    readonly messageExpression?: string;
    readonly reason?: string;
  }[];
  readonly auditAnnotations?: readonly { readonly key?: string; readonly valueExpression?: string }[];
}

export interface CompiledPolicy {
  readonly conditions: readonly CompiledCondition[];
  readonly variables: readonly CompiledCondition[];
  readonly variablesType: ObjectType;
  readonly validations: readonly {
    readonly compiled: CompiledExpression;
    readonly message: string;
    readonly messageExpression: CompiledExpression | undefined;
    readonly reason: string | undefined;
  }[];
  readonly audits: readonly { readonly key: string; readonly compiled: CompiledExpression }[];
}

/** What the variables of a policy are called together. */
const VARIABLES = 'kubernetes.variables';

/** All expressions of a policy. Each variable sees those before it. `types`: what objects and parameters are, to check more than it takes to run. */
export function compilePolicy(spec: PolicyExpressions, types: Pick<AdmissionScope, 'object' | 'params'> = {}): CompiledPolicy {
  const params = spec.paramKind === undefined ? undefined : (types.params ?? DYN);
  const known = new Map<string, CelType>();
  const variablesType: ObjectType = {
    kind: 'object',
    name: VARIABLES,
    field: (name) => (known.has(name) ? { type: known.get(name)! } : undefined),
  };
  const base = {
    ...(params === undefined ? {} : { params }),
    ...(types.object === undefined ? {} : { object: types.object }),
    authorizer: true,
  };
  const all = declarationsOf({ ...base, variables: variablesType });
  const conditions = compileConditions(spec.matchConditions ?? [], base);
  const variables = (spec.variables ?? []).map(({ name = '', expression = '' }) => {
    const compiled = compileExpression(expression, all);
    known.set(name, compiled.program?.type ?? DYN);
    return { name, compiled };
  });
  const messages = declarationsOf({ ...base, authorizer: false, variables: variablesType });
  return {
    conditions,
    variables,
    variablesType,
    validations: (spec.validations ?? []).map(({ expression = '', message = '', messageExpression = '', reason }) => ({
      compiled: compileExpression(expression, all, types.object === undefined ? BOOLEAN : []),
      message,
      messageExpression:
        messageExpression === ''
          ? undefined
          : compileExpression(messageExpression, messages, types.object === undefined ? TEXT : []),
      reason,
    })),
    audits: (spec.auditAnnotations ?? []).map(({ key = '', valueExpression = '' }) => ({
      key,
      compiled: compileExpression(valueExpression, all, types.object === undefined ? TEXT_OR_NOTHING : []),
    })),
  };
}
