import { BOOL, type CelType, optionalOf, STRING } from '../../../cel/types/type.ts';
import { CompileError } from '../../../cel/syntax/issues.ts';
import type { Program } from '../../../cel/environment.ts';
import { itemsOf, type JsonSchema, type ValidationRule } from '../../apiextensions/schema/json-schema.ts';
import { kubernetesEnvironment } from '../environment.ts';
import { declaredType } from './declared-type.ts';
import { fieldPathOf } from './field-path.ts';

/** A rule, ready to run; or what is wrong with it, by the field of the rule that it is wrong in. */
export interface CompiledRule {
  readonly rule: ValidationRule;
  readonly program: Program | undefined;
  readonly messageProgram: Program | undefined;
  /** Where failures are told, below the value that the rule is about; '' for that value itself. */
  readonly fieldPath: string;
  readonly usesOldSelf: boolean;
  readonly problems: readonly {
    readonly field: 'rule' | 'messageExpression' | 'fieldPath' | 'optionalOldSelf';
    readonly text: string;
  }[];
}

/** The rules of a schema and of those below it that have any. */
export interface RuleNode {
  readonly schema: JsonSchema;
  readonly type: CelType | undefined;
  readonly rules: readonly CompiledRule[];
  readonly properties: ReadonlyMap<string, RuleNode>;
  readonly items: RuleNode | undefined;
  readonly values: RuleNode | undefined;
}

/** Undefined when there are no rules at or below the schema. */
export function compileRules(schema: JsonSchema, isResource: boolean): RuleNode | undefined {
  const below = (child: JsonSchema | undefined): RuleNode | undefined =>
    child === undefined ? undefined : compileRules(child, child['x-kubernetes-embedded-resource'] === true);
  const properties = new Map<string, RuleNode>();
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const node = below(property);
    if (node !== undefined) properties.set(name, node);
  }
  const items = below(itemsOf(schema));
  const { additionalProperties } = schema;
  const values = below(typeof additionalProperties === 'object' ? additionalProperties : undefined);
  const own = schema['x-kubernetes-validations'] ?? [];
  if (own.length === 0 && properties.size === 0 && items === undefined && values === undefined) return undefined;
  const type = own.length === 0 ? undefined : declaredType(schema, isResource);
  return { schema, type, rules: own.map((rule) => compileRule(rule, schema, type)), properties, items, values };
}

function compileRule(rule: ValidationRule, schema: JsonSchema, self: CelType | undefined): CompiledRule {
  const problems: CompiledRule['problems'][number][] = [];
  const oldSelf = self === undefined ? undefined : rule.optionalOldSelf === true ? optionalOf(self) : self;
  const variable = (name: string): CelType | undefined => (name === 'self' ? self : name === 'oldSelf' ? oldSelf : undefined);
  const compile = (field: 'rule' | 'messageExpression', wanted: CelType): Program | undefined => {
    const source = rule[field] ?? '';
    if (source.trim() === '') return undefined;
    try {
      const program = kubernetesEnvironment().compile(source, variable);
      if (program.type.kind === wanted.kind) return program;
      problems.push({
        field,
        text: field === 'rule' ? 'cel expression must evaluate to a bool' : 'messageExpression must evaluate to a string',
      });
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      problems.push({ field, text: `${field === 'rule' ? '' : 'messageExpression '}compilation failed: ${error.message}` });
    }
    return undefined;
  };
  const program = compile('rule', BOOL);
  const messageProgram = compile('messageExpression', STRING);
  const usesOldSelf = program?.variables.has('oldSelf') === true;
  if (rule.optionalOldSelf !== undefined && program !== undefined && !usesOldSelf)
    problems.push({ field: 'optionalOldSelf', text: 'may not be set if oldSelf is not used in rule' });
  const at = fieldPathOf(rule.fieldPath ?? '', schema);
  if ('problem' in at) problems.push({ field: 'fieldPath', text: `fieldPath must be a valid path: ${at.problem}` });
  return { rule, program, messageProgram, usesOldSelf, problems, fieldPath: 'path' in at ? at.path : '' };
}
