import { fromJson } from '../../../cel/values/json.ts';
import type { Activation } from '../../../cel/runtime/frame.ts';
import type { Ask } from '../../../api/expressions/library/authorizers.ts';
import type { KubeObject } from '../../../api/meta.ts';
import { newForbidden, type StatusError } from '../../../api/status-error.ts';
import type { ResourceTable } from '../../kinds/resource-table.ts';
import type { ObjectCache } from '../../store/object-cache.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../admission-plugin.ts';
import { requestVariables } from '../expression-variables.ts';
import { matchedRequest } from '../matching/matched-request.ts';
import { decidesAdmission, matchedVersion } from '../matching/request-matching.ts';
import { evaluatePolicy, type Failure } from './evaluate-policy.ts';
import { type PolicyBinding, type PolicyHook, PolicyHooks } from './policy-hooks.ts';
import { collectParams, ConfigurationError } from './policy-params.ts';

export interface PolicyOptions {
  readonly table: ResourceTable;
  /** Who may do what, for expressions that ask. */
  readonly ask: Ask;
}

/** Longer values are cut in the audit log. */
const MAX_AUDIT_VALUE = 10 * 1024;
const FAILURE_ANNOTATION = 'validation.policy.admission.k8s.io/validation_failure';
/** Milliseconds of evaluation after which others have their turn. */
const LONG = 10;

/** Holds writes to what validating admission policies say of them (ValidatingAdmissionPolicy). */
export function policyAdmission(options: PolicyOptions): AdmissionPlugin {
  const hooks = new WeakMap<ObjectCache, PolicyHooks>();
  return {
    name: 'ValidatingAdmissionPolicy',
    validate(request) {
      const { cache, definition } = request;
      let known = hooks.get(cache);
      if (known === undefined) hooks.set(cache, (known = new PolicyHooks(cache)));
      // Nothing may keep anybody from mending policies.
      if (known.all.length === 0 || decidesAdmission(definition)) return undefined;
      return judge(known.all, request, options);
    },
  };
}

/** A refusal, and by whom. */
interface Denial {
  readonly policy: string;
  readonly binding: string | undefined;
  readonly message: string;
  readonly reason?: string | undefined;
}

async function judge(hooks: readonly PolicyHook[], request: AdmissionRequest, options: PolicyOptions): Promise<void> {
  const denials: Denial[] = [];
  let started = performance.now();
  for (const hook of hooks) {
    const version = matchedVersion(hook.match, request, options.table);
    if (version === undefined) continue;
    const audits = new Map<string, Set<string>>();
    const variables = requestVariables(await matchedRequest(request, version), options.ask);
    for (const binding of hook.bindings)
      denials.push(...(await applyBinding(hook, binding, { request, variables, table: options.table, audits })));
    for (const [key, values] of audits) request.annotate?.(`${hook.name}/${key}`, [...values].join(', '));
    if (performance.now() - started < LONG) continue;
    await new Promise((resolve) => setImmediate(resolve));
    started = performance.now();
  }
  if (denials.length > 0) throw refusal(denials[0]!, request);
}

interface Evaluation {
  readonly request: AdmissionRequest;
  readonly variables: Activation;
  readonly table: ResourceTable;
  /** What the policy tells the audit log: values by their keys, over all bindings. */
  readonly audits: Map<string, Set<string>>;
}

/** What a binding refuses. Warnings and words for the audit log go out on the way. */
async function applyBinding(hook: PolicyHook, binding: PolicyBinding, evaluation: Evaluation): Promise<Denial[]> {
  const { request, variables, table, audits } = evaluation;
  if (binding.match !== undefined && matchedVersion(binding.match, request, table) === undefined) return [];
  const by = { policy: hook.name, binding: binding.name };
  let params: readonly (KubeObject | null)[];
  try {
    params = await collectParams(hook.paramKind, binding.paramRef, request, table);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return hook.ignoresErrors ? [] : [{ ...by, message: `failed to configure binding: ${error.message}` }];
  }
  return params.flatMap((param) => {
    const value = fromJson(param);
    const activation: Activation = (name) => (name === 'params' ? value : variables(name));
    const result = evaluatePolicy(hook.compiled, activation, hook.ignoresErrors);
    for (const { key, value: text } of result.audits) {
      const values = audits.get(key) ?? new Set();
      audits.set(key, values.add(text.slice(0, MAX_AUDIT_VALUE)));
    }
    return [
      ...result.failures.flatMap((failure) => act(failure, hook, binding, request)),
      ...result.auditErrors.map((message) => ({ ...by, message })),
    ];
  });
}

function act({ index, message, reason }: Failure, hook: PolicyHook, binding: PolicyBinding, request: AdmissionRequest): Denial[] {
  const { actions, name } = binding;
  if (actions.includes('Warn'))
    request.warnings.push(`Validation failed for ValidatingAdmissionPolicy '${hook.name}' with binding '${name}': ${message}`);
  if (actions.includes('Audit')) {
    const failure = { message, policy: hook.name, binding: name, expressionIndex: index, validationActions: actions };
    request.annotate?.(FAILURE_ANNOTATION, JSON.stringify([failure]));
  }
  return actions.includes('Deny') ? [{ policy: hook.name, binding: name, message, reason }] : [];
}

const CODES: Readonly<Record<string, number>> = { Unauthorized: 401, Forbidden: 403, RequestEntityTooLarge: 413 };

/** Forbidden in its words, with the reason that the validation names. */
function refusal(
  { policy, binding, message, reason = 'Invalid' }: Denial,
  { definition, ref, object, old }: AdmissionRequest,
): StatusError {
  const by = binding === undefined ? '' : ` with binding '${binding}'`;
  const text = `ValidatingAdmissionPolicy '${policy}'${by} denied request: ${message}`;
  const name = ref.name ?? (object ?? old)?.metadata?.name ?? '';
  const error = newForbidden({ group: definition.group, resource: definition.plural }, name, text);
  error.status.reason = reason;
  error.status.code = CODES[reason] ?? 422;
  error.status.details!.causes = [{ message: text }];
  return error;
}
