import type { IncomingMessage } from 'node:http';
import type { UserInfo } from '../api/verbs.ts';
import type { Client } from '../client/client.ts';
import type { GitPod, GitPodOptions } from './git-pod.ts';

/** Below it are the repositories: `/git/NAMESPACE/NAME.git`. */
export const GIT_PATH = '/git/';

export interface GitServerOptions extends GitPodOptions {
  /** The API as somebody else may use it. */
  readonly clientOf: (user: UserInfo) => Client;
  /** Who sends a request, by its certificate or bearer token. @throws StatusError 401 for wrong credentials */
  readonly whoAsks: (request: IncomingMessage) => Promise<UserInfo>;
}

/** What the endpoints work with. */
export interface GitContext extends GitServerOptions {
  readonly pod: GitPod;
}
