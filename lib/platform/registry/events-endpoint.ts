import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorText } from '../../common/errors.ts';
import type { Log } from '../../common/log.ts';
import { INDEX_TYPES, MANIFEST_TYPES } from '../api/image/image-metadata.ts';
import { isNotFound, newBadRequest, newRequestEntityTooLarge, newUnauthorized, StatusError } from '../api/status-error.ts';
import type { Client } from '../client/client.ts';
import { credentialsOf } from './credentials.ts';
import { AnswerTooLong, RegistryAnswer } from './registry-connection.ts';
import { EVENTS_KEY, REGISTRY_NAMESPACE, SHARED_SECRET } from './registry-settings.ts';
import type { Pushed } from './take-in.ts';

/** A registry sends a few events at once, each some hundred bytes. */
const LARGEST_BODY = 1 << 20;
const TYPES: readonly string[] = [...MANIFEST_TYPES, ...INDEX_TYPES];

export interface EventsEndpointOptions {
  readonly client: Client;
  readonly log: Log;
  /** Tells the API; see takeIn. */
  takeIn(pushed: Pushed): Promise<boolean>;
}

/** An event as the registry sends it (Distribution: docs/notifications.md). */
interface RegistryEvent {
  readonly action?: string;
  readonly target?: {
    readonly mediaType?: string;
    readonly digest?: string;
    readonly repository?: string;
    readonly tag?: string;
  };
}

/**
 * POST /registry/events: the registry tells what was pushed. Answered when it is in the API; what is not answered well the registry sends
 * again, in order, so that a push that can never be told of must not keep the others.
 */
export async function answerEvents(
  { client, log, takeIn }: EventsEndpointOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'POST' || !(await isRegistry(client, request))) {
    request.resume();
    throw newUnauthorized();
  }
  for (const { action, target = {} } of await readEvents(request)) {
    const { mediaType = '', digest = '', repository = '', tag = '' } = target;
    if (action !== 'push' || tag === '' || !TYPES.includes(mediaType)) continue;
    try {
      const told = await takeIn({ repository, tag, digest });
      if (!told) log.warn({ repository, tag, digest }, 'a push is outside of every project');
    } catch (error) {
      if (!isFinal(error)) throw error;
      log.warn({ repository, tag, digest, error: errorText(error) }, 'a push cannot be told of');
    }
  }
  response.writeHead(200, { 'content-length': 0 }).end();
}

/**
 * The project or the image is gone, or nothing of it may be written, or it is such that we stumble over it: sending it again changes nothing. Who
 * pushes chooses what is read here, and everybody's pushes wait for his.
 */
export const isFinal = (error: unknown): boolean =>
  (error instanceof RegistryAnswer && error.code === 404) ||
  error instanceof AnswerTooLong ||
  error instanceof RangeError ||
  error instanceof TypeError ||
  error instanceof SyntaxError ||
  isNotFound(error) ||
  (error instanceof StatusError && error.code >= 400 && error.code < 500 && error.code !== 409 && error.code !== 429);

async function isRegistry(client: Client, request: IncomingMessage): Promise<boolean> {
  const shown = credentialsOf(request.headers.authorization)?.token ?? '';
  let expected = '';
  try {
    const secret = await client.get({
      group: '',
      version: 'v1',
      resource: 'secrets',
      namespace: REGISTRY_NAMESPACE,
      name: SHARED_SECRET,
    });
    expected = Buffer.from((secret['data'] as Record<string, string>)[EVENTS_KEY] ?? '', 'base64').toString();
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(shown), hash(expected)) && expected !== '';
}

async function readEvents(request: IncomingMessage): Promise<RegistryEvent[]> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > LARGEST_BODY) throw newRequestEntityTooLarge(`limit is ${LARGEST_BODY}`);
    parts.push(part);
  }
  try {
    const { events } = JSON.parse(Buffer.concat(parts).toString('utf8')) as { events?: unknown };
    return Array.isArray(events) ? (events as RegistryEvent[]) : [];
  } catch {
    throw newBadRequest('the body is no JSON');
  }
}
