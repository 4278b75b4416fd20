import type { ClientRequest, IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { newServiceUnavailable, StatusError } from '../../api/status-error.ts';
import { answerHeaders } from '../http/proxy-headers.ts';
import type { RequestContext } from '../http/request-context.ts';

/** Until everything has been said, in ms; watches and streams last as long as their clients like. */
const REQUEST_TIMEOUT = 60_000;

/**
 * Both bodies stream, as fast as the slower side takes them. Resolves when the head of the answer is out; rejects with a StatusError
 * before. A read on a kept connection that turns out to be dead is asked once more.
 */
export async function proxyRequest(
  context: Pick<RequestContext, 'request' | 'response'>,
  open: () => ClientRequest,
  longRunning: boolean,
): Promise<undefined> {
  try {
    return await attempt(context, open(), longRunning);
  } catch (error) {
    if (error instanceof StaleConnection && !context.response.destroyed) return attempt(context, open(), longRunning);
    throw error;
  }
}

/** The other side closed a kept connection just as we took it. */
class StaleConnection extends StatusError {}

function attempt(
  { request, response }: Pick<RequestContext, 'request' | 'response'>,
  outgoing: ClientRequest,
  longRunning: boolean,
): Promise<undefined> {
  return new Promise((resolve, reject) => {
    const late = longRunning
      ? undefined
      : setTimeout(() => outgoing.destroy(new Error('context deadline exceeded')), REQUEST_TIMEOUT);
    const gone = (): void => void outgoing.destroy();
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      if (response.headersSent) response.destroy();
      const reads = request.method === 'GET' || request.method === 'HEAD';
      const stale = reads && outgoing.reusedSocket && error.code === 'ECONNRESET';
      reject(stale ? new StaleConnection(unreachable(error).status) : unreachable(error));
    });
    // Nobody has asked for another protocol.
    outgoing.once('upgrade', (_answer, socket) => void socket.destroy());
    outgoing.once('close', () => {
      clearTimeout(late);
      response.off('close', gone);
      // Some ends come without an error.
      reject(unreachable(new Error('socket hang up')));
    });
    outgoing.once('response', (answer) => {
      try {
        refuseRedirect(answer);
        response.writeHead(statusOf(answer), headersOf(answer.headers));
      } catch (error) {
        outgoing.destroy();
        return reject(unreachable(error as Error));
      }
      // Watchers are to see that the stream has begun before its first event.
      response.flushHeaders();
      answer.on('error', () => response.destroy());
      // Cut off in the middle: the client is to see that it has not got all.
      answer.once('close', () => answer.complete || response.destroy());
      answer.pipe(response);
      resolve(undefined);
    });
    if (response.destroyed) outgoing.destroy();
    response.once('close', gone);
    // Not pipeline(): where the other side fails, the client's connection is still to carry our answer.
    request.pipe(outgoing);
  });
}

/** Servers may say any three digits. Throws an Error for those that no answer can have. */
export function statusOf({ statusCode = 0 }: IncomingMessage): number {
  if (statusCode >= 200 && statusCode <= 599) return statusCode;
  throw new Error(`the server answered with ${statusCode}`);
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

/** A cookie of the other server would be sent to all of us. */
function headersOf(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const { 'set-cookie': _cookie, ...rest } = answerHeaders(headers);
  return rest;
}
