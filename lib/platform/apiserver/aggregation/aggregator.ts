import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { UserInfo } from '../../api/verbs.ts';
import type { RequestContext } from '../http/request-context.ts';
import type { RequestPath } from '../http/request-path.ts';
import { relayUpgrade } from '../http/relay-upgrade.ts';
import type { Answer } from '../http/response.ts';
import type { ObjectCache } from '../store/object-cache.ts';
import { proxyRequest, refuseRedirect, unreachable } from './proxy-request.ts';
import { ProxySlots } from './proxy-slots.ts';
import { openRemote } from './remote-connector.ts';
import type { RemoteGroup } from './remote-group.ts';
import type { RemoteGroups } from './remote-groups.ts';
import { passedOn, userHeaders } from './user-headers.ts';

/** The document of a group version, which its server answers for too. */
const OPEN_API = /^\/openapi\/v3\/apis\/([^/]+)\/([^/]+)$/;

/** Clients know this text for what it is, and show one of their own that names the resource. */
const UNAVAILABLE: Answer = {
  code: 503,
  contentType: 'text/plain; charset=utf-8',
  body: Buffer.from('service unavailable\n'),
  headers: { 'x-content-type-options': 'nosniff' },
};

/** Passes requests on to the servers of other group versions (kube-aggregator's proxy handler). They have been authorized before. */
export class Aggregator {
  readonly groups: RemoteGroups;
  readonly #cache: ObjectCache;
  readonly #slots = new ProxySlots();

  constructor(groups: RemoteGroups, cache: ObjectCache) {
    this.groups = groups;
    this.#cache = cache;
  }

  /** Who answers for this path; undefined: this server. */
  remoteOf(path: RequestPath): RemoteGroup | undefined {
    if (!this.groups.any) return undefined;
    if (path.kind === 'resource') return this.groups.find(path.target);
    if (path.kind === 'group-version') return this.groups.find(path);
    const [, group, version] = OPEN_API.exec(path.path) ?? [];
    return group === undefined ? undefined : this.groups.find({ group, version: version! });
  }

  /** The answer streams to the client by itself, or there is one to give in its place. Rejects with a StatusError. */
  async proxy(context: RequestContext, remote: RemoteGroup, longRunning: boolean): Promise<Answer | undefined> {
    if (!remote.available) return UNAVAILABLE;
    const { request, response, user } = context;
    const release = this.#slots.take(remote, longRunning);
    response.once('close', release);
    return proxyRequest(context, () => this.#open(remote, request, user, false), longRunning);
  }

  /** A connection that changes its protocol. Rejects with a StatusError before it has. */
  async upgrade(
    remote: RemoteGroup,
    { request, socket, head, user }: { request: IncomingMessage; socket: Duplex; head: Buffer; user: UserInfo },
  ): Promise<void> {
    if (!remote.available) throw unreachable(new Error(`the server of ${remote.name} is not available`));
    const release = this.#slots.take(remote, true);
    socket.once('close', release);
    try {
      await relayUpgrade(this.#open(remote, request, user, true), socket, head, refuseRedirect);
    } catch (error) {
      throw unreachable(error as Error);
    }
  }

  #open(remote: RemoteGroup, request: IncomingMessage, user: UserInfo, upgrade: boolean): ClientRequest {
    const headers = { ...passedOn(request.headers, upgrade), ...userHeaders(user), ...forwardedFor(request) };
    try {
      return openRemote(this.#cache, remote, { method: request.method ?? 'GET', path: request.url ?? '/', headers });
    } catch (error) {
      throw unreachable(error as Error);
    }
  }
}

function forwardedFor(request: IncomingMessage): Record<string, string> {
  const before = request.headers['x-forwarded-for'];
  const client = request.socket.remoteAddress ?? '';
  return { 'x-forwarded-for': before === undefined ? client : `${String(before)}, ${client}` };
}
