import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable, Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { newBadRequest, newUnsupportedMediaType } from '../api/status-error.ts';

export type Service = 'git-upload-pack' | 'git-receive-pack';

/** In ms. */
const LONGEST_SILENCE = 60_000;

/** The body as git sent it, which may be compressed. What is wrong with it whoever reads it finds out. @throws StatusError for what is no request of git */
export function bodyOf(request: IncomingMessage, service: Service, largest = Infinity): Readable {
  if (request.headers['content-type'] !== `application/x-${service}-request`)
    throw newUnsupportedMediaType(`the content type must be application/x-${service}-request`);
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity' && encoding !== 'gzip')
    throw newUnsupportedMediaType(`content encoding ${JSON.stringify(encoding)} is not gzip`);
  const unpacked = encoding === 'gzip' ? pipeline(request, createGunzip(), ignore) : request;
  const body = largest === Infinity ? unpacked : pipeline(unpacked, limited(largest), ignore);
  // It may break before anybody reads it.
  return body.on('error', ignore);
}

const ignore = (): void => undefined;

function limited(largest: number): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      done(seen > largest ? newBadRequest(`the request is larger than ${largest} bytes`) : null, chunk);
    },
  });
}

/** Ends a connection on which neither side does anything, so that nobody keeps git waiting for good. git itself says something every few seconds. */
export function watchSilence({ socket }: IncomingMessage): Disposable {
  const { timeout = 0 } = socket;
  const end = (): void => void socket.destroy();
  socket.setTimeout(LONGEST_SILENCE, end);
  return {
    [Symbol.dispose]: () => {
      socket.off('timeout', end);
      socket.setTimeout(timeout);
    },
  };
}
