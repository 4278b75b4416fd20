import { decodeProtobuf } from '../../api/schema/protobuf.ts';
import { newBadRequest, newUnsupportedMediaType, StatusError } from '../../api/status-error.ts';
import type { ParsedBody } from '../operations/decode-object.ts';
import { MAX_BODY_VALUES, tooManyValues } from '../operations/object-size.ts';
import { Pace } from '../operations/pace.ts';
import { type JsonReport, MAX_DEPTH, scanJson } from './json-scanner.ts';
import type { YamlReader } from './yaml-reader.ts';

export const JSON_TYPE = 'application/json';
export const YAML_TYPE = 'application/yaml';
export const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf';
const BODY_TYPES = [JSON_TYPE, YAML_TYPE, PROTOBUF_TYPE];

/** YAML takes a hundred times as long as JSON to read; clients turn it into JSON themselves. */
const MAX_YAML_BYTES = 512 << 10;

/** The media type of a header, without parameters, lower case. */
export const mediaType = (header: string | undefined): string => (header ?? '').split(';', 1)[0]!.trim().toLowerCase();

/** Reads a body as its Content-Type says; none means JSON. Rejects with 415 or 400 with apimachinery's texts. `kind`: what is hoped for. */
export async function decodeBody(
  bytes: Buffer,
  contentType: string | undefined,
  kind: string,
  yaml: YamlReader,
): Promise<ParsedBody> {
  switch (mediaType(contentType)) {
    case '':
    case JSON_TYPE:
      return parseJson(bytes, kind);
    case YAML_TYPE:
      return parseYaml(bytes, kind, yaml);
    case PROTOBUF_TYPE:
      return { value: decodeProtobuf(bytes), strictErrors: [] };
    default:
      throw newUnsupportedMediaType(
        `the body of the request was in an unknown format - accepted media types include: ${BODY_TYPES.join(', ')}`,
      );
  }
}

/** A body in JSON. Throws 400 for what is none; fields that are there twice are told of. */
export async function parseJson(bytes: Buffer, kind: string): Promise<ParsedBody> {
  const pace = new Pace();
  const text = bytes.toString('utf8');
  const report = scanned(text);
  await pace.pause();
  if (report.error !== undefined) throw unrecognized(kind, `couldn't get version/kind; json parse error: ${report.error}`, bytes);
  return { value: JSON.parse(text), strictErrors: report.duplicates.map((path) => `duplicate field "${path}"`) };
}

/**
 * A configuration for server-side apply. It is called YAML, but most clients send JSON, which is YAML too and much cheaper to read as what
 * it is; only keys that are said twice need the YAML reader's words.
 */
export async function parseApply(bytes: Buffer, yaml: YamlReader): Promise<ParsedBody> {
  const pace = new Pace();
  const text = bytes.toString('utf8');
  if (text.trimStart().startsWith('{')) {
    const { error, duplicates } = scanned(text);
    await pace.pause();
    if (error === undefined && duplicates.length === 0) return { value: JSON.parse(text), strictErrors: [] };
  }
  return parseYaml(bytes, 'Patch', yaml);
}

/** Throws 413 for what holds too much. */
function scanned(text: string): JsonReport {
  const report = scanJson(text, MAX_BODY_VALUES);
  if (report.tooMany) throw tooManyValues();
  return report;
}

/** YAML by way of JSON, in the reader's thread. */
export async function parseYaml(bytes: Buffer, kind: string, yaml: YamlReader): Promise<ParsedBody> {
  if (bytes.length > MAX_YAML_BYTES) throw unrecognized(kind, `yaml: the body is larger than ${MAX_YAML_BYTES} bytes`, bytes);
  const text = bytes.toString('utf8');
  // The parser recurses; indentation and brackets are what makes it go deep.
  if (deepest(text) > MAX_DEPTH) throw unrecognized(kind, 'yaml: exceeded max depth', bytes);
  try {
    const { json, duplicates } = await yaml.read(text);
    const strictErrors =
      duplicates.length === 0 ? [] : [`yaml: unmarshal errors:\n${duplicates.map((line) => `  ${line}`).join('\n')}`];
    return { value: JSON.parse(json) as unknown, strictErrors };
  } catch (error) {
    if (error instanceof StatusError) throw error;
    throw unrecognized(kind, `yaml: ${error instanceof Error ? error.message : String(error)}`, bytes);
  }
}

function deepest(text: string): number {
  let open = 0;
  let most = 0;
  let dashes = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x7b || code === 0x5b) most = Math.max(most, ++open);
    else if ((code === 0x7d || code === 0x5d) && open > 0) open--;
    else if (code === 0x0a) dashes = 0;
    else if ((code === 0x2d || code === 0x3f || code === 0x3a) && text.charCodeAt(i + 1) === 0x20)
      most = Math.max(most, ++dashes);
  }
  return Math.max(most, longestIndent(text));
}

function longestIndent(text: string): number {
  const open: number[] = [];
  let most = 0;
  for (const match of text.matchAll(/^( *)[^ \n]/gm)) {
    const indent = match[1]!.length;
    while (open.length > 0 && open.at(-1)! >= indent) open.pop();
    most = Math.max(most, open.push(indent));
    if (most > MAX_DEPTH) break;
  }
  return most;
}

const SHOWN = 30;

/** apimachinery errors: NewBadRequest("the object provided is unrecognized ..."), with the beginning of what came. */
function unrecognized(kind: string, why: string, bytes: Buffer): Error {
  return newBadRequest(`the object provided is unrecognized (must be of type ${kind}): ${why} (${summary(bytes)})`);
}

function summary(bytes: Buffer): string {
  if (bytes.length === 0) return '<empty>';
  const head = bytes.subarray(0, SHOWN);
  const more = bytes.length > SHOWN ? ' ...' : '';
  return bytes[0] === 0x7b ? head.toString('utf8') + more : head.toString('hex') + more;
}
