import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { newForbidden, newUnauthorized, type StatusError } from '../../api/status-error.ts';
import type { UserInfo } from '../../api/verbs.ts';
import type { Aggregator } from '../aggregation/aggregator.ts';
import type { Auditor, AuditRecord } from '../audit/auditor.ts';
import { ANONYMOUS, authenticate, type Authenticators } from '../auth/authenticator.ts';
import { type AuthorizationQuery, forbidden, isResourceQuery } from '../auth/authorizer.ts';
import { isPublicPath } from '../auth/basic-authorizer.ts';
import { impersonated } from '../auth/impersonation.ts';
import type { Discovery } from '../discovery/discovery-handler.ts';
import type { FlowControl } from '../flowcontrol/flow-control.ts';
import { judgedLater, subresourceOf } from '../kinds/resource-table.ts';
import type { ServerContext } from '../server-context.ts';
import { BodyReader } from './body-reader.ts';
import { discardBody } from './discard-body.ts';
import { errorAnswer, toStatusError } from './error-answer.ts';
import { type HealthCheck, healthAnswer } from './health.ts';
import type { ApiMetrics } from './metrics.ts';
import { type Mount, mountOf, type WhoAsks } from './mount.ts';
import { negotiate } from './negotiation.ts';
import type { NodeConnector } from './node-connector.ts';
import { refuseUpgrade } from './node-proxy.ts';
import { notAllowed, notServed } from './refusals.ts';
import type { RequestContext } from './request-context.ts';
import { countRequest } from './request-metrics.ts';
import { isLongRunning, isStream, type ParsedRequest, parseRequest, questionOf } from './request-question.ts';
import { RequestTurns } from './request-turns.ts';
import { handleResource } from './resource-handler.ts';
import { type Answer, answerJson, send } from './response.ts';
import { shownPath } from './shown-path.ts';
import type { StoreActions } from './store-actions.ts';
import { answerStreamed, isStreamed, upgradeStreamed } from './streamed-subresource.ts';
import { UnsentAnswers } from './unsent-answers.ts';
import { versionInfo } from './version-info.ts';
import { type WatchLimits, WatchSlots } from './watch-slots.ts';
import { YamlReader } from './yaml-reader.ts';

export interface RequestHandlerOptions {
  readonly server: ServerContext;
  readonly authenticators: Authenticators;
  /** What is told of the issuer of service-account tokens, by path. */
  readonly issuer: ReadonlyMap<string, Answer>;
  readonly discovery: Discovery;
  readonly connector: NodeConnector;
  /** What other servers serve. */
  readonly aggregator: Aggregator;
  readonly metrics: ApiMetrics;
  /** What is done with the store as a whole. @default nothing is */
  readonly storeActions?: StoreActions | undefined;
  /** Who is answered next. */
  readonly flow: FlowControl;
  readonly checks: readonly HealthCheck[];
  /** Writes down who asked for what. @default nobody does */
  readonly auditor?: Auditor | undefined;
  /** @default those of WatchSlots */
  readonly watchLimits?: Partial<WatchLimits> | undefined;
  /** Parts that answer by themselves. @default none */
  readonly mounts?: ((whoAsks: WhoAsks) => readonly Mount[]) | undefined;
}

/** From a request to its answer: authentication, authorization, limits, dispatch, errors, log, figures. */
export class RequestHandler {
  readonly #options: RequestHandlerOptions;
  readonly #bodies = new BodyReader();
  readonly #yaml = new YamlReader();
  readonly #watches: WatchSlots;
  readonly #turns: RequestTurns;
  readonly #unsent = new UnsentAnswers();
  readonly #mounts: readonly Mount[];
  /** What is known of the requests that mounts answer: they find out themselves who asks. */
  readonly #mounted = new WeakMap<IncomingMessage, AuditRecord>();

  constructor(options: RequestHandlerOptions) {
    this.#options = options;
    this.#mounts = options.mounts?.((request) => this.#whoAsks(request)) ?? [];
    this.#watches = new WatchSlots(options.watchLimits);
    this.#turns = new RequestTurns(options.flow, options.metrics, (stream) => this.#countOpen(stream));
  }

  /** Answers the request, whatever it is. Never rejects. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { server, metrics, auditor } = this.#options;
    const started = performance.now();
    const auditID = randomUUID();
    const warnings: string[] = [];
    let parsed: ParsedRequest | undefined;
    let answer: Answer | undefined;
    let audit: AuditRecord | undefined;
    response.setHeader('audit-id', auditID);
    response.setHeader('cache-control', 'no-cache, private');
    response.on('error', () => undefined);
    try {
      parsed = parseRequest(request);
      audit = auditor?.begin(request, parsed, auditID);
      answer = await this.#limited(request, response, parsed, warnings, audit);
    } catch (error) {
      const path = parsed && shownPath(server.table, parsed.path);
      answer = errorAnswer(toStatusError(error, server.log, { auditID, method: request.method, path }));
    }
    if (answer === undefined) followStream(response, response, audit);
    else {
      audit?.completed(answer.code, answer);
      if (warnings.length > 0 && !response.headersSent) response.setHeader('warning', warnings.slice(0, 50).map(warningText));
      const sent = request.method === 'HEAD' ? { ...answer, body: Buffer.alloc(0) } : answer;
      if (!(await discardBody(request))) response.setHeader('connection', 'close');
      await send(response, sent, request.headers['accept-encoding'], this.#unsent).catch(() => response.destroy());
    }
    const ms = answer === undefined ? undefined : performance.now() - started;
    countRequest(metrics, server.table, { request, parsed, code: answer?.code ?? response.statusCode, ms });
    server.log.debug(
      {
        auditID,
        method: request.method,
        path: parsed && shownPath(server.table, parsed.path),
        code: answer?.code ?? response.statusCode,
      },
      'request',
    );
  }

  /** A request for another protocol on its connection: exec, attach, port-forward. Never rejects. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { server, connector, aggregator, auditor } = this.#options;
    socket.on('error', () => socket.destroy());
    let audit: AuditRecord | undefined;
    try {
      const parsed = parseRequest(request);
      audit = auditor?.begin(request, parsed, randomUUID());
      const { user } = await this.#authorized(request, parsed, audit);
      const { path } = parsed;
      const remote = aggregator.remoteOf(path);
      if (remote !== undefined) {
        if (socket.destroyed) return;
        this.#countOpen(socket);
        followStream(socket, { statusCode: SWITCHING }, audit);
        return await aggregator.upgrade(remote, { request, socket, head, user });
      }
      const definition = path.kind === 'resource' ? server.table.find(path.target) : undefined;
      if (path.kind !== 'resource' || definition === undefined) throw notServed();
      const subresource = subresourceOf(definition, path.target.subresource ?? '');
      if (!isStreamed(subresource)) throw notServed();
      // The operation needs no response: the node's bytes are the answer.
      const context = { server, request, path, query: parsed.query, user, warnings: [], audit } as unknown as RequestContext;
      const connect = await upgradeStreamed(context, { target: path.target, definition, subresource }, connector);
      // The client may go while the node is still being asked.
      if (socket.destroyed) return;
      this.#countOpen(socket);
      followStream(socket, { statusCode: SWITCHING }, audit);
      await connect(socket, head);
    } catch (error) {
      const refusal = toStatusError(error, server.log, { method: request.method });
      audit?.completed(refusal.code, errorAnswer(refusal));
      refuseUpgrade(socket, refusal);
    }
  }

  /** Counts a watch or a stream as long as its connection is open. */
  #countOpen(stream: Duplex | ServerResponse): void {
    const { longRunning } = this.#options.metrics;
    // Its 'close' has been.
    if (stream.destroyed) return;
    longRunning.inc();
    stream.once('close', () => longRunning.dec());
  }

  /** Whether an Upgrade header of this request means anything to us. */
  upgrades(request: IncomingMessage): boolean {
    try {
      const { path } = parseRequest(request);
      if (this.#options.aggregator.remoteOf(path) !== undefined) return true;
      if (path.kind !== 'resource' || path.target.subresource === undefined) return false;
      const definition = this.#options.server.table.find(path.target);
      return definition !== undefined && isStreamed(subresourceOf(definition, path.target.subresource));
    } catch {
      return false;
    }
  }

  /** Whether its body may be large, and take its time. */
  uploads(request: IncomingMessage): boolean {
    try {
      return request.method === 'POST' && isStream(parseRequest(request));
    } catch {
      return false;
    }
  }

  async #limited(
    request: IncomingMessage,
    response: ServerResponse,
    parsed: ParsedRequest,
    warnings: string[],
    audit: AuditRecord | undefined,
  ): Promise<Answer | undefined> {
    const { path, query } = parsed;
    if (isPublicPath(path.path)) return this.#public(request, parsed);
    const mount = mountOf(this.#mounts, path.path);
    if (mount !== undefined) {
      if (audit !== undefined) this.#mounted.set(request, audit);
      await mount.handle(request, response);
      return undefined;
    }
    const question = await this.#authorized(request, parsed, audit);
    const { storeActions } = this.#options;
    if (storeActions?.takes(path.path) === true) return await storeActions.handle(path.path, request, response);
    const context: RequestContext = {
      server: this.#options.server,
      request,
      response,
      path,
      query,
      user: question.user,
      bodies: this.#bodies,
      yaml: this.#yaml,
      watches: this.#watches,
      warnings,
      audit,
    };
    const longRunning = isLongRunning(request, parsed);
    const remote = this.#options.aggregator.remoteOf(path);
    // Another server's slowness must not use up what is for our own answers: it has a limit of its own.
    if (remote !== undefined) {
      if (longRunning) this.#countOpen(response);
      return this.#options.aggregator.proxy(context, remote, longRunning);
    }
    if (isStream(parsed)) {
      this.#countOpen(response);
      return this.#dispatch(context);
    }
    return this.#turns.take(context, question, longRunning, () => this.#dispatch(context));
  }

  /** For mounts. The audit log hears of it. */
  async #whoAsks(request: IncomingMessage): Promise<UserInfo> {
    const user = await authenticate(request, this.#options.authenticators);
    const audit = this.#mounted.get(request);
    audit?.authenticated(user);
    audit?.acting(user);
    return user;
  }

  #public(request: IncomingMessage, { path, query }: ParsedRequest): Answer {
    if (request.method !== 'GET' && request.method !== 'HEAD') throw notAllowed();
    if (path.path.startsWith('/version'))
      return answerJson(200, Buffer.from(JSON.stringify(versionInfo)), { format: 'json', pretty: true });
    return healthAnswer(path.path, query, this.#options.checks);
  }

  /** What was asked, and by whom, when they may. */
  async #authorized(
    request: IncomingMessage,
    parsed: ParsedRequest,
    audit: AuditRecord | undefined,
  ): Promise<AuthorizationQuery> {
    const { server, authenticators } = this.#options;
    const sender = await authenticate(request, authenticators);
    audit?.authenticated(sender);
    const user = impersonated(request, sender, server.authorizer);
    audit?.acting(user);
    const question = questionOf(request, parsed, user, server.table);
    const decision = server.authorizer.authorize(question);
    audit?.authorized(decision);
    // Who said nothing of themselves is asked who they are, and not told what they may not do.
    if (!decision.allowed && (user === ANONYMOUS || !judgedLater(server.table, question)))
      throw user === ANONYMOUS ? newUnauthorized() : this.#refusal(question, decision.reason);
    return question;
  }

  /** In the kind's own words where it has some. */
  #refusal(question: AuthorizationQuery, reason: string | undefined): StatusError {
    const { table, settings } = this.#options.server;
    const text = isResourceQuery(question) && question.verb === 'create' ? table.find(question)?.refusal?.(settings) : undefined;
    return text === undefined || !isResourceQuery(question)
      ? forbidden(question, reason)
      : newForbidden({ group: question.group, resource: question.resource }, question.name ?? '', text);
  }

  async #dispatch(context: RequestContext): Promise<Answer | undefined> {
    const { server, discovery, connector, metrics } = this.#options;
    const { request, path } = context;
    if (path.kind === 'resource') {
      const definition = server.table.find(path.target);
      if (definition !== undefined) {
        const subresource =
          path.target.subresource === undefined ? undefined : subresourceOf(definition, path.target.subresource);
        if (!isStreamed(subresource)) return handleResource(context, path.target, definition);
        return answerStreamed(context, { target: path.target, definition, subresource }, connector);
      }
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') throw path.kind === 'resource' ? notServed() : notAllowed();
    if (path.path === '/metrics') {
      metrics.watchPending.set(this.#watches.pending);
      return { code: 200, contentType: metrics.registry.contentType, body: Buffer.from(await metrics.registry.metrics()) };
    }
    const issuer = this.#options.issuer.get(path.path);
    if (issuer !== undefined) return issuer;
    if (path.path === '/')
      return answerJson(200, Buffer.from(JSON.stringify({ paths: ROOT_PATHS })), { format: 'json', pretty: true });
    const found = await discovery.handle({
      path: path.path,
      accept: request.headers.accept,
      ifNoneMatch: request.headers['if-none-match'],
      pretty: context.query.has('pretty') && negotiate(undefined, context.query, undefined, false).pretty,
    });
    if (found === undefined) throw notServed();
    return found;
  }
}

/** The code of a connection that goes over to another protocol. */
const SWITCHING = 101;

/** The audit log hears of a stream when its head goes out, and when it ends. */
function followStream(
  stream: Duplex | ServerResponse,
  head: { readonly statusCode: number },
  audit: AuditRecord | undefined,
): void {
  if (audit === undefined) return;
  audit.started(head.statusCode);
  if (stream.destroyed) audit.completed(head.statusCode, undefined);
  else stream.once('close', () => audit.completed(head.statusCode, undefined));
}

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

/** A text in quotes, with nothing that could end the header. */
const warningText = (text: string): string => `299 - ${JSON.stringify(text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 1000))}`;
