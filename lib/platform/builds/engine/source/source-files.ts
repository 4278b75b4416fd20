import dockerignore from '@balena/dockerignore';
import { lstat, readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { BuildError } from '../build-error.ts';

/** One entry of a source, as it goes into an archive. */
export interface SourceFile {
  /** Below the source's folder, with `/`. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink';
  readonly mode: number;
  readonly mtime: Date;
  readonly size: number;
  /** Of a symbolic link, as it stands there: it is never followed. */
  readonly target?: string;
}

/** The folder that is built, a real one inside the source: a link must not lead to what else is on this machine. */
export async function contextFolder(source: string, contextDir: string | undefined): Promise<string> {
  if (contextDir === undefined || contextDir === '') return source;
  const failure = (why: string, cause?: unknown): BuildError =>
    new BuildError('InvalidContextDirectory', `context directory ${JSON.stringify(contextDir)} ${why}`, { cause });
  try {
    const [root, inside] = await Promise.all([realpath(source), realpath(join(source, contextDir))]);
    if (inside !== root && !inside.startsWith(root + sep)) throw failure('is outside of the source');
    if (!(await lstat(inside)).isDirectory()) throw failure('is no directory');
    return inside;
  } catch (error) {
    throw error instanceof BuildError ? error : failure('is not in the source', error);
  }
}

/** What the lines of `.s2iignore` or `.dockerignore` leave; both have Docker's rules here. The file itself stays. */
export async function ignoreRules(
  folder: string,
  file: string,
  always: readonly string[] = [],
): Promise<(path: string) => boolean> {
  const text = await readText(join(folder, file));
  const rules = dockerignore.default({ ignorecase: false }).add([...always, ...(text ?? '').split(/\r?\n/)]);
  return (path) => path !== file && rules.ignores(path);
}

/** A regular file's text. undefined: there is none. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    if (!(await lstat(path)).isFile()) return undefined;
    return await readFile(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** Everything below a folder but what is ignored, folders before what is in them, in the order of names. Sockets, pipes and devices are left out. */
export async function* sourceFiles(folder: string, isIgnored: (path: string) => boolean): AsyncGenerator<SourceFile> {
  const walk = async function* (dir: string): AsyncGenerator<SourceFile> {
    const names = (await readdir(dir)).sort();
    for (const name of names) {
      const full = join(dir, name);
      const path = relative(folder, full).split(sep).join('/');
      const stats = await lstat(full);
      const ignored = isIgnored(path);
      const common = { path, mode: stats.mode & 0o7777, mtime: stats.mtime, size: 0 };
      if (stats.isDirectory()) {
        // An exception (`!`) may keep something inside an ignored folder.
        if (!ignored) yield { ...common, type: 'directory' };
        yield* walk(full);
      } else if (ignored) continue;
      else if (stats.isSymbolicLink()) yield { ...common, type: 'symlink', target: await readlink(full) };
      else if (stats.isFile()) yield { ...common, type: 'file', size: stats.size };
    }
  };
  yield* walk(folder);
}
