import type { IncomingMessage } from 'node:http';

/** Bytes and ms of a refused body that are read and thrown away before the connection is given up. */
const MOST_DISCARDED = 64 << 20;
const PATIENCE = 10_000;

/**
 * Throws away what is left of a body that was refused, and resolves when it has all come or is given up. To be awaited before the
 * answer: many clients read only when they have written, and a connection that closes before shows them a broken pipe
 * in place of our Status. Resolves with whether the connection can go on.
 */
export function discardBody(request: IncomingMessage): Promise<boolean> {
  if (request.complete || request.destroyed) return Promise.resolve(request.complete);
  return new Promise((resolve) => {
    let discarded = 0;
    const timer = setTimeout(() => resolve(false), PATIENCE);
    const settle = (whole: boolean): void => {
      clearTimeout(timer);
      resolve(whole);
    };
    request.on('data', (part: Buffer) => {
      discarded += part.length;
      if (discarded > MOST_DISCARDED) settle(false);
    });
    request.once('end', () => settle(true));
    request.once('error', () => settle(false));
    request.once('close', () => settle(false));
  });
}
