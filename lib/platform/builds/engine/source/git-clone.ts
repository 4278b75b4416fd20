import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { registerSecret } from '../../../../common/secrets.ts';
import { gitUrlProblem, isGitRef } from '../../../api/build/git-url.ts';
import type { GitRevision } from '../../../api/build/build-types.ts';
import { BuildError } from '../build-error.ts';
import { Git } from './git-command.ts';
import { type GitAccess, gitEnvironment } from './git-environment.ts';
import { fetchSubmodules } from './git-submodules.ts';

export interface GitRequest extends GitAccess {
  /** A URL, or with `local` a folder. */
  readonly uri: string;
  /** Branch, tag or commit. @default what the repository's HEAD is */
  readonly ref?: string;
  /** The source is a folder of this machine, which belongs to whoever asks. */
  readonly local?: boolean;
}

const COMMIT = /^[0-9a-f]{7,64}$/;

/**
 * Fetches one commit into a new folder, without its history where the server lets us, and its submodules. Those of a folder of this machine stay where they
 * are: their addresses are the repository's to choose, and may be other folders.
 *
 * Resolves to what was fetched. Rejects with a BuildError (FetchSourceFailed).
 */
export async function cloneSource(request: GitRequest, folder: string, signal: AbortSignal): Promise<GitRevision> {
  const { uri, ref } = request;
  const problem = request.local === true ? undefined : gitUrlProblem(uri);
  if (problem !== undefined) throw new BuildError('FetchSourceFailed', `${problem}: ${withoutPassword(uri)}`);
  if (ref !== undefined && !isGitRef(ref))
    throw new BuildError('FetchSourceFailed', `ref ${JSON.stringify(ref)} is no name of a branch, a tag or a commit`);
  const home = await mkdtemp(join(tmpdir(), 'sti-git-'));
  try {
    const { url, access } = await withSecretsApart(uri, request, home);
    const git = new Git(folder, await gitEnvironment(join(home, 'home'), hostOf(url), access, request.local), signal);
    await mkdir(folder, { recursive: true });
    await git.run('init', '--quiet', '--template=', '--initial-branch=source');
    await fetchCommit(git, url, ref);
    const revision = await git.revision();
    if (request.local !== true) await fetchSubmodules(git, url, (within, from, commit) => fetchCommit(within, from, commit));
    return revision;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function fetchCommit(git: Git, url: string, ref: string | undefined): Promise<void> {
  const options = ['fetch', '--quiet', '--no-tags', '--no-recurse-submodules', '--force'];
  try {
    await git.run(...options, '--depth=1', '--', url, ref ?? 'HEAD');
    await git.run('checkout', '--quiet', '--force', '--detach', 'FETCH_HEAD');
    return;
  } catch (error) {
    // A server may refuse to give out a commit by its name, and an abbreviated one is only known to who has them all; an old one has no depth.
    if (ref !== undefined && !COMMIT.test(ref) && !/depth|shallow|dumb/.test(String(error))) throw error;
  }
  if (ref === undefined || !COMMIT.test(ref)) {
    await git.run(...options, '--', url, ref ?? 'HEAD');
    await git.run('checkout', '--quiet', '--force', '--detach', 'FETCH_HEAD');
    return;
  }
  await git.run(...options, '--', url, '+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*');
  await git.run('checkout', '--quiet', '--force', '--detach', `${ref}^{commit}`);
}

/** A name and password in the URL become files, as those of a secret: git gets them from there, and no list of processes shows them. */
async function withSecretsApart(uri: string, access: GitAccess, home: string): Promise<{ url: string; access: GitAccess }> {
  const url = URL.canParse(uri) && /^https?:/i.test(uri) ? new URL(uri) : undefined;
  if (url === undefined || (url.username === '' && url.password === '')) return { url: uri, access };
  const secretFolder = join(home, 'url');
  await mkdir(secretFolder, { mode: 0o700 });
  const [username, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  registerSecret(password);
  await writeFile(join(secretFolder, 'username'), username, { mode: 0o600 });
  await writeFile(join(secretFolder, 'password'), password, { mode: 0o600 });
  url.username = url.password = '';
  return { url: url.href, access: { ...access, secretFolder } };
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : '');

/** A URL as it may be shown. */
export function withoutPassword(uri: string): string {
  return uri.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1');
}
