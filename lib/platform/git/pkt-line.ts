/**
 * git's framing (gitprotocol-common): four hexadecimal digits that count themselves, then the payload. `0000` is a flush.
 */
export const FLUSH = Buffer.from('0000');
/** Largest payload of one line. */
const LARGEST = 65_516;

/** A line with its length in front (gitprotocol-common). */
export function pktLine(payload: string | Buffer): Buffer {
  const bytes = Buffer.from(payload as string);
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes]);
}

/** Lines for people, which git prints as `remote: ...` (gitprotocol-capabilities, side-band-64k: band 2). */
export function progress(text: string): Buffer {
  const bytes = Buffer.from(text);
  const lines: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += LARGEST - 1)
    lines.push(pktLine(Buffer.concat([Buffer.of(2), bytes.subarray(at, at + LARGEST - 1)])));
  return Buffer.concat(lines);
}

/** The last words to a client, which gives up with them (band 3). */
export const failure = (text: string): Buffer => pktLine(Buffer.concat([Buffer.of(3), Buffer.from(`${text}\n`)]));

/** The last words in place of refs (gitprotocol-pack, "Packfile Transfer", error-line): `fatal: remote error: ...` at the client. */
export const refusal = (text: string): Buffer => pktLine(`ERR ${text}\n`);

/** Cuts a stream of bytes into lines. `undefined` is a flush (or a delimiter of version 2). */
export class PktReader {
  #rest: Buffer = Buffer.alloc(0);

  /** The lines that are whole now. @throws Error when this is not git's framing */
  *push(chunk: Buffer): Generator<Buffer | undefined> {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= 4) {
      const digits = this.#rest.toString('latin1', 0, 4);
      if (!/^[0-9a-f]{4}$/i.test(digits)) throw new Error(`not a length of git's protocol: ${JSON.stringify(digits)}`);
      const length = parseInt(digits, 16);
      if (length < 4) {
        this.#rest = this.#rest.subarray(4);
        yield undefined;
        continue;
      }
      if (this.#rest.length < length) return;
      const payload = this.#rest.subarray(4, length);
      this.#rest = this.#rest.subarray(length);
      yield payload;
    }
  }

  /** What has come of a line that is not whole, or of something else that follows. */
  get rest(): Buffer {
    return this.#rest;
  }
}
