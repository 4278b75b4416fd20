import { checkRules as checkAll } from '../expressions/schema-rules/check-rules.ts';
import { compileRules, type RuleNode } from '../expressions/schema-rules/compiled-rules.ts';
import { evaluateRules } from '../expressions/schema-rules/evaluate-rules.ts';
import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import { type JsonSchema, someSchema } from './schema/json-schema.ts';

/** The x-kubernetes-validations of schemas, compiled once each; null for a schema without any. */
const compiled = new WeakMap<JsonSchema, RuleNode | null>();

const hasRules = (schema: JsonSchema): boolean =>
  someSchema(schema, (each) => (each['x-kubernetes-validations'] ?? []).length > 0);

/** What is wrong with the rules of a schema that has just been written; `path` is the schema's own. */
export const checkSchemaRules = (schema: JsonSchema, path: string): StatusCause[] =>
  hasRules(schema) ? checkAll(schema, path) : [];

/** What an object has against the rules of its schema; `old` is what it replaces, absent for a new one. Bounded in what it costs. */
export function applySchemaRules(schema: JsonSchema, object: KubeObject, old: KubeObject | undefined): StatusCause[] {
  const rules = rulesOf(schema);
  return rules === undefined ? [] : evaluateRules(rules, object, old);
}

/** Undefined for a schema without rules. */
export function rulesOf(schema: JsonSchema): RuleNode | undefined {
  let found = compiled.get(schema);
  if (found === undefined) compiled.set(schema, (found = (hasRules(schema) ? compileRules(schema, true) : undefined) ?? null));
  return found ?? undefined;
}
