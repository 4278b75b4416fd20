import type { IncomingMessage, ServerResponse } from 'node:http';
import { basicCredentials } from '../../../common/basic-credentials.ts';
import type { Mount, MountCredentials } from '../../api/mount.ts';
import { isReason } from '../../api/status-error.ts';
import type { UserInfo } from '../../api/verbs.ts';
import type { AuditRecord } from '../audit/auditor.ts';
import { ANONYMOUS, authenticate, type Authenticators } from '../auth/authenticator.ts';
import type { ServerContext } from '../server-context.ts';
import { BodyReader, MAX_BODY } from './body-reader.ts';
import { type ParsedRequest, questionOf } from './request-question.ts';
import type { RequestTurns } from './request-turns.ts';

/** Bytes of bodies that are held for mounts at one time: who is not known yet cannot take what the API's own requests need. */
const MAX_HELD = 32 << 20;

/** A request to a mount. */
export interface MountRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly parsed: ParsedRequest;
  readonly audit: AuditRecord | undefined;
}

/** What the API's server does for the parts that answer by themselves: who asks, turns, bodies, the audit log. */
export class MountedParts {
  readonly #server: ServerContext;
  readonly #authenticators: Authenticators;
  readonly #turns: RequestTurns;
  readonly #bodies = new BodyReader(MAX_BODY, MAX_HELD);

  constructor(of: { readonly server: ServerContext; readonly authenticators: Authenticators }, turns: RequestTurns) {
    this.#server = of.server;
    this.#authenticators = of.authenticators;
    this.#turns = turns;
  }

  /** Lets the mount answer when it is the request's turn. Rejects with 429 when that does not come. */
  async answer(mount: Mount, { request, response, parsed, audit }: MountRequest): Promise<void> {
    const user = await this.#userOf(request, mount.credentials);
    audit?.authenticated(user ?? ANONYMOUS);
    audit?.acting(user ?? ANONYMOUS);
    const body = (): Promise<Buffer> => this.#bodies.read(request, response, mount.largestBody ?? 0);
    const known = mount.credentials === 'own' || (user !== undefined && user !== ANONYMOUS);
    // Who sends slowly holds up nobody, and who may be refused is not read before that.
    if (mount.largestBody !== undefined && known && !request.complete) await body();
    const question = questionOf(request, parsed, user ?? ANONYMOUS, this.#server.table);
    const seat = await this.#turns.seat(question, mount.seats?.(request) ?? 1, response);
    let seated = true;
    const leave = (): void => {
      if (seated) seat.release();
      seated = false;
    };
    try {
      const annotate = (key: string, value: string): void => audit?.annotate(key, value);
      await mount.handle(request, response, { user, body, lasts: leave, annotate });
    } finally {
      leave();
    }
  }

  /** Undefined: the credentials are wrong. */
  async #userOf(request: IncomingMessage, credentials: MountCredentials): Promise<UserInfo | undefined> {
    if (credentials === 'own') return ANONYMOUS;
    const basic = credentials === 'password' ? basicCredentials(request) : undefined;
    if (basic !== undefined) request.headers.authorization = `Bearer ${basic.password}`;
    try {
      return await authenticate(request, this.#authenticators);
    } catch (error) {
      if (isReason(error, 'Unauthorized')) return undefined;
      throw error;
    }
  }
}
