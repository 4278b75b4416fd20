import type { IncomingMessage } from 'node:http';
import { newBadRequest, newRequestEntityTooLarge } from '../../api/status-error.ts';

/** Largest body, as in Kubernetes (DefaultMaxRequestSizeBytes). */
export const MAX_BODY = 3 << 20;

/** The body, whole. Rejects with 413 as soon as it is known to be too large: nothing beyond the limit is kept. */
export function readBody(request: IncomingMessage, limit: number = MAX_BODY): Promise<Buffer> {
  const length = Number(request.headers['content-length'] ?? 0);
  if (length > limit) return Promise.reject(newRequestEntityTooLarge(`limit is ${limit}`));
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    const onData = (part: Buffer): void => {
      size += part.length;
      if (size > limit) {
        parts.length = 0;
        request.off('data', onData);
        reject(newRequestEntityTooLarge(`limit is ${limit}`));
      } else parts.push(part);
    };
    request.on('data', onData);
    request.once('end', () => resolve(parts.length === 1 ? parts[0]! : Buffer.concat(parts)));
    request.once('error', () => reject(newBadRequest('the body of the request could not be read')));
    request.once('close', () => reject(newBadRequest('the connection was closed before the body had been read')));
  });
}
