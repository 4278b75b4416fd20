import { cp, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname, tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { assetPath } from '../../common/assets.ts';
import { gitUrlProblem } from '../api/build/git-url.ts';
import { gitEnvironment } from '../builds/engine/source/git-environment.ts';
import { appErrors } from './app-errors.ts';
import type { AppType } from './app-types.ts';
import { git } from './git-command.ts';
import { configureCredentials } from './git-credentials.ts';
import type { PlatformAccess } from './platform-access.ts';

export interface WorkingCopyRequest {
  /** Where it is to be; absolute. */
  readonly folder: string;
  readonly type: AppType;
  /** The repository on the platform. */
  readonly origin: string;
  /** A repository to begin with, in place of the sample. */
  readonly fromCode?: string;
}

/** A URL that can be shown to git, and in lists of processes. @throws OoError APP_SOURCE_URL */
export function judgeSource(uri: string): void {
  const problem = gitUrlProblem(uri);
  if (problem !== undefined) throw appErrors.APP_SOURCE_URL(problem);
  if (URL.canParse(uri) && new URL(uri).password !== '') throw appErrors.APP_SOURCE_URL('the URL holds a password');
}

/** Whether the folder is there already, as this application's. @throws OoError APP_FOLDER_TAKEN when it is something else */
export async function isWorkingCopy({ folder, origin }: WorkingCopyRequest, signal: AbortSignal): Promise<boolean> {
  const found = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw appErrors.APP_FOLDER_TAKEN(folder, { cause: error });
  });
  if (found === undefined || found.length === 0) return false;
  const own = found.includes('.git') && (await stat(join(folder, '.git'))).isDirectory();
  const remote = own ? await git(['remote', 'get-url', 'origin'], { folder, signal }).catch(() => '') : '';
  if (remote !== origin) throw appErrors.APP_FOLDER_TAKEN(folder);
  return true;
}

/** Makes the folder, whole or not at all: what there is to begin with, committed, with the platform as `origin`. */
export async function makeWorkingCopy(request: WorkingCopyRequest, access: PlatformAccess, signal: AbortSignal): Promise<void> {
  const { folder, type, origin, fromCode } = request;
  const scratch = await mkdtemp(join(dirname(folder), '.openshift-app-'));
  const copy = join(scratch, 'copy');
  try {
    if (fromCode === undefined) await fromSample(scratch, copy, type, signal);
    else await cloned(scratch, copy, fromCode, signal);
    await git(['remote', 'add', 'origin', origin], { folder: copy, signal });
    await configureCredentials(copy, folder, access, signal);
    await rename(copy, folder);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function fromSample(scratch: string, copy: string, type: AppType, signal: AbortSignal): Promise<void> {
  await git(['init', '--quiet', '--template=', '--initial-branch=main', copy], { folder: scratch, signal });
  await cp(assetPath('apps', type), copy, { recursive: true });
  const run = { folder: copy, signal };
  await git(['add', '--all'], run);
  const who = await identity(copy, signal);
  await git([...who, '-c', 'commit.gpgSign=false', 'commit', '--quiet', `--message=Begin with the sample for ${type}`], run);
}

/** Of whoever has told git no name. */
async function identity(folder: string, signal: AbortSignal): Promise<string[]> {
  const email = await git(['config', 'user.email'], { folder, signal }).catch(() => '');
  if (email !== '' || process.env['GIT_AUTHOR_EMAIL'] !== undefined) return [];
  const { username } = userInfo();
  return ['-c', `user.name=${username}`, '-c', `user.email=${username}@${hostname()}`];
}

/** Somebody's repository, fetched as builds fetch: nothing in it is run, and nothing of the caller's is shown to its server. */
async function cloned(scratch: string, copy: string, uri: string, signal: AbortSignal): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'openshift-app-git-'));
  try {
    const env = await gitEnvironment(home, URL.canParse(uri) ? new URL(uri).host : '', {});
    const options = ['--quiet', '--template=', '--origin=upstream', '--no-recurse-submodules'];
    await git(['clone', ...options, '--', uri, copy], { folder: scratch, signal, env });
    await git(['rev-parse', '--verify', 'HEAD'], { folder: copy, signal, env }).catch((cause: unknown) => {
      throw appErrors.APP_SOURCE_URL(`there is nothing in ${uri}`, { cause });
    });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
