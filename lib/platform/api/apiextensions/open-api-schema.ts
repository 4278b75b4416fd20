import { itemsOf, type JsonSchema } from './schema/json-schema.ts';
import type { SchemaNames } from './object-schema.ts';

type Schema = Record<string, unknown>;

const OBJECT_META = '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const LIST_META = '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta';

const API_VERSION = {
  description:
    'APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources',
  type: 'string',
};
const KIND = {
  description:
    'Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds',
  type: 'string',
};
const METADATA = {
  description:
    "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata",
  allOf: [{ $ref: OBJECT_META }],
};

/** `com.example.stable.v1.CronTab`: the group turned around, as schemas of kinds are named. */
export const schemaName = ({ group, version }: Pick<SchemaNames, 'group' | 'version'>, kind: string): string =>
  [...group.split('.').toReversed(), version, kind].join('.');

/** The kind and its list as schemas of an OpenAPI v3 document (controller/openapi/builder). */
export function kindSchemas(schema: JsonSchema, names: SchemaNames): Record<string, object> {
  const { group, version, kind, listKind } = names;
  const name = schemaName(names, kind);
  const whole = published(schema, true);
  return {
    [name]: { ...whole, 'x-kubernetes-group-version-kind': [{ group, kind, version }] },
    [schemaName(names, listKind)]: {
      description: `${listKind} is a list of ${kind}`,
      type: 'object',
      required: ['items'],
      properties: {
        apiVersion: API_VERSION,
        items: {
          description: `List of ${plural(kind)}. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md`,
          type: 'array',
          items: { allOf: [{ $ref: `#/components/schemas/${name}` }] },
        },
        kind: KIND,
        metadata: {
          description:
            'Standard list metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds',
          allOf: [{ $ref: LIST_META }],
        },
      },
      'x-kubernetes-group-version-kind': [{ group, kind: listKind, version }],
    },
  };
}

/** Plain English plurals are what Kubernetes guesses here too. */
const plural = (kind: string): string => {
  const word = kind.toLowerCase();
  return word.endsWith('s') ? `${word}es` : word.endsWith('y') ? `${word.slice(0, -1)}ies` : `${word}s`;
};

/** The schema with what every object has, at the root and where objects are embedded. */
function published(schema: JsonSchema, root: boolean): Schema {
  const out: Schema = { ...(schema as Schema) };
  const below = (child: JsonSchema): Schema => published(child, false);
  const items = itemsOf(schema);
  if (items !== undefined) out['items'] = below(items);
  if (typeof schema.additionalProperties === 'object') out['additionalProperties'] = below(schema.additionalProperties);
  const properties = Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, child]) => [name, below(child)]));
  if (schema.properties !== undefined) out['properties'] = properties;
  // What the root says of these restricts names at most; readers are told what the fields are.
  if (root) out['properties'] = { ...properties, apiVersion: API_VERSION, kind: KIND, metadata: METADATA };
  else if (schema['x-kubernetes-embedded-resource'] === true)
    out['properties'] = { apiVersion: API_VERSION, kind: KIND, metadata: METADATA, ...properties };
  return out;
}
