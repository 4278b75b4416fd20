import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { errorText } from '../../common/errors.ts';
import { artifactErrors } from './artifact-errors.ts';
import { blobPath, exists, putBlob } from './cache.ts';
import { readCatalogue } from './catalogue.ts';
import type { DebianArchitecture } from './debian-architecture.ts';
import { download } from './download.ts';
import { undisturbed } from './packages/apt-turns.ts';

const run = promisify(execFile);
/** ms for which lists are not asked for again. */
const LISTS_AGE = 3_600_000;

/**
 * A Debian package as a file in the cache: from the operator's own apt, which verifies signatures and honours its mirrors and
 * proxies, else from the catalogue by URL and sha256.
 */
export async function fetchPackage(name: string, options: { cacheDir: string; arch: DebianArchitecture }): Promise<string> {
  let aptFailure: unknown;
  if (await hasApt(options.arch)) {
    try {
      return await aptDownload(name, options.cacheDir);
    } catch (error) {
      aptFailure = error;
    }
  }
  return catalogueDownload(name, options).catch((error: unknown) => {
    if (aptFailure === undefined) throw error;
    throw artifactErrors.PACKAGE_NOT_AVAILABLE(name, `${errorText(aptFailure)}; ${errorText(error)}`, { cause: error });
  });
}

/** From the catalogue alone. */
async function catalogueDownload(name: string, options: { cacheDir: string; arch: DebianArchitecture }): Promise<string> {
  const { packages } = await readCatalogue();
  const entry = packages.find((candidate) => candidate.package === name && candidate.architecture === options.arch);
  if (entry === undefined) throw artifactErrors.PACKAGE_NOT_AVAILABLE(name, `the catalogue has none for ${options.arch}`);
  const path = blobPath(options.cacheDir, entry.sha256);
  if (!(await exists(path))) {
    await putBlob(options.cacheDir, await download({ ...entry, what: `${name} ${entry.version}` }));
  }
  return path;
}

async function hasApt(arch: DebianArchitecture): Promise<boolean> {
  if (!(await exists('/usr/bin/apt-get')) || !(await exists('/usr/bin/dpkg'))) return false;
  const { stdout } = await run('dpkg', ['--print-architecture']);
  return stdout.trim() === arch;
}

/** `apt-get download` into the cache. Package lists that are missing (a fresh minimal system) are fetched into the cache, not onto the system. */
async function aptDownload(name: string, cacheDir: string): Promise<string> {
  const scratch = await mkdtemp(join(tmpdir(), 'oo-install-apt-'));
  const env = { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
  // Root's apt would drop to _apt, which cannot write into our folder, and say so on every run.
  const unsandboxed = ['-o', 'APT::Sandbox::User=root'];
  try {
    const download = (extra: readonly string[]) =>
      run('apt-get', ['-q', ...unsandboxed, ...extra, 'download', name], { cwd: scratch, env });
    try {
      await download([]);
    } catch {
      const lists = await privateLists(cacheDir);
      await updateOnce(cacheDir, () => run('apt-get', ['-q', ...unsandboxed, ...lists, 'update'], { env }));
      await undisturbed(() => download(lists));
    }
    const file = (await readdir(scratch)).find((entry) => entry.endsWith('.deb'));
    if (file === undefined) throw new Error('apt-get download left no file');
    const data = await readFile(join(scratch, file));
    return blobPath(cacheDir, await putBlob(cacheDir, data));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** When lists were last asked for, by the folder that they are in, in ms since the process began. */
const updates = new Map<string, { readonly at: number; readonly done: Promise<unknown> }>();

/** Once for all packages that are wanted at one time: the answer is the same, and takes seconds. */
function updateOnce(folder: string, update: () => Promise<unknown>): Promise<unknown> {
  const last = updates.get(folder);
  if (last !== undefined && performance.now() - last.at < LISTS_AGE) return last.done;
  const done = undisturbed(update).catch((error: unknown) => {
    updates.delete(folder);
    throw error;
  });
  updates.set(folder, { at: performance.now(), done });
  return done;
}

async function privateLists(cacheDir: string): Promise<string[]> {
  const lists = join(cacheDir, 'apt', 'lists');
  await mkdir(join(lists, 'partial'), { recursive: true });
  await mkdir(join(cacheDir, 'apt', 'archives', 'partial'), { recursive: true });
  return ['-o', `Dir::State::lists=${lists}`, '-o', `Dir::Cache=${join(cacheDir, 'apt')}`];
}
