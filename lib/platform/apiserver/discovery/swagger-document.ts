/** An OpenAPI document as plain JSON. */
type Node = Record<string, unknown>;

const JSON_TYPES = ['application/json', 'application/yaml'];
const METHODS = new Set(['get', 'put', 'post', 'delete', 'patch']);
const GVK = 'x-kubernetes-group-version-kind';

/**
 * The OpenAPI v2 document of the whole API out of the v3 documents of its group versions. Older clients and `kubectl explain
 * --output plaintext-openapiv2` read it.
 */
export function swaggerDocument(documents: readonly Node[], version: string): Node {
  const paths: Node = {};
  const definitions: Record<string, Node> = {};
  for (const document of documents) {
    for (const [path, item] of entriesOf(document['paths'])) paths[path] = pathItem(item);
    for (const [name, schema] of entriesOf(nodeOf(document['components'])['schemas'])) {
      const known = definitions[name];
      if (known === undefined) definitions[name] = schemaOf(schema);
      else if (schema[GVK] !== undefined) known[GVK] = mergedKinds(known[GVK], schema[GVK]);
    }
  }
  return { swagger: '2.0', info: { title: 'Kubernetes', version }, paths, definitions };
}

const nodeOf = (value: unknown): Node => (value ?? {}) as Node;
const entriesOf = (value: unknown): [string, Node][] => Object.entries(nodeOf(value)) as [string, Node][];

/** Options are a kind of every group version: one definition names them all. */
function mergedKinds(known: unknown, more: unknown): unknown {
  const all = [...((known ?? []) as object[]), ...(more as object[])];
  return [...new Map(all.map((kind) => [JSON.stringify(kind), kind])).values()];
}

function pathItem(item: Node): Node {
  const out: Node = {};
  for (const [key, value] of Object.entries(item)) {
    if (key === 'parameters') out[key] = (value as Node[]).map(parameter);
    else if (METHODS.has(key)) out[key] = operation(value as Node);
  }
  return out;
}

function operation({ parameters: all, requestBody, responses, ...rest }: Node): Node {
  const body = requestBody === undefined ? undefined : nodeOf(requestBody);
  const content = entriesOf(body?.['content']);
  const bodyParameter = body && {
    name: 'body',
    in: 'body',
    ...(body['required'] === true ? { required: true } : {}),
    schema: schemaOf(nodeOf(content[0]?.[1]['schema'])),
  };
  return {
    ...rest,
    consumes: content.length === 0 ? ['*/*'] : content.map(([type]) => type),
    produces: JSON_TYPES,
    parameters: [...(bodyParameter === undefined ? [] : [bodyParameter]), ...((all ?? []) as Node[]).map(parameter)],
    responses: Object.fromEntries(entriesOf(responses).map(([code, response]) => [code, responseOf(response)])),
  };
}

function responseOf({ description, content }: Node): Node {
  const schema = entriesOf(content)[0]?.[1]['schema'];
  return { description, ...(schema === undefined ? {} : { schema: schemaOf(schema as Node) }) };
}

const parameters = new WeakMap<Node, Node>();

/** In v2 the type stands in the parameter itself. Of the same one it is the same again: most of a document is parameters. */
function parameter(of: Node): Node {
  let made = parameters.get(of);
  if (made === undefined) {
    const { schema, ...rest } = of;
    parameters.set(of, (made = { ...rest, ...nodeOf(schema) }));
  }
  return made;
}

/** What of a schema v2 cannot say, or its readers would misread. Custom kinds have these. */
const V3_ONLY = new Set([
  'allOf',
  'oneOf',
  'anyOf',
  'not',
  'nullable',
  'default',
  'items',
  'properties',
  'additionalProperties',
  'type',
]);

/**
 * A schema of a custom kind where v2 has less to say: what may be null, or more than is told, has no type there, so that readers refuse nothing
 * (apiextensions-apiserver's controller/openapi/v2).
 */
const isLoose = (schema: Node): boolean =>
  schema['nullable'] === true ||
  schema['x-kubernetes-preserve-unknown-fields'] === true ||
  schema['x-kubernetes-int-or-string'] === true;

const looseSchema = (schema: Node): Node => Object.fromEntries(Object.entries(schema).filter(([key]) => !V3_ONLY.has(key)));

/** References have no allOf around them, and a choice of types becomes the type that holds both. */
function schemaOf({ allOf, oneOf, anyOf: _anyOf, not: _not, ...schema }: Node): Node {
  if (isLoose(schema)) return looseSchema(schema);
  const out: Node = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === '$ref') out[key] = String(value).replace('#/components/schemas/', '#/definitions/');
    else if (key === 'properties')
      out[key] = Object.fromEntries(entriesOf(value).map(([name, property]) => [name, schemaOf(property)]));
    else if (key === 'items' || key === 'additionalProperties')
      out[key] = typeof value === 'object' ? schemaOf(value as Node) : value;
    else out[key] = value;
  }
  const [reference] = (allOf ?? []) as Node[];
  if (reference?.['$ref'] !== undefined) Object.assign(out, schemaOf(reference));
  if (oneOf !== undefined && out['type'] === undefined) out['type'] = 'string';
  return out;
}
