import type { CompletedObject, ObjectSchema } from '../custom-kind.ts';
import type { Json, KubeObject } from '../meta.ts';
import { kindSchemas } from './open-api-schema.ts';
import { completeValue } from './schema/complete-value.ts';
import type { JsonSchema } from './schema/json-schema.ts';
import { type SchemaNode, schemaNode } from './schema/schema-node.ts';

/** How a kind is told of in OpenAPI. */
export interface SchemaNames {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly listKind: string;
}

/** The schema of one version, made ready when it is first used: definitions are many, and most of them are at rest. */
export class DefinedSchema implements ObjectSchema {
  readonly #schema: JsonSchema;
  readonly #names: SchemaNames;
  #root: SchemaNode | undefined;

  constructor(schema: JsonSchema, names: SchemaNames) {
    this.#schema = schema;
    this.#names = names;
  }

  get root(): SchemaNode {
    return (this.#root ??= schemaNode(this.#schema, true));
  }

  complete(object: KubeObject): CompletedObject {
    const unknown: string[] = [];
    return { object: completeValue(this.root, object as unknown as Json, '', unknown) as unknown as KubeObject, unknown };
  }

  openApi(): Readonly<Record<string, object>> {
    return kindSchemas(this.#schema, this.#names);
  }
}
