import type { ServerResponse } from 'node:http';

/** Smaller answers are not counted: what is in flight bounds them. */
const SMALL = 64 << 10;
/** Bytes of all answers that wait for their clients to read them. */
const MOST_HELD = 256 << 20;
/** Bytes that are given to a connection at a time. Above, memory would be taken once more for what is encrypted. */
const PIECE = 1 << 20;
/** A client that takes nothing of its answer is left after so many ms. */
const STALL_TIMEOUT = 60_000;

export interface UnsentLimits {
  readonly mostHeld: number;
  readonly stallTimeout: number;
}

/**
 * Large answers on their way to clients that may be slow, or do not read at all: how much of the memory they may fill together,
 * and for how long.
 */
export class UnsentAnswers {
  readonly #limits: UnsentLimits;
  #held = 0;

  constructor(limits: Partial<UnsentLimits> = {}) {
    this.#limits = { mostHeld: MOST_HELD, stallTimeout: STALL_TIMEOUT, ...limits };
  }

  /** Counts the answer until the connection is through with it. False: too much waits already. */
  hold(response: ServerResponse, bytes: number): boolean {
    if (bytes < SMALL) return true;
    if (this.#held > 0 && this.#held + bytes > this.#limits.mostHeld) return false;
    this.#held += bytes;
    response.once('close', () => (this.#held -= bytes));
    return true;
  }

  /** Ends the response with this body, as fast as it is read. */
  end(response: ServerResponse, body: Buffer): void {
    if (body.length < SMALL) return void response.end(body);
    let offset = 0;
    let stall: NodeJS.Timeout | undefined;
    const pump = (): void => {
      clearTimeout(stall);
      for (let more = true; more && offset < body.length; offset += PIECE)
        more = response.write(body.subarray(offset, offset + PIECE));
      if (offset >= body.length) response.off('drain', pump).end();
      if (!response.writableFinished) stall = setTimeout(() => response.destroy(), this.#limits.stallTimeout).unref();
    };
    response.on('drain', pump);
    response.once('close', () => clearTimeout(stall));
    pump();
  }
}
