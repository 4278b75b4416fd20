import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { registerSecret } from '../../../../common/secrets.ts';
import { gitUrlProblem, isGitRef } from '../../../api/build/git-url.ts';
import type { GitRevision } from '../../../api/build/build-types.ts';
import { BuildError } from '../build-error.ts';
import { type GitAccess, gitEnvironment } from './git-environment.ts';

export interface GitRequest extends GitAccess {
  /** A URL, or with `local` a folder. */
  readonly uri: string;
  /** Branch, tag or commit. @default what the repository's HEAD is */
  readonly ref?: string;
  /** The source is a folder of this machine, which belongs to whoever asks. */
  readonly local?: boolean;
}

/** Longer than any clone that somebody waits for. */
const CLONE_LIMIT_MS = 30 * 60_000;
const COMMIT = /^[0-9a-f]{7,64}$/;

/**
 * Fetches one commit into a new folder, without its history where the server lets us. Submodules are not fetched: their addresses are the
 * repository's to choose, and would be opened with the build's network and rights.
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
    return await git.revision();
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

class Git {
  readonly #folder: string;
  readonly #env: Record<string, string>;
  readonly #signal: AbortSignal;

  constructor(folder: string, env: Record<string, string>, signal: AbortSignal) {
    this.#folder = folder;
    this.#env = env;
    this.#signal = AbortSignal.any([signal, AbortSignal.timeout(CLONE_LIMIT_MS)]);
  }

  /** Resolves to what it wrote. */
  run(...args: string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = spawn('git', args, {
        cwd: this.#folder,
        env: this.#env,
        stdio: ['ignore', 'pipe', 'pipe'],
        signal: this.#signal,
      });
      let out = '';
      let err = '';
      child.stdout.on('data', (chunk: Buffer) => (out = (out + chunk.toString('utf8')).slice(0, 64_000)));
      child.stderr.on('data', (chunk: Buffer) => (err = (err + chunk.toString('utf8')).slice(-4000)));
      child.on('error', (cause) => reject(new BuildError('FetchSourceFailed', gitError(cause), { cause })));
      child.on('close', (code) => {
        if (code === 0) resolve(out);
        else reject(new BuildError('FetchSourceFailed', `git ${args[0]} failed: ${lastWords(err) || `exit code ${code}`}`));
      });
    });
  }

  async revision(): Promise<GitRevision> {
    const format = ['%H', '%an', '%ae', '%cn', '%ce', '%s'].join('%x00');
    const fields = (await this.run('log', '-1', '--no-color', `--format=${format}`)).trimEnd().split('\0');
    const [commit = '', author = '', authorEmail = '', committer = '', committerEmail = '', message = ''] = fields;
    return {
      commit,
      author: { name: author, email: authorEmail },
      committer: { name: committer, email: committerEmail },
      message,
    };
  }
}

const gitError = (cause: Error): string =>
  (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'git is not installed here' : 'git was stopped';

/** The line that says why, without the ones around it. */
const lastWords = (text: string): string => {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.find((line) => /^(?:fatal|error|remote: .*(?:denied|not found)):?/i.test(line)) ?? lines.at(-1) ?? '';
};

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
