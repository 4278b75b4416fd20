import { RE2JS } from 're2js';
import type { Json } from '../../meta.ts';
import { itemsOf, type JsonSchema } from './json-schema.ts';

/** A schema ready for use: what is below it by name, its expressions compiled. Everything below fills when it is first looked at. */
export interface SchemaNode {
  readonly schema: JsonSchema;
  /** Types that a value may have; empty: any. */
  readonly types: readonly string[];
  readonly nullable: boolean;
  readonly preserve: boolean;
  /** The schema of a whole kind, not one below it. */
  readonly root: boolean;
  /** A whole object with apiVersion, kind and metadata; the root is one. */
  readonly embedded: boolean;
  readonly default: Json | undefined;
  readonly properties: ReadonlyMap<string, SchemaNode>;
  /** Of all other keys; `'anything'` where nothing is said of their values, undefined where there may be none. */
  readonly additional: SchemaNode | 'anything' | undefined;
  readonly items: SchemaNode | undefined;
  readonly allOf: readonly SchemaNode[];
  readonly anyOf: readonly SchemaNode[];
  readonly oneOf: readonly SchemaNode[];
  readonly not: SchemaNode | undefined;
  /** Whether the text matches the pattern, in linear time; undefined without one. */
  readonly matches: ((text: string) => boolean) | undefined;
  /** Whether it, or anything structural below it, has a default. */
  readonly hasDefaults: boolean;
}

/** Makes a schema ready. It must have passed validation. */
export const schemaNode = (schema: JsonSchema, root = false): SchemaNode => new Node(schema, root);

class Node implements SchemaNode {
  readonly schema: JsonSchema;
  readonly types: readonly string[];
  readonly nullable: boolean;
  readonly preserve: boolean;
  readonly root: boolean;
  readonly embedded: boolean;
  readonly default: Json | undefined;
  #properties: ReadonlyMap<string, SchemaNode> | undefined;
  #additional: SchemaNode['additional'] | null = null;
  #items: SchemaNode | undefined | null = null;
  #allOf: readonly SchemaNode[] | undefined;
  #anyOf: readonly SchemaNode[] | undefined;
  #oneOf: readonly SchemaNode[] | undefined;
  #not: SchemaNode | undefined | null = null;
  #matches: SchemaNode['matches'] | null = null;
  #hasDefaults: boolean | undefined;

  constructor(schema: JsonSchema, root: boolean) {
    this.schema = schema;
    const intOrString = schema['x-kubernetes-int-or-string'] === true;
    this.types = intOrString ? ['integer', 'string'] : schema.type ? [schema.type] : [];
    this.nullable = schema.nullable === true;
    this.preserve = schema['x-kubernetes-preserve-unknown-fields'] === true;
    this.root = root;
    this.embedded = root || schema['x-kubernetes-embedded-resource'] === true;
    this.default = schema.default;
  }

  get properties(): ReadonlyMap<string, SchemaNode> {
    return (this.#properties ??= new Map(
      Object.entries(this.schema.properties ?? {}).map(([name, child]) => [name, schemaNode(child)]),
    ));
  }

  get additional(): SchemaNode['additional'] {
    if (this.#additional === null) {
      const said = this.schema.additionalProperties;
      this.#additional = said === true ? 'anything' : said === false || said === undefined ? undefined : schemaNode(said);
    }
    return this.#additional;
  }

  get items(): SchemaNode | undefined {
    if (this.#items === null) {
      const items = itemsOf(this.schema);
      this.#items = items && schemaNode(items);
    }
    return this.#items;
  }

  get allOf(): readonly SchemaNode[] {
    return (this.#allOf ??= nodes(this.schema.allOf));
  }

  get anyOf(): readonly SchemaNode[] {
    return (this.#anyOf ??= nodes(this.schema.anyOf));
  }

  get oneOf(): readonly SchemaNode[] {
    return (this.#oneOf ??= nodes(this.schema.oneOf));
  }

  get not(): SchemaNode | undefined {
    if (this.#not === null) this.#not = this.schema.not && schemaNode(this.schema.not);
    return this.#not;
  }

  get matches(): SchemaNode['matches'] {
    if (this.#matches === null) {
      const { pattern } = this.schema;
      if (pattern === undefined || pattern === '') this.#matches = undefined;
      else {
        const expression = RE2JS.compile(pattern);
        this.#matches = (text) => expression.test(text);
      }
    }
    return this.#matches;
  }

  get hasDefaults(): boolean {
    this.#hasDefaults ??=
      this.default !== undefined ||
      this.properties.values().some((child) => child.hasDefaults) ||
      (this.items?.hasDefaults ?? false) ||
      (typeof this.additional === 'object' && this.additional.hasDefaults);
    return this.#hasDefaults;
  }
}

const NONE: readonly SchemaNode[] = [];
const nodes = (schemas: readonly JsonSchema[] | undefined): readonly SchemaNode[] =>
  schemas === undefined ? NONE : schemas.map((schema) => schemaNode(schema));
