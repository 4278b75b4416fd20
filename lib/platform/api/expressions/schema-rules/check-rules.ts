import type { JsonSchema, ValidationRule } from '../../apiextensions/schema/json-schema.ts';
import type { StatusCause } from '../../status-error.ts';
import { invalid } from '../../validation/causes.ts';
import { type CompiledRule, compileRules, type RuleNode } from './compiled-rules.ts';

/** What is wrong with the rules of a schema at `path` (apiextensions' validation of CustomResourceDefinitions). */
export function checkRules(schema: JsonSchema, path: string): StatusCause[] {
  const root = compileRules(schema, true);
  return root === undefined ? [] : checkNode(root, path, undefined);
}

/** `within`: the first schema on the way here whose values cannot be told from each other, so that none has an old one. */
function checkNode(node: RuleNode, path: string, within: string | undefined): StatusCause[] {
  const { schema } = node;
  const below = (child: RuleNode | undefined, at: string, correlatable: boolean): StatusCause[] =>
    child === undefined ? [] : checkNode(child, at, within ?? (correlatable ? undefined : at));
  const granular = schema['x-kubernetes-map-type'] !== 'atomic';
  return [
    ...node.rules.flatMap((rule, i) => checkRule(rule, `${path}.x-kubernetes-validations[${i}]`, within)),
    ...[...node.properties].flatMap(([name, child]) => below(child, `${path}.properties[${name}]`, granular)),
    ...below(node.values, `${path}.additionalProperties`, granular),
    ...below(node.items, `${path}.items`, schema['x-kubernetes-list-type'] === 'map'),
  ];
}

function checkRule({ rule, problems, usesOldSelf }: CompiledRule, path: string, within: string | undefined): StatusCause[] {
  const causes = problems.map(({ field, text }): StatusCause => {
    if (field === 'fieldPath' || field === 'optionalOldSelf') return invalid(`${path}.${field}`, rule[field], text);
    return { reason: 'FieldValueInvalid', field: `${path}.${field}`, message: `Invalid value: ${goText(rule)}: ${text}` };
  });
  if (usesOldSelf && within !== undefined)
    causes.push(
      invalid(`${path}.rule`, rule.rule, `oldSelf cannot be used on the uncorrelatable portion of the schema within ${within}`),
    );
  return causes;
}

/** As Go's %#v prints the rule. */
function goText({
  rule = '',
  message = '',
  messageExpression = '',
  reason,
  fieldPath = '',
  optionalOldSelf,
}: ValidationRule): string {
  const pointer = (type: string, value: unknown): string => `(*${type})(${value === undefined ? 'nil' : '0xc000000000'})`;
  return `apiextensions.ValidationRule{Rule:${JSON.stringify(rule)}, Message:${JSON.stringify(message)}, MessageExpression:${JSON.stringify(messageExpression)}, Reason:${pointer('apiextensions.FieldValueErrorReason', reason)}, FieldPath:${JSON.stringify(fieldPath)}, OptionalOldSelf:${pointer('bool', optionalOldSelf)}}`;
}
