import type { Json } from '../../meta.ts';
import type { StatusCause } from '../../status-error.ts';
import { invalid } from '../../validation/causes.ts';
import { completeValue } from './complete-value.ts';
import { validateEmbedded } from './embedded-objects.ts';
import { itemsOf, type JsonSchema } from './json-schema.ts';
import { schemaNode } from './schema-node.ts';
import { validateValue } from './validate-value.ts';

/** Defaults must be what their schemas ask for, with nothing in them that would be pruned (schema/defaulting ValidateDefaults). */
export function validateDefaults(schema: JsonSchema, path: string): StatusCause[] {
  const items = itemsOf(schema);
  return [
    ...(schema.default === undefined ? [] : validateDefault(schema, schema.default, `${path}.default`)),
    ...(items === undefined ? [] : validateDefaults(items, `${path}.items`)),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, child]) => validateDefaults(child, `${path}.properties[${name}]`)),
    ...(typeof schema.additionalProperties === 'object'
      ? validateDefaults(schema.additionalProperties, `${path}.additionalProperties`)
      : []),
  ];
}

function validateDefault(schema: JsonSchema, value: Json, path: string): StatusCause[] {
  const node = schemaNode(schema);
  const unknown: string[] = [];
  completeValue(node, value, '', unknown);
  const causes = unknown.length > 0 ? [invalid(path, value, 'must not have unknown fields')] : [];
  const embedded = validateEmbedded(node, value, path);
  return [...causes, ...(embedded.length > 0 ? embedded : validateValue(node, value, path))];
}
