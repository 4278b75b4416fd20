import type { IncomingMessage, ServerResponse } from 'node:http';
import type { UserInfo } from './verbs.ts';

/**
 * Where a mount's clients show who they are. `bearer`: as to the API itself, by a certificate or a bearer token. `password`: in these
 * ways, or by a token as the password of Basic authentication, under any name. `own`: the mount finds out; its callers are anonymous.
 */
export type MountCredentials = 'bearer' | 'password' | 'own';

/** A request to a mount whose turn has come. */
export interface Visit {
  /** Who asks, by the mount's kind of credentials; the anonymous user where there are none. Undefined: they are wrong. */
  readonly user: UserInfo | undefined;
  /** The body, whole. @throws StatusError 413 for one that is larger than the mount's */
  body(): Promise<Buffer>;
  /** From here on it takes as long as it takes: its seat goes to the next one, and the mount holds its callers back itself. */
  lasts(): void;
  /** Something that the audit log is to say of it. */
  annotate(key: string, value: string): void;
}

/**
 * A part of the platform that answers below a path of the API's port by itself: pages of a login, a git server. Its requests take turns
 * with all others, and the audit log holds them; whom it lets do what is its own matter. A StatusError that it throws before its
 * answer has begun is sent as one.
 */
export interface Mount {
  /** `/oauth/` takes everything below it; a path without a slash at its end only itself. */
  readonly path: string;
  readonly credentials: MountCredentials;
  /** Bytes of the largest body that `body` gives, which is there before the request's turn comes. @default bodies are streams */
  readonly largestBody?: number;
  /** Seats that a request takes. @default 1 */
  seats?(request: IncomingMessage): number;
  /** Ends the response, or throws. */
  handle(request: IncomingMessage, response: ServerResponse, visit: Visit): Promise<void>;
}
