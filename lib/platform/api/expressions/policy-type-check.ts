import type { CelType } from '../../cel/types/type.ts';
import { compilePolicy, type PolicyExpressions } from './admission-expressions.ts';
import type { CompiledExpression } from './compiled-expression.ts';

/** admissionregistration.k8s.io/v1 ExpressionWarning. */
export interface ExpressionWarning {
  readonly fieldRef: string;
  readonly warning: string;
}

/** A kind as expressions see its objects. */
export interface TypedKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly type: CelType;
}

/** What is known of kinds. */
export interface KindTypes {
  byResource(group: string, version: string, resource: string): TypedKind | undefined;
  byKind(apiVersion: string, kind: string): TypedKind | undefined;
}

interface CheckedSpec extends PolicyExpressions {
  readonly paramKind?: { readonly apiVersion?: string; readonly kind?: string };
  readonly matchConstraints?: {
    readonly resourceRules?: readonly {
      readonly apiGroups?: readonly string[];
      readonly apiVersions?: readonly string[];
      readonly resources?: readonly string[];
    }[];
  };
}

/** A policy about more kinds is checked against these many. */
const MAX_KINDS = 10;

/** Where a policy's validations do not fit the kinds that they are about. They run nevertheless (apiserver's policy/validating/typechecking.go). */
export function typeCheckPolicy(spec: CheckedSpec, types: KindTypes): ExpressionWarning[] {
  const { paramKind } = spec;
  const params = paramKind === undefined ? undefined : types.byKind(paramKind.apiVersion ?? '', paramKind.kind ?? '')?.type;
  const found = new Map<string, string[]>();
  for (const kind of kindsOf(spec, types)) {
    const checked = compilePolicy(spec, { object: kind.type, ...(params === undefined ? {} : { params }) });
    const note = (fieldRef: string, compiled: CompiledExpression | undefined): void => {
      if (compiled?.problem === undefined) return;
      const issues = compiled.problem.replace(/^compilation failed: /, '');
      const version = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
      found.set(fieldRef, [...(found.get(fieldRef) ?? []), `${version}, Kind=${kind.kind}: ${issues}\n`]);
    };
    for (const [i, { compiled, messageExpression }] of checked.validations.entries()) {
      note(`spec.validations[${i}].expression`, compiled);
      note(`spec.validations[${i}].messageExpression`, messageExpression);
    }
  }
  return [...found]
    .map(([fieldRef, texts]) => ({ fieldRef, warning: texts.join('\n') }))
    .sort((a, b) => (a.fieldRef < b.fieldRef ? -1 : 1));
}

/** Those that the rules name without wildcards and subresources. */
function kindsOf({ matchConstraints }: CheckedSpec, types: KindTypes): TypedKind[] {
  const found = new Map<string, TypedKind>();
  for (const { apiGroups = [], apiVersions = [], resources = [] } of matchConstraints?.resourceRules ?? []) {
    if ([...apiGroups, ...apiVersions].some((each) => each.includes('*'))) continue;
    for (const group of apiGroups)
      for (const version of apiVersions)
        for (const resource of resources) {
          const kind = /[*/]/.test(resource) ? undefined : types.byResource(group, version, resource);
          if (kind !== undefined && found.size < MAX_KINDS) found.set(`${group} ${version} ${kind.kind}`, kind);
        }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, kind]) => kind);
}
