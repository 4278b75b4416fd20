import type { Json } from '../../meta.ts';

/** apiextensions.k8s.io/v1 JSONSchemaProps, as far as it may be used: what is forbidden is here to be refused. */
export interface JsonSchema {
  readonly id?: string;
  readonly $ref?: string;
  readonly description?: string;
  readonly type?: string;
  readonly format?: string;
  readonly title?: string;
  readonly default?: Json;
  readonly maximum?: number;
  readonly exclusiveMaximum?: boolean;
  readonly minimum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly maxLength?: number;
  readonly minLength?: number;
  readonly pattern?: string;
  readonly maxItems?: number;
  readonly minItems?: number;
  readonly uniqueItems?: boolean;
  readonly multipleOf?: number;
  readonly enum?: readonly Json[];
  readonly maxProperties?: number;
  readonly minProperties?: number;
  readonly required?: readonly string[];
  readonly items?: JsonSchema | readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly not?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly dependencies?: Readonly<Record<string, Json>>;
  readonly additionalItems?: JsonSchema | boolean;
  readonly definitions?: Readonly<Record<string, JsonSchema>>;
  readonly externalDocs?: object;
  readonly example?: Json;
  readonly nullable?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-map-type'?: string;
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[];
}

/** A rule in CEL about the value that the schema is of. */
export interface ValidationRule {
  readonly rule?: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason?: string;
  readonly fieldPath?: string;
  readonly optionalOldSelf?: boolean;
}

/** A schema right below another, and where it stands. */
export interface ChildSchema {
  readonly schema: JsonSchema;
  readonly path: string;
  /** Whether it says what is there (properties, items) or only judges it (allOf, anyOf, oneOf, not). */
  readonly structural: boolean;
}

/** Every schema right below, `path` being this one's. */
export function childSchemas(schema: JsonSchema, path: string): ChildSchema[] {
  const children: ChildSchema[] = [];
  const add = (at: string, child: unknown, structural: boolean): void => {
    if (isSchema(child)) children.push({ schema: child, path: at, structural });
  };
  for (const name of ['properties', 'patternProperties', 'definitions'] as const)
    for (const [key, child] of Object.entries(schema[name] ?? {})) add(`${path}.${name}[${key}]`, child, true);
  if (Array.isArray(schema.items)) schema.items.forEach((child, i) => add(`${path}.items[${i}]`, child, true));
  else add(`${path}.items`, schema.items, true);
  add(`${path}.additionalProperties`, schema.additionalProperties, true);
  add(`${path}.additionalItems`, schema.additionalItems, true);
  add(`${path}.not`, schema.not, false);
  for (const name of ['allOf', 'oneOf', 'anyOf'] as const)
    for (const [i, child] of (schema[name] ?? []).entries()) add(`${path}.${name}[${i}]`, child, false);
  return children;
}

const isSchema = (value: unknown): value is JsonSchema => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The schema of list items; a list of schemas is refused and counts as none. */
export const itemsOf = ({ items }: JsonSchema): JsonSchema | undefined =>
  Array.isArray(items) ? undefined : (items as JsonSchema | undefined);

/** The schema of a property, whatever its name. */
export const propertyOf = ({ properties }: JsonSchema, name: string): JsonSchema | undefined =>
  properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined;

/** Whether the schema or any below it is such. */
export function someSchema(schema: JsonSchema, is: (schema: JsonSchema) => boolean): boolean {
  return is(schema) || childSchemas(schema, '').some((child) => someSchema(child.schema, is));
}
