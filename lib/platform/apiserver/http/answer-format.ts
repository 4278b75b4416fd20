import { stringify } from 'yaml';
import type { KubeObject } from '../../api/meta.ts';
import { encodeProtobuf } from '../../api/schema/protobuf.ts';
import { type Output, PROTOBUF } from './negotiation.ts';
import type { Answer } from './response.ts';

/** Longer JSON is no faster to read as YAML, but seconds slower to write: it stays as it is, which is YAML too (1.2, flow style). */
const LONGEST_BLOCK = 64 << 10;

/** Turns the JSON of one object into what the client asked for. */
export function answerJson(code: number, bytes: Buffer, { format, pretty }: Pick<Output, 'format' | 'pretty'>): Answer {
  if (format === 'yaml') return { code, contentType: 'application/yaml', body: Buffer.from(yamlOf(bytes)) };
  const body = format === 'protobuf' ? encodeProtobuf(parsed(bytes) as KubeObject) : undefined;
  // Some answers (a part of an object, a log's place) are of no kind.
  if (body !== undefined) return { code, contentType: PROTOBUF, body: Buffer.from(body.buffer, body.byteOffset, body.length) };
  return { code, contentType: 'application/json', body: pretty ? Buffer.from(`${indented(bytes)}\n`) : bytes };
}

/** An answer's body as an object. */
export const parsed = (bytes: Buffer): object => JSON.parse(bytes.toString('utf8')) as object;

/** As people read it. */
export const indented = (bytes: Buffer): string => JSON.stringify(parsed(bytes), undefined, 2);

/** A document; one that begins with what `under` says, `- `, is an item of a sequence. */
export function yamlOf(bytes: Buffer, under: '' | '- ' = ''): string {
  if (bytes.length > LONGEST_BLOCK) return `${under}${bytes.toString('utf8')}\n`;
  const value = parsed(bytes);
  return stringify(under === '' ? value : [value], { aliasDuplicateObjects: false, lineWidth: 0 });
}
