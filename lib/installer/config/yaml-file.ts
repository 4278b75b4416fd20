import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { isMap, LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import { printable } from '../../common/printable.ts';
import { nearestName } from './nearest-name.ts';

/** Characters; a thousand hosts take less. */
const largest = 1_000_000;
/** Problems that are told at once. */
const mostProblems = 20;

/** Paths in a file are relative to its own folder. Answers absolute ones. */
export function pathsBeside(file: string): (path: string) => string {
  const folder = dirname(resolve(file));
  return (path) => (path.startsWith('~/') ? join(homedir(), path.slice(2)) : resolve(folder, path));
}

type Path = readonly PropertyKey[];

/** What is wrong, and where in the text. */
interface Problem {
  readonly offset: number;
  readonly text: string;
}

/** What a schema cannot see: told like everything else, in place of the value at `path`. */
export interface Objection {
  readonly path: Path;
  readonly text: string;
}

/** A text against its schema: what it says, or all that is wrong with it, each with its line and its path. */
export type YamlResult<T> =
  { readonly data: T; readonly problems: readonly [] } | { readonly data?: undefined; readonly problems: readonly string[] };

/** `file`: what the text is called in what is told. Never throws, whatever the text holds. */
export function parseYaml<T extends z.ZodType>(
  content: string,
  file: string,
  schema: T,
  objections: (data: z.infer<T>) => readonly Objection[] = () => [],
): YamlResult<z.infer<T>> {
  const wrong = (problems: readonly string[]) => ({ problems: problems.slice(0, mostProblems) });
  if (content.length > largest) return wrong([`${printable(file)}: longer than ${largest} characters`]);
  const lines = new LineCounter();
  const at = (offset: number) => `${printable(file)}:${Math.max(1, lines.linePos(offset).line)}`;
  let doc: Document.Parsed;
  let value: unknown;
  let parsed: z.ZodSafeParseResult<z.infer<T>>;
  try {
    doc = parseDocument(content, { lineCounter: lines, prettyErrors: false });
    // What follows on the same line is most often of the same mistake.
    const lineProblems = new Map<string, string>();
    for (const { pos, message } of [...doc.errors, ...doc.warnings]) {
      const line = at(pos[0]);
      if (!lineProblems.has(line)) lineProblems.set(line, `${line}: ${printable(message)}`);
    }
    if (lineProblems.size > 0) return wrong([...lineProblems.values()]);
    value = doc.toJS({ maxAliasCount: 20 });
    parsed = schema.safeParse(value ?? {});
  } catch (error) {
    // Too deep, or too many aliases: neither is a file that somebody wrote for us.
    if (error instanceof RangeError || error instanceof ReferenceError) return wrong([`${printable(file)}: ${error.message}`]);
    throw error;
  }
  const found = parsed.success
    ? objections(parsed.data).map(({ path, text }) => ({ offset: offsetOf(doc, path), text: `${pathText(path)}: ${text}` }))
    : parsed.error.issues.flatMap((issue) => problemsOf(issue, value, doc, schema));
  if (parsed.success && found.length === 0) return { data: parsed.data, problems: [] };
  return wrong(inOrder(found, at));
}

/** Names of the list `list` that stand in it before. */
export function namedTwice(names: readonly string[], list: string): readonly Objection[] {
  const first = new Map<string, number>();
  return names.flatMap((name, index) => {
    if (!first.has(name)) first.set(name, index);
    return first.get(name) === index ? [] : [{ path: [list, index], text: `${name} is named above already` }];
  });
}

/** As a reader meets them. */
function inOrder(problems: readonly Problem[], at: (offset: number) => string): string[] {
  return problems.toSorted((a, b) => a.offset - b.offset).map(({ offset, text }) => `${at(offset)}: ${text}`);
}

function problemsOf(
  issue: z.core.$ZodIssue,
  value: unknown,
  doc: Document.Parsed,
  schema: z.ZodType,
  above: Path = [],
): Problem[] {
  const path = writtenPath(value, [...above, ...issue.path]);
  const where = pathText(path);
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, path);
    return issue.keys.map((key) => {
      const near = nearestName(key, known);
      const text = near === undefined ? `the keys there are ${known.join(', ')}` : `did you mean ${near}?`;
      return { offset: offsetOf(doc, path, key), text: `${pathText([...path, key])}: unknown key; ${text}` };
    });
  }
  if (issue.code === 'invalid_union') {
    // The alternative that was meant is the one whose problems are all further in, or about how much there is of it.
    const meant = issue.errors.find((issues) =>
      issues.every(({ path: inner, code }) => inner.length > 0 || code.startsWith('too_')),
    );
    if (meant !== undefined) return meant.flatMap((inner) => problemsOf(inner, value, doc, schema, path));
  }
  const found = valueAt(value, path);
  const offset = offsetOf(doc, path);
  const tell = (text: string): Problem[] => [{ offset, text: where === '' ? text : `${where}: ${text}` }];
  if (found === undefined) return tell('missing');
  if (issue.code === 'custom' && issue.params?.['whole'] === true) return tell(printable(issue.message));
  const shown = Array.isArray(found) ? 'this list' : typeof found === 'object' ? 'this' : JSON.stringify(found);
  const isUnexplained = issue.code === 'invalid_type' && !/^(is|names) /.test(issue.message);
  return tell(`${printable(shown).slice(0, 80)} ${isUnexplained ? 'is no mapping of keys' : issue.message}`);
}

/** Where a scalar stands for a mapping with one key, the scalar is what was written. */
function writtenPath(value: unknown, path: Path): Path {
  const length = path.findIndex((_, index) => isScalar(valueAt(value, path.slice(0, index))));
  return length < 0 ? path : path.slice(0, length);
}

const isScalar = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value);

/** `hosts[1].port` */
function pathText(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? printable(String(key)) : `${text}.${printable(String(key))}`;
  }, '');
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | null | undefined)?.[key], value);
}

/** Where a value stands, or the innermost one around it that is there; `key`: where this key of it stands. */
function offsetOf(doc: Document.Parsed, path: Path, key?: string): number {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? doc.contents : doc.getIn(path.slice(0, length), true);
    const pair = key !== undefined && isMap(node) ? node.items.find((item) => String(item.key) === key) : undefined;
    const range = ((pair?.key ?? node) as { range?: readonly number[] } | null | undefined)?.range;
    if (range !== undefined && range !== null) return range[0]!;
  }
  return 0;
}

/** The keys that a schema knows at a path. */
function keysAt(schema: z.ZodType, path: Path): readonly string[] {
  const inner = path.reduce<readonly z.ZodType[]>(
    (schemas, key) =>
      schemas.flatMap(alternatives).flatMap((at) => {
        if (at instanceof z.ZodArray) return [at.element as z.ZodType];
        const next = at instanceof z.ZodObject ? (at.shape[String(key)] as z.ZodType | undefined) : undefined;
        return next === undefined ? [] : [next];
      }),
    [schema],
  );
  return inner.flatMap(alternatives).flatMap((at) => (at instanceof z.ZodObject ? Object.keys(at.shape) : []));
}

function alternatives(schema: z.ZodType): readonly z.ZodType[] {
  const bare = bareSchema(schema);
  return bare instanceof z.ZodUnion ? (bare.options as z.ZodType[]).flatMap(alternatives) : [bare];
}

/** Without what says that it may be absent, or how it is prepared. */
export function bareSchema(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional) return bareSchema(schema.unwrap() as z.ZodType);
  return schema instanceof z.ZodPipe ? bareSchema(schema.out as z.ZodType) : schema;
}
