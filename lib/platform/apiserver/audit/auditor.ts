import type { IncomingMessage } from 'node:http';
import { userInfoOf } from '../../api/authentication/user-info.ts';
import type { UserInfo } from '../../api/verbs.ts';
import { ANONYMOUS } from '../auth/authenticator.ts';
import type { Decision } from '../auth/authorizer.ts';
import type { RequestPath } from '../http/request-path.ts';
import type { ParsedRequest } from '../http/request-question.ts';
import { verbOf } from '../http/request-question.ts';
import type { Answer } from '../http/response.ts';
import type { AuditLog } from './audit-log.ts';
import { type AuditDecision, type AuditedRequest, type AuditPolicy, type AuditStage, LEVELS } from './audit-policy.ts';

export interface AuditorOptions {
  readonly policy: AuditPolicy;
  readonly log: AuditLog;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Whether bodies about this are for nobody's eyes: no policy brings them into the log. */
  readonly confidential: (parsed: ParsedRequest) => boolean;
  /** The path without what is secret in it. */
  readonly shownPath: (path: RequestPath) => string;
}

/** What is as good as a password while it lasts: codes and tokens of OAuth (RFC 6749), webhooks' and proxied applications' tokens. */
const SECRET_PARAMETERS = /([?&](?:code|access_token|token|password|client_secret)=)[^&]*/g;

/** Writes down who asked for what and what came of it, as much as the policy says (apiserver/pkg/audit). */
export class Auditor {
  readonly #options: AuditorOptions;

  constructor(options: AuditorOptions) {
    this.#options = options;
  }

  begin(request: IncomingMessage, parsed: ParsedRequest, auditID: string): AuditRecord {
    return new AuditRecord(this.#options, request, parsed, auditID);
  }

  /** Resolves when everything is in the file. */
  close(): Promise<void> {
    return this.#options.log.flush();
  }
}

/** What is known of one request so far. */
export class AuditRecord {
  readonly #options: AuditorOptions;
  readonly #request: IncomingMessage;
  readonly #parsed: ParsedRequest;
  readonly #auditID: string;
  readonly #received: string;
  #user = ANONYMOUS;
  #impersonated: UserInfo | undefined;
  #decision: AuditDecision | undefined;
  #annotations: Record<string, string> = {};
  #body: unknown;

  constructor(options: AuditorOptions, request: IncomingMessage, parsed: ParsedRequest, auditID: string) {
    this.#options = options;
    this.#request = request;
    this.#parsed = parsed;
    this.#auditID = auditID;
    this.#received = this.#time();
  }

  /** Who asks. */
  authenticated(user: UserInfo): void {
    this.#user = user;
  }

  /** Whom for: another, where it is impersonated. */
  acting(effective: UserInfo): void {
    if (effective !== this.#user) this.#impersonated = effective;
    this.#decision = this.#decide();
    this.#emit('RequestReceived');
  }

  authorized({ allowed, reason }: Decision): void {
    this.#annotations = {
      'authorization.k8s.io/decision': allowed ? 'allow' : 'forbid',
      'authorization.k8s.io/reason': reason ?? '',
    };
  }

  /** What admission has to say of it. Bound: it goes along with the request. */
  readonly annotate = (key: string, value: string): void => {
    this.#annotations = { ...this.#annotations, [key]: value };
  };

  /** What the client sent, read and checked for its types. Kept as it is now: operations change it. */
  requestObject(object: unknown): void {
    if (this.#reaches('Request')) this.#body = structuredClone(this.#seen(object));
  }

  /** The head of a stream has been sent. */
  started(code: number): void {
    this.#emit('ResponseStarted', { responseStatus: { metadata: {}, code } });
  }

  /** `answer` is undefined for a stream. */
  completed(code: number, answer: Answer | undefined): void {
    // Refused before anybody knew who it was.
    this.#decision ??= this.#decide();
    const shown = this.#reaches('RequestResponse');
    // A large list is not read for a status that it does not hold.
    const read = answer?.contentType === 'application/json' && (shown || code >= 400);
    const object = read ? parsedJson(answer.body) : undefined;
    const { status, message, reason } = (object?.kind === 'Status' ? object : {}) as Partial<Record<string, string>>;
    const told = {
      metadata: {},
      ...(status === undefined ? {} : { status }),
      ...(message === undefined ? {} : { message }),
      ...(reason === undefined ? {} : { reason }),
      code,
    };
    const response = object !== undefined && shown ? { responseObject: this.#seen(object) } : {};
    this.#emit('ResponseComplete', { responseStatus: told, ...response });
  }

  #decide(): AuditDecision {
    return this.#options.policy(this.#about());
  }

  #about(): AuditedRequest {
    const { path, query } = this.#parsed;
    const verb =
      path.kind === 'resource' ? verbOf(this.#request, path.target, query) : (this.#request.method ?? '').toLowerCase();
    return { user: this.#user, verb, path: path.path, ...(path.kind === 'resource' ? { resource: path.target } : {}) };
  }

  #reaches(level: 'Request' | 'RequestResponse'): boolean {
    if (this.#decision === undefined || this.#options.confidential(this.#parsed)) return false;
    return LEVELS.indexOf(this.#decision.level) >= LEVELS.indexOf(level);
  }

  #seen(object: unknown): unknown {
    if (this.#decision?.omitManagedFields !== true) return object;
    const { metadata, ...rest } = object as { metadata?: Record<string, unknown> };
    const { managedFields: _fields, ...meta } = metadata ?? {};
    return { ...rest, metadata: meta };
  }

  #emit(stage: AuditStage, more: object = {}): void {
    const decision = this.#decision;
    if (decision === undefined || decision.level === 'None' || decision.omitStages.has(stage)) return;
    const { verb, resource } = this.#about();
    const { headers, socket, url } = this.#request;
    this.#options.log.write({
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: decision.level,
      auditID: this.#auditID,
      stage,
      requestURI: this.#shownUri(url ?? ''),
      verb,
      user: userInfoOf(this.#user),
      ...(this.#impersonated === undefined ? {} : { impersonatedUser: userInfoOf(this.#impersonated) }),
      sourceIPs: socket.remoteAddress === undefined ? [] : [socket.remoteAddress.replace(/^::ffff:/, '')],
      ...(headers['user-agent'] === undefined ? {} : { userAgent: headers['user-agent'].slice(0, 1024) }),
      ...(resource === undefined ? {} : { objectRef: this.#reference() }),
      ...(this.#body === undefined ? {} : { requestObject: this.#body }),
      ...more,
      requestReceivedTimestamp: this.#received,
      stageTimestamp: this.#time(),
      ...(Object.keys(this.#annotations).length === 0 ? {} : { annotations: this.#annotations }),
    });
  }

  #shownUri(url: string): string {
    const { path } = this.#parsed;
    const shown = this.#options.shownPath(path);
    return shown === path.path ? url.replaceAll(SECRET_PARAMETERS, '$1<kept back>') : shown;
  }

  #reference(): object {
    const { path } = this.#parsed;
    if (path.kind !== 'resource') return {};
    const { resource, namespace, name, group, version, subresource } = path.target;
    return {
      resource,
      ...(namespace === undefined ? {} : { namespace }),
      ...(name === undefined ? {} : { name }),
      ...(group === '' ? {} : { apiGroup: group }),
      apiVersion: version,
      ...(subresource === undefined ? {} : { subresource }),
    };
  }

  /** RFC 3339 with microseconds, as metav1.MicroTime. */
  #time(): string {
    return new Date(this.#options.now()).toISOString().replace('Z', '000Z');
  }
}

function parsedJson(body: Buffer): Record<string, unknown> | undefined {
  try {
    return JSON.parse(body.toString('utf8')) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
