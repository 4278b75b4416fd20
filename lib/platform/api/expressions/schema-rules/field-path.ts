import { type JsonSchema, propertyOf } from '../../apiextensions/schema/json-schema.ts';

const TOKEN = /\.([^.[\]]+)|\['((?:[^'\\]|\\.)*)'\]/y;
const UNESCAPED: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  "'": "'",
  '\\': '\\',
};

/** `.spec.ports` as the path of a field in messages: `spec.ports`; or why it is none of the schema (apiextensions' ValidFieldPath). */
export function fieldPathOf(text: string, schema: JsonSchema): { readonly path: string } | { readonly problem: string } {
  let path = '';
  let at: JsonSchema | undefined = schema;
  let index = 0;
  while (index < text.length) {
    TOKEN.lastIndex = index;
    const match = TOKEN.exec(text);
    if (match === null) return { problem: `expected [ or . but got: ${text.slice(index)}` };
    index = TOKEN.lastIndex;
    const name = match[1] ?? match[2]!.replace(/\\(.)/g, (_all, each: string) => UNESCAPED[each] ?? each);
    const isKey: boolean = at.properties === undefined && typeof at.additionalProperties === 'object';
    at = isKey ? (at.additionalProperties as JsonSchema) : propertyOf(at, name);
    if (at === undefined) return { problem: 'does not refer to a valid field' };
    path = isKey ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`;
  }
  return { path };
}
