import { validatingAdmissionPolicyBinding } from '../../../api/admissionregistration/validating-admission-policy-binding.ts';
import { validatingAdmissionPolicy } from '../../../api/admissionregistration/validating-admission-policy.ts';
import { type CompiledPolicy, compilePolicy } from '../../../api/expressions/admission-expressions.ts';
import type { KubeObject } from '../../../api/meta.ts';
import type { LabelSelectorObject } from '../../../api/selectors/label-selector.ts';
import type { ObjectCache } from '../../store/object-cache.ts';
import type { ResourceCache } from '../../store/resource-cache.ts';
import { resourcePrefix } from '../../store/storage-key.ts';
import type { RequestMatch } from '../matching/request-matching.ts';

/** admissionregistration.k8s.io/v1 ParamRef. */
export interface ParamRef {
  readonly name?: string;
  readonly namespace?: string;
  readonly selector?: LabelSelectorObject;
  readonly parameterNotFoundAction?: string;
}

export interface ParamKind {
  readonly apiVersion: string;
  readonly kind: string;
}

/** A binding of a policy. Without a match it is about all that the policy is about. */
export interface PolicyBinding {
  readonly name: string;
  readonly match: RequestMatch | undefined;
  readonly paramRef: ParamRef | undefined;
  readonly actions: readonly string[];
}

/** A policy that something binds, ready for use. */
export interface PolicyHook {
  readonly name: string;
  readonly match: RequestMatch;
  readonly ignoresErrors: boolean;
  readonly paramKind: ParamKind | undefined;
  readonly compiled: CompiledPolicy;
  readonly bindings: readonly PolicyBinding[];
}

/** Policies of stored objects, which never change: compiled once. */
const compiled = new WeakMap<KubeObject, CompiledPolicy>();

function compiledOf(policy: KubeObject): CompiledPolicy {
  let found = compiled.get(policy);
  if (found === undefined) compiled.set(policy, (found = compilePolicy(policy.spec ?? {})));
  return found;
}

/** The policies of a server and their bindings, put together anew only when one of them has changed. */
export class PolicyHooks {
  readonly #policies: ResourceCache;
  readonly #bindings: ResourceCache;
  #hooks: readonly PolicyHook[] | undefined;

  constructor(cache: ObjectCache) {
    this.#policies = cache.resource(resourcePrefix(validatingAdmissionPolicy));
    this.#bindings = cache.resource(resourcePrefix(validatingAdmissionPolicyBinding));
    const forget = (): void => {
      this.#hooks = undefined;
    };
    this.#policies.subscribe(forget);
    this.#bindings.subscribe(forget);
  }

  get all(): readonly PolicyHook[] {
    return (this.#hooks ??= this.#collect());
  }

  #collect(): readonly PolicyHook[] {
    const bindings = Map.groupBy(this.#bindings.snapshot(), ({ object }) => String(object.spec?.policyName ?? ''));
    return this.#policies.snapshot().flatMap(({ object }) => {
      const name = object.metadata.name ?? '';
      const bound = bindings.get(name) ?? [];
      return bound.length === 0
        ? []
        : [
            hookOf(
              name,
              object,
              bound.map((each) => bindingOf(each.object)),
            ),
          ];
    });
  }
}

function hookOf(name: string, policy: KubeObject, bindings: readonly PolicyBinding[]): PolicyHook {
  const { spec = {} } = policy;
  return {
    name,
    match: matchOf(spec.matchConstraints ?? {}),
    ignoresErrors: spec.failurePolicy === 'Ignore',
    paramKind: spec.paramKind,
    compiled: compiledOf(policy),
    bindings,
  };
}

function bindingOf({ metadata, spec = {} }: KubeObject): PolicyBinding {
  return {
    name: metadata.name ?? '',
    match: spec.matchResources === undefined ? undefined : matchOf(spec.matchResources),
    paramRef: spec.paramRef,
    actions: spec.validationActions ?? [],
  };
}

/** A binding that names no resources only narrows by selectors, and by what it leaves out. */
const EVERYTHING = [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*', '*/*'] }];

const matchOf = (match: Readonly<Record<string, never>>): RequestMatch => ({
  rules: (match['resourceRules'] as object[] | undefined)?.length ? match['resourceRules']! : EVERYTHING,
  excludeRules: match['excludeResourceRules'],
  namespaceSelector: match['namespaceSelector'],
  objectSelector: match['objectSelector'],
  matchPolicy: match['matchPolicy'],
});
