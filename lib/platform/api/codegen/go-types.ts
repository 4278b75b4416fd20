/** A struct, named scalar or named list as it stands in a Go source. */
export interface GoType {
  readonly name: string;
  /** The markers (`+listType=map`) of the comment above. */
  readonly markers: readonly string[];
  /** The underlying type when it is no struct. */
  readonly underlying?: string;
  readonly fields: readonly GoField[];
}

export interface GoField {
  /** Go name; the type's own for an embedded struct. */
  readonly name: string;
  readonly type: string;
  readonly embedded: boolean;
  /** Struct tags by key: json, protobuf, patchStrategy, patchMergeKey. */
  readonly tags: Readonly<Record<string, string>>;
  readonly markers: readonly string[];
}

const TYPE = /^type (\w+) (struct \{(\})?|=? ?[\w.[\]*]+)/;
const FIELD = /^\t(?:(\w+)\s+)?(\*?[\w.[\]*{}]+)\s+`([^`]*)`/;
const MARKER = /^\s*\/\/ ?\+(.+?)\s*$/;
const CONSTANT = /^\s+\w+\s+(\w+)\s+= "([^"]*)"/;

/** Reads the type declarations of gofmt'ed source. Line by line is enough: gofmt allows one way to write each. */
export function parseGoTypes(source: string): GoType[] {
  const types: GoType[] = [];
  let markers: string[] = [];
  let open: { name: string; markers: string[]; fields: GoField[] } | undefined;
  for (const line of source.split('\n')) {
    const marker = MARKER.exec(line);
    if (marker !== null) {
      markers.push(marker[1]!);
    } else if (open === undefined) {
      const declared = TYPE.exec(line);
      if (declared !== null) {
        const [, name, body] = declared as unknown as [string, string, string];
        if (body === 'struct {') open = { name, markers, fields: [] };
        else types.push({ name, markers, fields: [], ...(body === 'struct {}' ? {} : { underlying: body.replace(/^= ?/, '') }) });
        markers = [];
      } else if (!line.startsWith('//') && line !== '') markers = [];
    } else if (line === '}') {
      types.push(open);
      open = undefined;
      markers = [];
    } else {
      const field = FIELD.exec(line);
      if (field !== null) open.fields.push(goField(field as unknown as string[], markers));
      // A blank line does not end a comment's reach here: some markers stand apart from their field.
      if (field !== null || !/^\s*(\/\/.*)?$/.test(line)) markers = [];
    }
  }
  return types;
}

function goField([, name, type, tagText]: readonly string[], markers: readonly string[]): GoField {
  const tags: Record<string, string> = {};
  for (const [, key, value] of tagText!.matchAll(/(\w+):"([^"]*)"/g)) tags[key!] = value!;
  return { name: name ?? type!.replace(/^.*\./, ''), type: type!, embedded: name === undefined, tags, markers };
}

/** String constants by their declared type, in order: `PodPhase` -> Pending, Running, ... */
export function parseGoConstants(source: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const line of source.split('\n')) {
    const constant = CONSTANT.exec(line);
    if (constant === null) continue;
    const [, type, value] = constant as unknown as [string, string, string];
    if (type === 'string') continue;
    const values = found.get(type) ?? [];
    if (!values.includes(value)) values.push(value);
    found.set(type, values);
  }
  return found;
}

/** Package paths by the name they are imported under. */
export function parseGoImports(source: string): Map<string, string> {
  const imports = new Map<string, string>();
  const block = /^import \(\n([\s\S]*?)^\)/m.exec(source)?.[1] ?? '';
  for (const [, alias, path] of block.matchAll(/^\s*(?:(\w+) )?"([^"]+)"/gm))
    imports.set(alias ?? path!.replace(/^.*\//, ''), path!);
  return imports;
}
