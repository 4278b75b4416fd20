import type { IncomingMessage } from 'node:http';
import { isPublicPath } from '../auth/basic-authorizer.ts';
import type { Discovery } from '../discovery/discovery-handler.ts';
import { type HealthCheck, healthAnswer } from './health.ts';
import type { ApiMetrics } from './metrics.ts';
import { negotiate } from './negotiation.ts';
import { notAllowed, notServed } from './refusals.ts';
import type { RequestContext } from './request-context.ts';
import type { ParsedRequest } from './request-question.ts';
import { answerJson } from './answer-format.ts';
import type { Answer } from './response.ts';
import { versionInfo } from './version-info.ts';

const ROOT_PATHS = [
  '/.well-known/openid-configuration',
  '/api',
  '/api/v1',
  '/apis',
  '/healthz',
  '/livez',
  '/metrics',
  '/openapi/v2',
  '/openapi/v3',
  '/openid/v1/jwks',
  '/readyz',
  '/version',
];

/** What is read at paths that are about no object. */
export interface NonResourceSources {
  readonly checks: readonly HealthCheck[];
  /** What is told of the issuer of service-account tokens, by path. */
  readonly issuer: ReadonlyMap<string, Answer>;
  readonly discovery: Discovery;
  readonly metrics: ApiMetrics;
}

/** Health and version, which are told to anybody; undefined for every other path. Throws for what does not read. */
export function publicAnswer(
  { path, query }: ParsedRequest,
  request: IncomingMessage,
  checks: readonly HealthCheck[],
): Answer | undefined {
  if (!isPublicPath(path.path)) return undefined;
  if (!reads(request)) throw notAllowed();
  if (path.path.startsWith('/version')) return jsonDocument(versionInfo);
  return healthAnswer(path.path, query, checks);
}

/** Everything else beside the objects: the list of paths, metrics, the tokens' issuer, discovery. Throws a 404 for what is nowhere. */
export async function nonResourceAnswer(context: RequestContext, sources: NonResourceSources): Promise<Answer> {
  const { request, path, query, watches } = context;
  const { metrics, issuer, discovery } = sources;
  if (!reads(request)) throw path.kind === 'resource' ? notServed() : notAllowed();
  if (path.path === '/metrics') {
    metrics.watchPending.set(watches.pending);
    return { code: 200, contentType: metrics.registry.contentType, body: Buffer.from(await metrics.registry.metrics()) };
  }
  const ofIssuer = issuer.get(path.path);
  if (ofIssuer !== undefined) return ofIssuer;
  if (path.path === '/') return jsonDocument({ paths: ROOT_PATHS });
  const found = await discovery.handle({
    path: path.path,
    accept: request.headers.accept,
    ifNoneMatch: request.headers['if-none-match'],
    pretty: query.has('pretty') && negotiate(undefined, query, undefined, { views: false, protobuf: false }).pretty,
  });
  if (found === undefined) throw notServed();
  return found;
}

const reads = ({ method }: IncomingMessage): boolean => method === 'GET' || method === 'HEAD';

const jsonDocument = (document: object): Answer =>
  answerJson(200, Buffer.from(JSON.stringify(document)), { format: 'json', pretty: true });
