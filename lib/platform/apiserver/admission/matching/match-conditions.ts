import { type CompiledCondition, compileConditions } from '../../../api/expressions/admission-expressions.ts';
import { MATCH_CONDITIONS_BUDGET } from '../../../api/expressions/environment.ts';
import { Budget, conditionsHold, OutOfBudget } from '../../../api/expressions/evaluation.ts';
import type { Ask } from '../../../api/expressions/library/authorizers.ts';
import { newForbidden } from '../../../api/status-error.ts';
import { requestVariables } from '../expression-variables.ts';
import type { MatchedRequest } from './matched-request.ts';

interface Conditional {
  readonly matchConditions?: readonly { readonly name?: string; readonly expression?: string }[];
}

/** Of stored objects, which never change. */
const compiled = new WeakMap<Conditional, readonly CompiledCondition[]>();

function conditionsOf(webhook: Conditional): readonly CompiledCondition[] {
  let found = compiled.get(webhook);
  if (found === undefined)
    compiled.set(webhook, (found = compileConditions(webhook.matchConditions ?? [], { authorizer: true })));
  return found;
}

/**
 * Whether all match conditions of a webhook hold. Where they cannot say, its failure policy decides: the request is refused
 * (Forbidden), or the webhook is passed over (apiserver's webhook/matchconditions).
 */
export function conditionsMatch(
  webhook: Conditional,
  failurePolicy: string | undefined,
  matched: MatchedRequest,
  ask: Ask,
): boolean {
  if ((webhook.matchConditions ?? []).length === 0) return true;
  let errors: readonly string[];
  try {
    const held = conditionsHold(conditionsOf(webhook), requestVariables(matched, ask), new Budget(MATCH_CONDITIONS_BUDGET));
    if (held.matches || held.errors.length === 0) return held.matches;
    errors = held.errors;
  } catch (error) {
    if (!(error instanceof OutOfBudget)) throw error;
    errors = [error.message];
  }
  if (failurePolicy === 'Ignore') return false;
  const { definition, ref, object } = matched.request;
  throw newForbidden(
    { group: definition.group, resource: definition.plural },
    ref.name ?? object?.metadata?.name ?? '',
    aggregate(errors),
  );
}

/** As Go's aggregated errors print. */
export const aggregate = (errors: readonly string[]): string => (errors.length === 1 ? errors[0]! : `[${errors.join(', ')}]`);
