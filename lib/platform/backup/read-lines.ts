import { createHash } from 'node:crypto';
import { errorText, OoError } from '../../common/errors.ts';
import { checkKey, compareKeys } from '../storage/keys.ts';
import { backupErrors } from './backup-errors.ts';
import { backupVersion, type End, type FileLine, type Head, type KeyLine } from './backup-lines.ts';

/** One thing in a backup. */
export type Entry =
  | { readonly kind: 'head'; readonly head: Head }
  | { readonly kind: 'key'; readonly key: string; readonly value: Buffer }
  | { readonly kind: 'file'; readonly file: string; readonly content: Buffer }
  | { readonly kind: 'end'; readonly end: End['end'] };

/** No value that the API takes makes a longer line. */
const longestLine = 64 << 20;

/**
 * Reads the lines of a backup and holds them to their last one, which is handed out only when everything before it was whole and in
 * order. Throws BACKUP_DAMAGED and BACKUP_NEWER, naming `source`.
 */
export async function* readLines(source: string, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Entry> {
  const hash = createHash('sha256');
  const state: ReadState = { last: undefined, keys: 0, files: 0 };
  let ended = false;
  try {
    for await (const line of splitLines(bytes)) {
      if (ended) throw new Error('there is something behind its end');
      const entry = entryOf(JSON.parse(line.toString('utf8')) as Line, state);
      if (entry.kind === 'end') {
        ended = true;
        const { keys, files, sha256 } = entry.end;
        if (sha256 !== hash.digest('hex')) throw new Error('its checksum differs');
        if (keys !== state.keys || files !== state.files) throw new Error('something is missing');
      } else {
        hash.update(line).update('\n');
        if (entry.kind === 'head' && entry.head.version > backupVersion)
          throw backupErrors.BACKUP_NEWER(source, entry.head.version);
      }
      yield entry;
    }
  } catch (error) {
    if (error instanceof OoError) throw error;
    throw backupErrors.BACKUP_DAMAGED(source, errorText(error), { cause: error });
  }
  if (!ended) throw backupErrors.BACKUP_DAMAGED(source, 'it ends too early');
}

interface ReadState {
  last: string | undefined;
  keys: number;
  files: number;
  begun?: true;
}

type Line = Partial<Head> & Partial<End> & { key?: unknown; text?: unknown; base64?: unknown; file?: unknown };

function entryOf(line: Line, state: ReadState): Entry {
  if (state.begun === undefined) {
    if (line.format !== 'openshift-backup' || !Number.isSafeInteger(line.version) || !Number.isSafeInteger(line.revision))
      throw new Error('it does not begin as one');
    state.begun = true;
    return { kind: 'head', head: line as Head };
  }
  if (line.end !== undefined) return { kind: 'end', end: line.end };
  const value = contentOf(line as KeyLine | FileLine);
  if (typeof line.file === 'string') {
    state.files++;
    return { kind: 'file', file: line.file, content: value };
  }
  if (typeof line.key !== 'string') throw new Error('it holds a line that is neither a key nor a file');
  checkKey(line.key);
  if (state.last !== undefined && compareKeys(line.key, state.last) <= 0) throw new Error('its keys are out of order');
  state.last = line.key;
  state.keys++;
  return { kind: 'key', key: line.key, value };
}

function contentOf(line: { text?: unknown; base64?: unknown }): Buffer {
  if (typeof line.text === 'string') return Buffer.from(line.text);
  if (typeof line.base64 === 'string') return Buffer.from(line.base64, 'base64');
  throw new Error('it holds a line without a value');
}

/** Lines without their ends; what follows the last end is no line. */
async function* splitLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let end = rest.indexOf(0x0a); end !== -1; end = rest.indexOf(0x0a)) {
      parts.push(rest.subarray(0, end));
      yield Buffer.concat(parts);
      parts = [];
      length = 0;
      rest = rest.subarray(end + 1);
    }
    length += rest.length;
    if (length > longestLine) throw new Error(`a line is longer than ${longestLine} bytes`);
    if (rest.length > 0) parts.push(rest);
  }
  if (parts.length > 0) throw new Error('it ends within a line');
}
