import type { IncomingMessage } from 'node:http';

/** Bytes and ms of a refused body that are read and thrown away before the connection is cut. */
const MOST_DISCARDED = 64 << 20;
const PATIENCE = 10_000;

/**
 * Throws away what is left of a body that was refused. A client reads the answer only when it has written its request: closing
 * before that would show it a broken pipe in place of our Status. What goes on for too long is cut off.
 */
export function discardBody(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  let discarded = 0;
  const cut = (): void => void request.socket.destroy();
  const timer = setTimeout(cut, PATIENCE);
  timer.unref();
  request.on('data', (part: Buffer) => {
    discarded += part.length;
    if (discarded > MOST_DISCARDED) cut();
  });
  request.once('close', () => clearTimeout(timer));
  request.on('error', () => undefined);
}
