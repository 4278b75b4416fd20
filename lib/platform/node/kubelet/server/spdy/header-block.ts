import { constants, inflateRawSync } from 'node:zlib';

/**
 * SPDY/3 name/value blocks (draft-mbelshe-httpbis-spdy-00, 2.6.10): a count, then length-prefixed names and values, deflated as
 * ONE zlib stream per direction of a connection, with a preset dictionary, flushed to a byte boundary after every block.
 */
export type SpdyHeaders = ReadonlyMap<string, string>;

/**
 * Longest block accepted, inflated: a few short header lines are all that the remote command protocols send. A stream keeps its
 * headers, and a few bytes on the wire inflate to a block of this length.
 */
const MAX_BLOCK_BYTES = 4 * 1024;
/** Deflate never refers further back than this. */
const WINDOW_BYTES = 32 * 1024;

const DICTIONARY_WORDS =
  'options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow ' +
  'authorization cache-control connection content-base content-encoding content-language content-length content-location ' +
  'content-md5 content-range content-type date etag expect expires from host if-match if-modified-since if-none-match if-range ' +
  'if-unmodified-since last-modified location max-forwards pragma proxy-authenticate proxy-authorization range referer ' +
  'retry-after server te trailer transfer-encoding upgrade user-agent vary via warning www-authenticate method get status ' +
  '200_OK version HTTP/1.1 url public set-cookie keep-alive origin';
const DICTIONARY_TAIL =
  '100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 Non-Authoritative ' +
  'Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found500 Internal Server ' +
  'Error501 Not Implemented503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, ' +
  'Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,' +
  'text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.';

/** The preset dictionary of SPDY/3 (2.6.10.1), whose Adler-32 is e3c6a7c2. */
export const spdyDictionary: Buffer = Buffer.concat([
  ...DICTIONARY_WORDS.split(' ').map((word) => lengthPrefixed(word.replace('_', ' '))),
  Buffer.from(DICTIONARY_TAIL, 'latin1'),
]);

function lengthPrefixed(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  const out = Buffer.alloc(4 + bytes.length);
  out.writeUInt32BE(bytes.length, 0);
  bytes.copy(out, 4);
  return out;
}

/** Reads the blocks of one direction, in order. Throws on a block that is too long, truncated or not deflate: the connection is lost then. */
export class HeaderReader {
  #history: Buffer = spdyDictionary;
  #started = false;

  read(block: Buffer): SpdyHeaders {
    const deflated = this.#started ? block : block.subarray(zlibHeaderLength(block));
    this.#started = true;
    // Every block ends on a byte boundary, so it inflates on its own once what came before is its dictionary.
    const plain = inflateRawSync(deflated, {
      dictionary: this.#history,
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: MAX_BLOCK_BYTES,
    });
    this.#history = Buffer.concat([this.#history, plain]).subarray(-WINDOW_BYTES);
    return parseBlock(plain);
  }
}

function zlibHeaderLength(block: Buffer): number {
  if (block.length < 2 || (block[0]! & 0x0f) !== 8 || block.readUInt16BE(0) % 31 !== 0)
    throw new Error('header block is not zlib');
  return (block[1]! & 0x20) === 0 ? 2 : 6;
}

function parseBlock(plain: Buffer): SpdyHeaders {
  let at = 0;
  const number = (): number => {
    const value = plain.readUInt32BE(at);
    at += 4;
    return value;
  };
  const text = (): string => {
    const length = number();
    if (length > plain.length - at) throw new Error('header block is truncated');
    at += length;
    return plain.toString('utf8', at - length, at);
  };
  const headers = new Map<string, string>();
  for (let left = number(); left > 0; left--) {
    const name = text().toLowerCase();
    // Several values of a name are joined by NUL; no header of ours has more than one.
    headers.set(name, text().split('\0')[0]!);
  }
  return headers;
}

/** The empty stored block that a flush ends in. Go's inflater fails for good when a block's bytes run out without it. */
const FLUSH = Buffer.from([0, 0, 0, 0xff, 0xff]);

/** Writes the blocks of one direction: stored, not compressed, since a server only ever sends empty ones. */
export class HeaderWriter {
  #started = false;

  write(headers: SpdyHeaders): Buffer {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(headers.size, 0);
    const parts: Buffer[] = [count];
    for (const [name, value] of headers) parts.push(lengthPrefixed(name.toLowerCase()), lengthPrefixed(value));
    const plain = Buffer.concat(parts);
    if (plain.length > 0xffff) throw new Error('header block is too long');
    const stored = Buffer.alloc(5);
    stored.writeUInt16LE(plain.length, 1);
    stored.writeUInt16LE(~plain.length & 0xffff, 3);
    const zlibHeader = this.#started ? Buffer.alloc(0) : Buffer.from([0x78, 0x01]);
    this.#started = true;
    return Buffer.concat([zlibHeader, stored, plain, FLUSH]);
  }
}
