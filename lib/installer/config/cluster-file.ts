import { readFile, stat } from 'node:fs/promises';
import { isMap, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { defineErrors, errorText } from '../../common/errors.ts';
import { printable } from '../transport/parse-facts.ts';
import { type Cluster, clusterSchema } from './cluster-schema.ts';
import { nearestName } from './nearest-name.ts';

/** What is looked for in the working folder when nothing is named. */
export const defaultClusterFile = 'cluster.yaml';
/** Bytes; a thousand hosts take less. */
const largest = 1_000_000;
/** Problems that are told at once. */
const mostProblems = 20;

export const clusterErrors = defineErrors({
  CLUSTER_FILE_UNREADABLE: {
    failure: 'usage',
    message: (file: string, why: string) => `${printable(file)} cannot be read: ${why}`,
    hint: () => 'oo-install init writes one to begin with',
  },
  CLUSTER_FILE_INVALID: {
    failure: 'usage',
    message: (problems: readonly string[]) => problems.join('\n'),
    hint: () => 'docs/cluster-file.md lists every key; nothing was done',
  },
  CLUSTER_FILE_EXISTS: {
    failure: 'usage',
    message: (file: string) => `${printable(file)} is there already`,
    hint: () => 'edit it, or name another file: oo-install init other.yaml',
  },
  CLUSTER_FILE_UNWRITABLE: {
    failure: 'usage',
    message: (file: string, why: string) => `${printable(file)} cannot be written: ${why}`,
  },
  CLUSTER_FILE_UNSAFE: {
    failure: 'usage',
    message: (file: string) => `${file} belongs to somebody else, or everybody may write it: it is not taken unasked`,
    hint: (file: string) => `look at it, then name it: -f ${file}`,
  },
});

/** Reads cluster.yaml. @throws OoError CLUSTER_FILE_UNREADABLE, CLUSTER_FILE_INVALID with the line and the path of each problem */
export async function readClusterFile(file: string): Promise<Cluster> {
  const content = await readFile(file, 'utf8').catch((error: unknown) => {
    throw clusterErrors.CLUSTER_FILE_UNREADABLE(file, errorText(error));
  });
  return parseCluster(content, file);
}

/** The file of the working folder, when it is there and nobody else could have written it. @throws OoError CLUSTER_FILE_UNSAFE */
export async function findClusterFile(): Promise<string | undefined> {
  const found = await stat(defaultClusterFile).catch(() => undefined);
  if (found?.isFile() !== true) return undefined;
  const us = process.getuid?.() ?? found.uid;
  if ((found.uid !== us && found.uid !== 0) || (found.mode & 0o002) !== 0)
    throw clusterErrors.CLUSTER_FILE_UNSAFE(defaultClusterFile);
  return defaultClusterFile;
}

export function parseCluster(content: string, file: string): Cluster {
  const invalid = (problems: readonly string[]) => clusterErrors.CLUSTER_FILE_INVALID(problems.slice(0, mostProblems));
  if (content.length > largest) throw invalid([`${printable(file)}: longer than ${largest} characters`]);
  const lines = new LineCounter();
  const at = (offset: number) => `${printable(file)}:${Math.max(1, lines.linePos(offset).line)}`;
  let doc: Document.Parsed;
  let value: unknown;
  try {
    doc = parseDocument(content, { lineCounter: lines, prettyErrors: false });
    const problems = [...doc.errors, ...doc.warnings].map(({ pos, message }) => `${at(pos[0])}: ${printable(message)}`);
    if (problems.length > 0) throw invalid(problems);
    value = doc.toJS({ maxAliasCount: 20 });
  } catch (error) {
    // Too deep for the parser, or too many aliases: neither is a list of hosts.
    if (error instanceof RangeError || error instanceof ReferenceError) throw invalid([`${printable(file)}: ${error.message}`]);
    throw error;
  }
  const parsed = clusterSchema.safeParse(value ?? {});
  if (!parsed.success)
    throw invalid(
      inOrder(
        parsed.error.issues.flatMap((issue) => problemsOf(issue, value, doc)),
        at,
      ),
    );
  const names = parsed.data.hosts.map(({ name }) => name);
  const twice = names.flatMap((name, index) => (names.indexOf(name) < index ? [{ name, index }] : []));
  if (twice.length > 0) {
    const problem = ({ name, index }: { name: string; index: number }): Problem => {
      return { offset: offsetOf(doc, ['hosts', index]), text: `hosts[${index}]: ${name} is named above already` };
    };
    throw invalid(inOrder(twice.map(problem), at));
  }
  return parsed.data;
}

type Path = readonly PropertyKey[];

/** What is wrong, and where in the text. */
interface Problem {
  readonly offset: number;
  readonly text: string;
}

/** As a reader meets them. */
function inOrder(problems: readonly Problem[], at: (offset: number) => string): string[] {
  return problems.toSorted((a, b) => a.offset - b.offset).map(({ offset, text }) => `${at(offset)}: ${text}`);
}

function problemsOf(issue: z.core.$ZodIssue, value: unknown, doc: Document.Parsed): Problem[] {
  const { path } = issue;
  const where = pathText(path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const near = nearestName(key, keysAt(path));
      const text = near === undefined ? `the keys there are ${keysAt(path).join(', ')}` : `did you mean ${near}?`;
      return { offset: offsetOf(doc, path, key), text: `${pathText([...path, key])}: unknown key; ${text}` };
    });
  }
  const found = valueAt(value, path);
  const offset = offsetOf(doc, path);
  const tell = (text: string): Problem[] => [{ offset, text: where === '' ? text : `${where}: ${text}` }];
  if (found === undefined) return tell('missing');
  const shown = Array.isArray(found) ? 'this list' : typeof found === 'object' ? 'this' : JSON.stringify(found);
  const isUnexplained = issue.code === 'invalid_type' && !/^(is|names) /.test(issue.message);
  return tell(`${printable(shown).slice(0, 80)} ${isUnexplained ? 'is no mapping of keys' : issue.message}`);
}

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

/** The keys that the schema knows at a path. */
function keysAt(path: Path): readonly string[] {
  const [first] = path;
  if (first === undefined) return Object.keys(clusterSchema.shape);
  if (first === 'hosts') return Object.keys(clusterSchema.shape.hosts.element.out.shape);
  if (first === 'defaults') return Object.keys(clusterSchema.shape.defaults.unwrap().shape);
  return Object.keys(clusterSchema.shape.settings.unwrap().shape);
}
