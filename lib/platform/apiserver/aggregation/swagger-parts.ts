import { isRecord } from '../store/json-value.ts';

export type Node = Record<string, unknown>;

/** What an OpenAPI v2 document says of one group version: its paths, and the definitions that these need. */
export interface SwaggerPart {
  readonly paths: Node;
  readonly definitions: Node;
}

const REFERENCE = '#/definitions/';
const GVK = 'x-kubernetes-group-version-kind';

/** Takes the part of a group version out of another server's document. Throws a TypeError for what is no such document. */
export function partOf(value: unknown, of: { readonly group: string; readonly version: string }): SwaggerPart {
  if (!isRecord(value) || !isRecord(value['paths']) || !isRecord(value['definitions']))
    throw new TypeError('the answer is no OpenAPI document');
  const root = `/apis/${of.group}/${of.version}/`;
  const all = value['definitions'];
  const paths = Object.fromEntries(Object.entries(value['paths']).filter(([path]) => `${path}/`.startsWith(root)));
  const definitions: Node = {};
  const wanted = [...referencesIn(paths), ...Object.keys(all).filter((name) => isKindOf(all[name], of))];
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (Object.hasOwn(definitions, name) || !Object.hasOwn(all, name)) continue;
    definitions[name] = all[name];
    wanted.push(...referencesIn(all[name]));
  }
  return { paths, definitions };
}

/** The document with the part in it. A definition that has the name of another one, and is not the same, gets a name of its own. */
export function withPart(swagger: Node, part: SwaggerPart): Node {
  const own = swagger['definitions'] as Node;
  const names = new Map<string, string>();
  for (const [name, definition] of Object.entries(part.definitions)) {
    let free = name;
    for (let i = 2; Object.hasOwn(own, free) && JSON.stringify(own[free]) !== JSON.stringify(definition); i++)
      free = `${name}_v${i}`;
    names.set(name, free);
  }
  const renamed = (value: unknown): unknown => mapReferences(value, (name) => names.get(name) ?? name);
  return {
    ...swagger,
    paths: { ...(swagger['paths'] as Node), ...(renamed(part.paths) as Node) },
    definitions: {
      ...own,
      ...Object.fromEntries(Object.entries(part.definitions).map(([name, value]) => [names.get(name)!, renamed(value)])),
    },
  };
}

/** The document without a group version: another server's word counts. */
export function withoutPart(swagger: Node, { group, version }: { readonly group: string; readonly version: string }): Node {
  const root = `/apis/${group}/${version}/`;
  const paths = Object.entries(swagger['paths'] as Node).filter(([path]) => !`${path}/`.startsWith(root));
  return { ...swagger, paths: Object.fromEntries(paths) };
}

function isKindOf(definition: unknown, { group, version }: { readonly group: string; readonly version: string }): boolean {
  const kinds = isRecord(definition) ? definition[GVK] : undefined;
  return Array.isArray(kinds) && kinds.some((kind) => isRecord(kind) && kind['group'] === group && kind['version'] === version);
}

function referencesIn(value: unknown): string[] {
  const found: string[] = [];
  mapReferences(value, (name) => {
    found.push(name);
    return name;
  });
  return found;
}

function mapReferences(value: unknown, change: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((each) => mapReferences(each, change));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      key === '$ref' && typeof each === 'string' && each.startsWith(REFERENCE)
        ? REFERENCE + change(each.slice(REFERENCE.length))
        : mapReferences(each, change),
    ]),
  );
}
