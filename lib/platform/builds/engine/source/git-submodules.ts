import { lstat, realpath, rm } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { gitUrlProblem } from '../../../api/build/git-url.ts';
import { BuildError } from '../build-error.ts';
import type { Git } from './git-command.ts';

/** More, or deeper, is no source that somebody wrote. */
const MOST = 100;
const DEEPEST = 5;

type Fetch = (git: Git, url: string, commit: string) => Promise<void>;

/**
 * Fetches the submodules of what is checked out, and theirs. Each is fetched as the source is, from a URL that a build could be from itself, with
 * the same settings of git (nothing that a repository says is run); the source's password is given to its host alone. Rejects with a BuildError.
 */
export async function fetchSubmodules(git: Git, url: string, fetch: Fetch): Promise<void> {
  let left = MOST;
  const walk = async (within: Git, from: string, depth: number): Promise<void> => {
    for (const { path, url: written } of await submodules(within)) {
      const commit = await linkedCommit(within, path);
      if (commit === undefined) continue;
      if (depth > DEEPEST || left-- === 0)
        throw failure(path, `there are more than ${MOST} submodules, or they are more than ${DEEPEST} deep`);
      const target = resolveUrl(from, written);
      const problem = gitUrlProblem(target);
      if (problem !== undefined) throw failure(path, `${JSON.stringify(written)}: ${problem}`);
      const module = within.in(await placeOf(within.folder, path));
      await module.run('init', '--quiet', '--template=', '--initial-branch=source');
      await fetch(module, target, commit).catch((cause: Error) => Promise.reject(failure(path, cause.message, cause)));
      await walk(module, target, depth + 1);
      // A source has one repository.
      await rm(join(module.folder, '.git'), { recursive: true, force: true });
    }
  };
  await walk(git, url, 1);
}

const failure = (path: string, why: string, cause?: unknown): BuildError =>
  new BuildError('FetchSourceFailed', `submodule ${JSON.stringify(path)} cannot be fetched: ${why}`, { cause });

/** What `.gitmodules` says, as far as it says all of it. */
async function submodules(git: Git): Promise<{ path: string; url: string }[]> {
  const file = await lstat(join(git.folder, '.gitmodules')).catch(() => undefined);
  if (file?.isFile() !== true) return [];
  const found = new Map<string, Partial<Record<string, string>>>();
  for (const entry of (await git.run('config', '--file', '.gitmodules', '--null', '--list')).split('\0')) {
    const [, name, key, value] = /^submodule\.([^\n]*)\.(path|url)\n(.*)$/s.exec(entry) ?? [];
    if (name !== undefined) found.set(name, { ...found.get(name), [key!]: value! });
  }
  return [...found.values()].flatMap(({ path, url }) => (path === undefined || url === undefined ? [] : [{ path, url }]));
}

/** The commit that the source wants there; undefined where it has something else at that path, or nothing. */
async function linkedCommit(git: Git, path: string): Promise<string | undefined> {
  const listed = (await git.run('ls-tree', '-z', 'HEAD', '--', path)).split('\0');
  const [, commit] =
    listed.map((line) => /^160000 commit ([0-9a-f]{40,64})\t(.*)$/s.exec(line)).find((each) => each?.[2] === path) ?? [];
  return commit;
}

/** The folder that git has made for it, inside of the source whatever links say. */
async function placeOf(folder: string, path: string): Promise<string> {
  const [root, place] = await Promise.all([realpath(folder), realpath(join(folder, path)).catch(() => '')]);
  if (!place.startsWith(root + sep) || path.split('/').some((part) => part.toLowerCase() === '.git'))
    throw failure(path, 'it has no folder of its own in the source');
  return place;
}

/** A URL that may be relative to that of the repository which names it (gitmodules(5): `./` and `../` at its beginning). */
export function resolveUrl(base: string, url: string): string {
  if (!/^\.\.?\//.test(url)) return url;
  let from = base.replace(/\/+$/, '');
  let rest = url;
  for (;;) {
    if (rest.startsWith('./')) rest = rest.slice(2);
    else if (rest.startsWith('../')) {
      // The host stays, whatever is before it.
      if (!/[/:][^/:]+$/.test(from) || /^[a-z+]+:\/\/[^/]*$/i.test(from)) return url;
      from = from.replace(/([/:])[^/:]+$/, (_all, mark: string) => (mark === ':' ? ':' : ''));
      rest = rest.slice(3);
    } else return from.endsWith(':') ? `${from}${rest}` : `${from}/${rest}`;
  }
}
