import type { CompiledPolicy } from '../../../api/expressions/admission-expressions.ts';
import { MAX_MESSAGE, OBJECT_BUDGET, MATCH_CONDITIONS_BUDGET } from '../../../api/expressions/environment.ts';
import { Budget, conditionsHold, evaluateExpression, OutOfBudget, PolicyVariables } from '../../../api/expressions/evaluation.ts';
import { typeOfValue } from '../../../cel/types/type-of-value.ts';
import { typeName } from '../../../cel/types/type.ts';
import type { Activation } from '../../../cel/runtime/frame.ts';
import type { Value } from '../../../cel/values/value.ts';
import { aggregate } from '../matching/match-conditions.ts';

/** One validation that an object does not pass. */
export interface Failure {
  readonly index: number;
  readonly message: string;
  /** @default 'Invalid' */
  readonly reason?: string | undefined;
}

/** What a policy says of an object. */
export interface PolicyResult {
  readonly failures: readonly Failure[];
  /** What the audit log is to hear. */
  readonly audits: readonly { readonly key: string; readonly value: string }[];
  /** Why something that the audit log was to hear could not be said. */
  readonly auditErrors: readonly string[];
}

const NOTHING: PolicyResult = { failures: [], audits: [], auditErrors: [] };

/** Evaluates a policy (apiserver's policy/validating/validator.go). `ignoresErrors`: what cannot be evaluated lets the object pass. */
export function evaluatePolicy(policy: CompiledPolicy, request: Activation, ignoresErrors: boolean): PolicyResult {
  const failed = (message: string, index = 0): PolicyResult =>
    ignoresErrors ? NOTHING : { ...NOTHING, failures: [{ index, message }] };
  try {
    const { matches, errors } = conditionsHold(policy.conditions, request, new Budget(MATCH_CONDITIONS_BUDGET));
    if (errors.length > 0) return failed(aggregate(errors));
    if (!matches) return NOTHING;
    const budget = new Budget(OBJECT_BUDGET);
    const failures = validate(policy, withVariables(policy, request, budget), budget, ignoresErrors);
    const auditBudget = new Budget(OBJECT_BUDGET);
    return { failures, ...audit(policy, withVariables(policy, request, auditBudget), auditBudget, ignoresErrors) };
  } catch (error) {
    if (error instanceof OutOfBudget) return failed(error.message);
    throw error;
  }
}

function withVariables({ variables }: CompiledPolicy, request: Activation, budget: Budget): Activation {
  const all: Activation = (name) => (name === 'variables' ? composed : request(name));
  const composed = new PolicyVariables(variables, all, budget);
  return all;
}

function validate(policy: CompiledPolicy, activation: Activation, budget: Budget, ignoresErrors: boolean): Failure[] {
  const failures: Failure[] = [];
  for (const [index, { compiled, message, messageExpression, reason }] of policy.validations.entries()) {
    const { value, error } = evaluateExpression(compiled, activation, budget);
    if (error !== undefined) {
      if (!ignoresErrors) failures.push({ index, message: error });
    } else if (value !== true) {
      const told = messageExpression === undefined ? undefined : evaluateExpression(messageExpression, activation, budget).value;
      failures.push({ index, reason, message: usable(told) || message.trim() || `failed expression: ${compiled.source.trim()}` });
    }
  }
  return failures;
}

/** A text of one line that is not too long. */
function usable(value: Value | undefined): string {
  const text = typeof value === 'string' ? value.trim() : '';
  return text.includes('\n') || Buffer.byteLength(text) > MAX_MESSAGE ? '' : text;
}

function audit(
  policy: CompiledPolicy,
  activation: Activation,
  budget: Budget,
  ignoresErrors: boolean,
): Pick<PolicyResult, 'audits' | 'auditErrors'> {
  const audits: { key: string; value: string }[] = [];
  const auditErrors: string[] = [];
  for (const { key, compiled } of policy.audits) {
    const { value, error } = evaluateExpression(compiled, activation, budget);
    if (error !== undefined) {
      if (!ignoresErrors) auditErrors.push(error);
    } else if (typeof value === 'string') {
      if (value.trim() !== '') audits.push({ key, value: value.trim() });
    } else if (value !== null)
      auditErrors.push(
        `valueExpression '${compiled.source}' resulted in unsupported return type: ${typeName(typeOfValue(value!))}. Return type must be either string or null.`,
      );
  }
  return { audits, auditErrors };
}
