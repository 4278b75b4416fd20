import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { UserInfo } from '../../api/verbs.ts';
import type { AuditRecord } from '../audit/auditor.ts';
import { subresourceOf } from '../kinds/resource-table.ts';
import { errorAnswer, toStatusError } from './error-answer.ts';
import { refuseUpgrade } from './node-proxy.ts';
import { countOpen, followStream } from './open-streams.ts';
import { notServed } from './refusals.ts';
import { authorizeRequest } from './request-access.ts';
import type { RequestContext } from './request-context.ts';
import type { RequestHandlerOptions } from './request-handler.ts';
import { type ParsedRequest, parseRequest } from './request-question.ts';
import { isStreamed, upgradeStreamed } from './streamed-subresource.ts';

/** The code of a connection that goes over to another protocol. */
const SWITCHING = 101;
/**
 * Requests that follow on such a connection would reach the other server unseen, and say themselves who asks. Such an offer may
 * be passed over (RFC 9110, 7.8; RFC 9113 has done away with it).
 */
const ANOTHER_HTTP = /(^|[\s,])(h2c?|http\/|tls\/)/i;

/** Requests for another protocol on their connection: exec, attach, port-forward, and what other servers make of theirs. */
export class UpgradeHandler {
  readonly #options: RequestHandlerOptions;

  constructor(options: RequestHandlerOptions) {
    this.#options = options;
  }

  /** Whether an Upgrade header of this request means anything to us. */
  upgrades(request: IncomingMessage): boolean {
    if (ANOTHER_HTTP.test(request.headers.upgrade ?? '')) return false;
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

  /** Connects the client with who is to answer. Never rejects. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { server, authenticators, auditor, metrics, streams } = this.#options;
    socket.on('error', () => socket.destroy());
    let audit: AuditRecord | undefined;
    try {
      const parsed = parseRequest(request);
      audit = auditor?.begin(request, parsed, randomUUID());
      const { user } = await authorizeRequest(server, authenticators, request, parsed, audit);
      streams.admit(user, socket);
      const connect = await this.#answerer(request, parsed, user, audit);
      // The client may go while the node is still being asked.
      if (socket.destroyed) return;
      countOpen(metrics, socket);
      followStream(socket, { statusCode: SWITCHING }, audit);
      await connect(socket, head);
    } catch (error) {
      const refusal = toStatusError(error, server.log, { method: request.method });
      audit?.completed(refusal.code, errorAnswer(refusal));
      refuseUpgrade(socket, refusal, request.method);
    }
  }

  /** What connects a client to who answers. */
  async #answerer(
    request: IncomingMessage,
    { path, query }: ParsedRequest,
    user: UserInfo,
    audit: AuditRecord | undefined,
  ): Promise<(client: Duplex, head: Buffer) => Promise<void>> {
    const { server, connector, aggregator } = this.#options;
    const remote = aggregator.remoteOf(path);
    if (remote !== undefined) return (socket, head) => aggregator.upgrade(remote, { request, socket, head, user });
    const definition = path.kind === 'resource' ? server.table.find(path.target) : undefined;
    if (path.kind !== 'resource' || definition === undefined) throw notServed();
    const subresource = subresourceOf(definition, path.target.subresource ?? '');
    if (!isStreamed(subresource)) throw notServed();
    // The operation needs no response: the node's bytes are the answer.
    const context = { server, request, path, query, user, warnings: [], audit } as unknown as RequestContext;
    return await upgradeStreamed(context, { target: path.target, definition, subresource }, connector);
  }
}
