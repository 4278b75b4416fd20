import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Mount } from '../../api/mount.ts';
import type { Aggregator } from '../aggregation/aggregator.ts';
import type { Auditor, AuditRecord } from '../audit/auditor.ts';
import type { Authenticators } from '../auth/authenticator.ts';
import type { FlowControl } from '../flowcontrol/flow-control.ts';
import { subresourceOf } from '../kinds/resource-table.ts';
import type { ServerContext } from '../server-context.ts';
import { BodyReader } from './body-reader.ts';
import { discardBody } from './discard-body.ts';
import { errorAnswer, toStatusError } from './error-answer.ts';
import { mountOf } from './mount.ts';
import { MountedParts } from './mounted-parts.ts';
import type { NodeConnector } from './node-connector.ts';
import { nonResourceAnswer, type NonResourceSources, publicAnswer } from './non-resource-paths.ts';
import { countOpen, followStream, type OpenStreams } from './open-streams.ts';
import { authorizeRequest } from './request-access.ts';
import type { RequestContext } from './request-context.ts';
import { countRequest } from './request-metrics.ts';
import { isLongRunning, isStream, type ParsedRequest, parseRequest } from './request-question.ts';
import { RequestTurns } from './request-turns.ts';
import { handleResource } from './resource-handler.ts';
import { type Answer, send } from './response.ts';
import { shownPath } from './shown-path.ts';
import type { StoreActions } from './store-actions.ts';
import { answerStreamed, isStreamed } from './streamed-subresource.ts';
import { UnsentAnswers } from './unsent-answers.ts';
import { type WatchLimits, WatchSlots } from './watch-slots.ts';
import { YamlReader } from './yaml-reader.ts';

export interface RequestHandlerOptions extends NonResourceSources {
  readonly server: ServerContext;
  readonly authenticators: Authenticators;
  readonly connector: NodeConnector;
  /** What other servers serve. */
  readonly aggregator: Aggregator;
  /** What is done with the store as a whole. @default nothing is */
  readonly storeActions?: StoreActions | undefined;
  /** Who is answered next. */
  readonly flow: FlowControl;
  /** Writes down who asked for what. @default nobody does */
  readonly auditor?: Auditor | undefined;
  /** @default those of WatchSlots */
  readonly watchLimits?: Partial<WatchLimits> | undefined;
  /** Logs, sessions and the like. */
  readonly streams: OpenStreams;
  /** Parts that answer by themselves. @default none */
  readonly mounts?: readonly Mount[] | undefined;
}

/** From a request to its answer: authentication, authorization, limits, dispatch, errors, log, figures. */
export class RequestHandler {
  readonly #options: RequestHandlerOptions;
  readonly #bodies = new BodyReader();
  readonly #yaml = new YamlReader();
  readonly #watches: WatchSlots;
  readonly #turns: RequestTurns;
  readonly #unsent = new UnsentAnswers();
  readonly #mounted: MountedParts;

  constructor(options: RequestHandlerOptions) {
    this.#options = options;
    this.#watches = new WatchSlots(options.watchLimits);
    this.#turns = new RequestTurns(options.flow, options.metrics, (stream) => countOpen(options.metrics, stream));
    this.#mounted = new MountedParts(options, this.#turns);
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
      answer = errorAnswer(toStatusError(error, server.log, { auditID, method: request.method, path }), request.headers.accept);
    }
    if (answer === undefined) followStream(response, response, audit);
    else {
      audit?.completed(answer.code, answer);
      if (warnings.length > 0 && !response.headersSent) response.setHeader('warning', warnings.slice(0, 50).map(warningText));
      const sent = request.method === 'HEAD' ? { ...answer, body: Buffer.alloc(0) } : answer;
      const whole = await discardBody(request);
      // In the middle of another answer there is no room for this one: the client is to see that it has not got all.
      if (response.headersSent) {
        if (!response.writableEnded) response.destroy();
      } else {
        if (!whole) response.setHeader('connection', 'close');
        await send(response, sent, request.headers['accept-encoding'], this.#unsent).catch(() => response.destroy());
      }
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
    const told = publicAnswer(parsed, request, this.#options.checks);
    if (told !== undefined) return told;
    const mount = mountOf(this.#options.mounts ?? [], path.path);
    if (mount !== undefined) {
      await this.#mounted.answer(mount, { request, response, parsed, audit });
      return undefined;
    }
    const { server, authenticators, aggregator, metrics, storeActions, streams } = this.#options;
    const question = await authorizeRequest(server, authenticators, request, parsed, audit);
    if (storeActions?.takes(path.path) === true) return await storeActions.handle(path.path, request, response);
    const context: RequestContext = {
      server,
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
    const remote = aggregator.remoteOf(path);
    // Another server's slowness must not use up what is for our own answers: it has a limit of its own.
    if (remote !== undefined) {
      if (longRunning) {
        streams.admit(question.user, response);
        countOpen(metrics, response);
      }
      return aggregator.proxy(context, remote, longRunning);
    }
    if (isStream(parsed)) {
      streams.admit(question.user, response);
      countOpen(metrics, response);
      return this.#dispatch(context);
    }
    return this.#turns.take(context, question, longRunning, () => this.#dispatch(context));
  }

  async #dispatch(context: RequestContext): Promise<Answer | undefined> {
    const { server, connector } = this.#options;
    const { path } = context;
    const definition = path.kind === 'resource' ? server.table.find(path.target) : undefined;
    if (path.kind !== 'resource' || definition === undefined) return nonResourceAnswer(context, this.#options);
    const { target } = path;
    const subresource = target.subresource === undefined ? undefined : subresourceOf(definition, target.subresource);
    if (!isStreamed(subresource)) return handleResource(context, target, definition);
    return answerStreamed(context, { target, definition, subresource }, connector);
  }
}

/** A text in quotes, with nothing that could end the header. */
const warningText = (text: string): string => `299 - ${JSON.stringify(text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 1000))}`;
