import type { UserInfo } from '../api/verbs.ts';
import type { Client } from '../client/client.ts';
import type { Advertisements } from './advertisements.ts';
import type { CommandSlots } from './command-slots.ts';
import type { GitPod, GitPodOptions } from './git-pod.ts';
import type { RepositoryHeads } from './repository-heads.ts';
import type { RepositorySizes } from './repository-sizes.ts';

/** Below it are the repositories: `/git/NAMESPACE/NAME.git`. */
export const GIT_PATH = '/git/';

export interface GitServerOptions extends GitPodOptions {
  /** The API as somebody else may use it. */
  readonly clientOf: (user: UserInfo) => Client;
}

/** What the endpoints work with. */
export interface GitContext extends GitServerOptions {
  readonly pod: GitPod;
  readonly slots: CommandSlots;
  readonly sizes: RepositorySizes;
  readonly heads: RepositoryHeads;
  readonly advertisements: Advertisements;
  /** The node whose disk is too full for pushes; undefined: there is room. */
  fullDisk(): Promise<string | undefined>;
}
