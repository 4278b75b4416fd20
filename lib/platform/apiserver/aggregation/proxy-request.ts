import type { ClientRequest, IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { pipeline } from 'node:stream';
import { newServiceUnavailable, StatusError } from '../../api/status-error.ts';
import type { RequestContext } from '../http/request-context.ts';

/** Until everything has been said, in ms; watches and streams last as long as their clients like. */
const REQUEST_TIMEOUT = 60_000;
/** What is about the other connection, or what we say ourselves. */
const NOT_OURS = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'trailer',
  'audit-id',
  'set-cookie',
]);

/** Both bodies stream, as fast as the slower side takes them. Resolves when the head of the answer is out; rejects with a StatusError before. */
export function proxyRequest(
  { request, response }: Pick<RequestContext, 'request' | 'response'>,
  open: () => ClientRequest,
  longRunning: boolean,
): Promise<undefined> {
  return new Promise((resolve, reject) => {
    const outgoing = open();
    const late = longRunning
      ? undefined
      : setTimeout(() => outgoing.destroy(new Error('context deadline exceeded')), REQUEST_TIMEOUT);
    outgoing.on('error', (error) => {
      if (response.headersSent) response.destroy();
      reject(unreachable(error));
    });
    outgoing.once('close', () => clearTimeout(late));
    outgoing.once('response', (answer) => {
      try {
        refuseRedirect(answer);
      } catch (error) {
        outgoing.destroy();
        return reject(error as Error);
      }
      response.writeHead(answer.statusCode ?? 502, answerHeaders(answer.headers));
      // Watchers are to see that the stream has begun before its first event.
      response.flushHeaders();
      pipeline(answer, response, (error) => error && outgoing.destroy());
      resolve(undefined);
    });
    if (response.destroyed) outgoing.destroy();
    response.once('close', () => outgoing.destroy());
    // Not pipeline(): where the other side fails, the client's connection is still to carry our answer.
    request.pipe(outgoing);
  });
}

/** A redirect would have the client, or us, ask somebody else in our name. */
export function refuseRedirect({ statusCode = 0, headers }: IncomingMessage): void {
  if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined)
    throw new StatusError({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'the backend attempted to redirect this request, which is not permitted',
      reason: 'InternalError',
      code: 502,
    });
}

/** No answer, in the words of the real server's proxy. */
export const unreachable = (error: Error): StatusError =>
  error instanceof StatusError ? error : newServiceUnavailable(`error trying to reach service: ${error.message}`);

function answerHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const named = new Set((headers.connection ?? '').toLowerCase().split(/\s*,\s*/));
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !NOT_OURS.has(name) && !named.has(name)));
}
