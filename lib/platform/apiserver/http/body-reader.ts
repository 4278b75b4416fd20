import type { IncomingMessage, ServerResponse } from 'node:http';
import { newBadRequest, newRequestEntityTooLarge, newTooManyRequests } from '../../api/status-error.ts';

/** Largest body, as in Kubernetes (DefaultMaxRequestSizeBytes). */
export const MAX_BODY = 3 << 20;
/** Bytes of all bodies that are held at one time: many allowed requests must not add up to all of the memory. */
const MAX_HELD = 128 << 20;

/** Reads bodies whole, each and all together within limits. */
export class BodyReader {
  readonly #limit: number;
  readonly #maxHeld: number;
  readonly #reading = new WeakMap<IncomingMessage, Promise<Buffer>>();
  #held = 0;

  constructor(limit: number = MAX_BODY, maxHeld: number = MAX_HELD) {
    this.#limit = limit;
    this.#maxHeld = maxHeld;
  }

  /**
   * The body. Rejects with 413 as soon as it is known to be too large, and with 429 when others fill the memory: nothing
   * beyond the limits is kept. What is held counts until the answer is done. Asked again, it is the same body. `limit` in bytes.
   */
  read(request: IncomingMessage, response: ServerResponse, limit = this.#limit): Promise<Buffer> {
    let reading = this.#reading.get(request);
    if (reading === undefined) this.#reading.set(request, (reading = this.#read(request, response, limit)));
    return reading;
  }

  #read(request: IncomingMessage, response: ServerResponse, limit: number): Promise<Buffer> {
    if (Number(request.headers['content-length'] ?? 0) > limit) return Promise.reject(tooLarge(limit));
    let size = 0;
    response.once('close', () => (this.#held -= size));
    return new Promise((resolve, reject) => {
      const parts: Buffer[] = [];
      const stop = (error: Error): void => {
        parts.length = 0;
        request.off('data', onData);
        reject(error);
      };
      const onData = (part: Buffer): void => {
        if (size + part.length > limit) return stop(tooLarge(limit));
        if (this.#held + part.length > this.#maxHeld)
          return stop(newTooManyRequests('too many large requests at one time, please try again later', 1));
        size += part.length;
        this.#held += part.length;
        parts.push(part);
      };
      request.on('data', onData);
      request.once('end', () => resolve(parts.length === 1 ? parts[0]! : Buffer.concat(parts)));
      request.once('error', () => reject(newBadRequest('the body of the request could not be read')));
      request.once('close', () => reject(newBadRequest('the connection was closed before the body had been read')));
    });
  }
}

const tooLarge = (limit: number): Error => newRequestEntityTooLarge(`limit is ${limit}`);
