import type { ResourceDefinition } from '../../../lib/platform/api/define-resource.ts';
import { type FieldType, type StructType, structType } from '../../../lib/platform/api/schema/compiled-types.ts';

/** Lists and structs in structs, so deep: enough to get to every field that validation looks at. */
const DEPTH = 7;

/** An object of the kind in which every text is this one. Fields that have a form of their own get it only with `forms`. */
export function filledObject(definition: ResourceDefinition, text: string, forms: boolean): Record<string, unknown> {
  const { group, version, kind, namespaced, schema } = definition;
  const { metadata: _metadata, ...rest } = filledStruct(structType(schema), text, forms, DEPTH);
  return {
    ...rest,
    apiVersion: group === '' ? version : `${group}/${version}`,
    kind,
    metadata: {
      name: 'x',
      ...(namespaced ? { namespace: 'default' } : {}),
      labels: { [text.slice(0, 300)]: text },
      annotations: { x: text },
    },
  };
}

function filledStruct(type: StructType, text: string, forms: boolean, depth: number): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [name, field] of type.fields) {
    const value = depth === 0 && !field.required ? undefined : filledValue(field.type, text, forms, depth - 1);
    if (value !== undefined) out[name] = value;
  }
  return out;
}

function filledValue(type: FieldType, text: string, forms: boolean, depth: number): unknown {
  switch (type.form) {
    case 'struct':
      return depth < 0 ? undefined : filledStruct(type.struct, text, forms, depth);
    case 'list': {
      const element = filledValue(type.element, text, forms, depth);
      return element === undefined ? undefined : [element];
    }
    case 'map': {
      const element = filledValue(type.element, text, forms, depth);
      return element === undefined ? undefined : { x: element };
    }
    case 'scalar':
      return filledScalar(type.scalar, text, forms);
  }
}

function filledScalar(scalar: string, text: string, forms: boolean): unknown {
  switch (scalar) {
    case 'string':
      return text;
    case 'bool':
      return true;
    case 'int32':
    case 'int64':
    case 'float64':
      return 1;
    case 'FieldsV1':
    case 'any':
    case 'RawExtension':
      return undefined;
    default:
      return forms ? text : undefined;
  }
}
