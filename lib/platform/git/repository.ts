import type { BuildConfig } from '../api/build/build-types.ts';
import type { KubeObject } from '../api/meta.ts';
import { newForbidden, newNotFound } from '../api/status-error.ts';
import type { UserInfo } from '../api/verbs.ts';
import type { Client } from '../client/client.ts';
import type { RunningCommand } from '../client/pod-exec.ts';
import { GIT_PATH, type GitContext } from './git-context.ts';
import type { GitOptions } from './git-pod.ts';

/** A repository that somebody may use in the way that he asked for. */
export interface Repository {
  readonly config: BuildConfig;
  /** The API as that user. */
  readonly client: Client;
  readonly user: UserInfo;
  /** Runs git in the repository's folder: `run(['upload-pack', ...])`. */
  run(args: readonly string[], options?: GitOptions): RunningCommand;
}

const CONFIGS = { group: 'build.openshift.io', resource: 'buildconfigs' } as const;
/** What builders may (role system:image-builder). */
const DETAILS = { group: 'build.openshift.io', resource: 'builds', subresource: 'details', verb: 'update' } as const;

/** The address to clone from and push to. */
export const repositoryUrl = (server: string, namespace: string, name: string): string =>
  `${server.replace(/\/$/, '')}${GIT_PATH}${namespace}/${name}.git`;

/**
 * The repository of a build config. It is made when it is first asked for, and belongs to that very object: a later one of the same
 * name finds none of its history. Throws a StatusError: not found, also when the user may not know of it, or forbidden.
 */
export async function openRepository(
  context: GitContext,
  user: UserInfo,
  { namespace, name, push }: { namespace: string; name: string; push: boolean },
): Promise<Repository> {
  const client = context.clientOf(user);
  const ref = { ...CONFIGS, version: 'v1', namespace, name };
  const missing = newNotFound(CONFIGS, name);
  const config = await client.get<BuildConfig>(ref).catch(async (error: unknown) => {
    if ((error as { code?: number }).code !== 403) throw error;
    // A build of this namespace: its account writes builds' details, and need not read build configs.
    if (push || !(await may(client, { ...DETAILS, namespace }))) throw missing;
    return context.client.get<BuildConfig>(ref);
  });
  if (!isHere(config, namespace, name)) throw missing;
  if (push && !(await may(client, { ...CONFIGS, subresource: 'instantiate', verb: 'create', namespace, name })))
    throw newForbidden(
      CONFIGS,
      name,
      `User ${JSON.stringify(user.name)} cannot create resource "buildconfigs/instantiate", which pushing is`,
    );
  const git = await context.pod.repository(config.metadata.uid!);
  return { config, client, user, run: git };
}

/** Whether its source is the repository of this name here, under whichever address this server is reached. */
function isHere(config: BuildConfig, namespace: string, name: string): boolean {
  const uri = config.spec.source?.git?.uri ?? '';
  return URL.canParse(uri) && new URL(uri).pathname === `${GIT_PATH}${namespace}/${name}.git`;
}

/** Whether whoever the client stands for may do that. */
export async function may(client: Client, resourceAttributes: Readonly<Record<string, string>>): Promise<boolean> {
  const review = await client.create<KubeObject & { status?: { allowed?: boolean } }>(
    { group: 'authorization.k8s.io', version: 'v1', resource: 'selfsubjectaccessreviews' },
    {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      metadata: {},
      spec: { resourceAttributes },
    } as KubeObject,
  );
  return review.status?.allowed === true;
}
