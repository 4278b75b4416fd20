import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { errorText } from '../../../common/errors.ts';
import type { StreamRequest, StreamSubresource } from '../../api/subresources/stream-subresource.ts';
import type { ResourceDefinition } from '../../api/define-resource.ts';
import type { KubeObject } from '../../api/meta.ts';
import { isNotFound, newBadRequest } from '../../api/status-error.ts';
import { currentObject } from '../operations/guaranteed-update.ts';
import { type Operation, strategyContext } from '../operations/operation.ts';
import { type Handled, json, notSupported, outputOf } from './object-requests.ts';
import { operationOf, type RequestContext, refOf } from './request-context.ts';
import type { ResourceTarget } from './request-path.ts';
import { isStream, verbOf } from './request-question.ts';
import { answerJson } from './answer-format.ts';

/** Answers with what a kind makes of the bytes of a request itself. */
export async function answerByItself(
  context: RequestContext,
  target: ResourceTarget,
  definition: ResourceDefinition,
  subresource: StreamSubresource,
): Handled {
  const { server, request, response, query, path } = context;
  const verb = verbOf(request, target, query);
  if (!subresource.verbs.some((each) => each === verb)) throw notSupported(definition, request.method ?? '');
  const gone = new AbortController();
  response.once('close', () => gone.abort(new Error('the client is gone')));
  const operation = operationOf(context, definition, refOf(target));
  const parent = await parentOf(context, operation, subresource);
  const body = Readable.from(isStream({ path, query }) ? unread(request) : [await context.bodies.read(request, response)]);
  const asked: StreamRequest = {
    parent,
    namespace: target.namespace ?? '',
    name: target.name!,
    rest: target.rest ?? [],
    query,
    header: (name) => String(request.headers[name] ?? ''),
    body,
    signal: gone.signal,
  };
  const scope = server.ledger.begin({ key: '', uid: '' }, true);
  const { pods, clock } = server;
  // Whoever has stopped reading gives the rest of the body back, to be thrown away.
  const answer = await subresource
    .answer(asked, { ...strategyContext(server, operation, scope), pods, clock })
    .finally(() => body.destroy());
  if ('object' in answer) return answerJson(answer.code, json(answer.object), outputOf(context, definition, false));
  response.writeHead(answer.code, { 'content-type': 'text/plain' });
  // Followers are to see that the stream has begun before its first line.
  response.flushHeaders();
  pipeline(answer.body, response).catch((error: unknown) => {
    server.log.debug({ error: errorText(error) }, 'a stream was cut');
    response.destroy();
  });
  return undefined;
}

async function parentOf(
  { server }: RequestContext,
  operation: Operation,
  { absent }: StreamSubresource,
): Promise<KubeObject | undefined> {
  if (operation.ref.name === undefined) throw newBadRequest('a name is needed in the path');
  await server.cache.fresh();
  try {
    return (await currentObject(server, operation)).object;
  } catch (error) {
    if (absent === true && isNotFound(error)) return undefined;
    throw error;
  }
}

/** The body as it comes. Who stops reading does not cut the connection: there is still an answer to be given. */
async function* unread(request: IncomingMessage): AsyncGenerator<Buffer> {
  const chunks = request.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Buffer>;
  for await (const chunk of chunks) yield chunk;
  if (!request.complete) throw newBadRequest('the connection was closed before the body had been read');
}
