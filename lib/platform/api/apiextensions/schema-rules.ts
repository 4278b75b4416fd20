import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import { type JsonSchema, someSchema } from './schema/json-schema.ts';

/** The x-kubernetes-validations of a schema, compiled. */
export interface CompiledRules {
  /** What an object has against it; `old` is what it replaces, absent for a new one. Must be bounded in time. */
  evaluate(object: KubeObject, old: KubeObject | undefined): StatusCause[];
}

/** Who understands x-kubernetes-validations. */
export interface RuleCompiler {
  /** What is wrong with the rules of a schema that has just been written; `path` is the schema's own. */
  check(schema: JsonSchema, path: string): StatusCause[];
  compile(schema: JsonSchema): CompiledRules;
}

/** The rules of schemas, compiled once each. Without a compiler there are none: definitions say in a warning that theirs do nothing. */
class SchemaRules {
  readonly #compiled = new WeakMap<JsonSchema, CompiledRules | null>();
  #compiler: RuleCompiler | undefined;

  /** Called once, before anything is served. */
  use(compiler: RuleCompiler): void {
    this.#compiler = compiler;
  }

  get evaluated(): boolean {
    return this.#compiler !== undefined;
  }

  check(schema: JsonSchema, path: string): StatusCause[] {
    return hasRules(schema) ? (this.#compiler?.check(schema, path) ?? []) : [];
  }

  /** Undefined for a schema without rules. */
  of(schema: JsonSchema): CompiledRules | undefined {
    if (this.#compiler === undefined) return undefined;
    let found = this.#compiled.get(schema);
    if (found === undefined) this.#compiled.set(schema, (found = hasRules(schema) ? this.#compiler.compile(schema) : null));
    return found ?? undefined;
  }
}

export const hasRules = (schema: JsonSchema): boolean =>
  someSchema(schema, (each) => (each['x-kubernetes-validations'] ?? []).length > 0);

export const schemaRules = new SchemaRules();
