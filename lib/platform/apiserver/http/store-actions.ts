import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Backend } from '../../storage/backend.ts';
import { notAllowed } from './refusals.ts';
import type { Answer } from './response.ts';

/** What can be done with the store as a whole, below `/store/`, by those who were given these paths (docs/backup.md). */
export class StoreActions {
  readonly #backend: Backend;
  readonly #backup: () => AsyncIterable<Uint8Array>;

  /** `backup` makes the lines of a backup, from the store as it is on disk. */
  constructor(backend: Backend, backup: () => AsyncIterable<Uint8Array>) {
    this.#backend = backend;
    this.#backup = backup;
  }

  takes(path: string): boolean {
    return path === '/store/backup' || path === '/store/defragment';
  }

  /** Undefined: the response has been answered. */
  async handle(path: string, request: IncomingMessage, response: ServerResponse): Promise<Answer | undefined> {
    if (path === '/store/backup') {
      if (request.method !== 'GET') throw notAllowed();
      await this.#send(response);
      return undefined;
    }
    if (request.method !== 'POST') throw notAllowed();
    const files = await this.#backend.defragment();
    return { code: 200, contentType: 'application/json', body: Buffer.from(JSON.stringify({ files })) };
  }

  async #send(response: ServerResponse): Promise<void> {
    const lines = this.#backup()[Symbol.asyncIterator]();
    // A store that does not answer is told with a Status; once lines have gone out, only the connection's end can tell.
    const first = await lines.next();
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    const all = async function* (): AsyncGenerator<Uint8Array> {
      for (let line = first; line.done !== true; line = await lines.next()) yield line.value;
    };
    await pipeline(Readable.from(all(), { objectMode: false }), response).catch(() => response.destroy());
  }
}
