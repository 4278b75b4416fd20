import type { IncomingMessage, ServerResponse } from 'node:http';
import type { UserInfo } from '../../api/verbs.ts';

/** Who sends a request, as the API itself finds it out: the user of a token or a certificate, else the anonymous one. @throws StatusError 401 */
export type WhoAsks = (request: IncomingMessage) => Promise<UserInfo>;

/**
 * A part of the platform that answers below a path of the API's port by itself: pages of a login, a git server. It sees requests
 * before anybody is authenticated: whom it lets do what is its own matter. A StatusError that it throws before its answer has
 * begun is sent as one.
 */
export interface Mount {
  /** `/oauth/` takes everything below it; a path without a slash at its end only itself. */
  readonly path: string;
  /** Ends the response, or throws. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** The mount that a path belongs to: the one with the longest path. */
export function mountOf(mounts: readonly Mount[], path: string): Mount | undefined {
  const all = mounts.filter((mount) => (mount.path.endsWith('/') ? path.startsWith(mount.path) : path === mount.path));
  return all.toSorted((a, b) => b.path.length - a.path.length)[0];
}
