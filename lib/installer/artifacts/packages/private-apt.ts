import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { errorText } from '../../../common/errors.ts';
import type { AptArchive, Distro } from '../../distro/distro.ts';
import { artifactErrors } from '../artifact-errors.ts';
import { exists, writeWhole } from '../cache.ts';
import type { DebianArchitecture } from '../debian-architecture.ts';
import { undisturbed } from './apt-turns.ts';

const run = promisify(execFile);
/** ms after which the lists are asked for anew. */
const listsAge = 24 * 3600_000;

/**
 * The operator's apt, made to think that it stands on another distribution: sources, lists, caches and settings of its own in a folder of our
 * cache, for any release and architecture. Signatures are verified by apt, with the keys of that distribution. Nothing of the operator's
 * system is changed; its proxies and credentials are used.
 */
export interface PrivateApt {
  /** Whether lists are there and young enough to answer at once. */
  ready(): Promise<boolean>;
  /** Fetches the lists when they are old; `force`: in any case. Old lists are better than none. */
  update(force?: boolean): Promise<void>;
  /** Runs apt-get, answers its output. `options`: as after `-o`. */
  run(args: readonly string[], how?: { readonly options?: readonly string[]; readonly cwd?: string }): Promise<string>;
  /** A new empty folder. */
  scratch(): Promise<string>;
}

/** Whether this machine has an apt that can be asked. */
export function hasApt(): Promise<boolean> {
  return exists('/usr/bin/apt-get');
}

/** The archive of a distribution, when this machine can ask for its packages; throws why it cannot. */
export async function requireApt({ name, archive }: Distro): Promise<AptArchive> {
  if (archive === undefined) throw artifactErrors.DISTRO_WITHOUT_ARCHIVE(name);
  if (!(await hasApt())) throw artifactErrors.OPERATOR_WITHOUT_APT(name);
  if (!(await exists(archive.keyring))) throw artifactErrors.KEYRING_MISSING(name, archive.keyring, archive.keyringPackage);
  return archive;
}

/** Whether package lists are in the cache, and young enough to be believed. */
export async function listsReady(options: { cacheDir: string; distro: Distro; arch: DebianArchitecture }): Promise<boolean> {
  return Date.now() - (await timeOf(stampOf(options))) < listsAge;
}

const stampOf = (options: { cacheDir: string; distro: Distro; arch: DebianArchitecture }): string =>
  join(options.cacheDir, 'apt', `${options.distro.name}-${options.arch}`, 'lists.stamp');

/** This machine's apt on folders of its own, for another release and architecture. Throws an OoError where there is no apt. */
export async function privateApt(options: { cacheDir: string; distro: Distro; arch: DebianArchitecture }): Promise<PrivateApt> {
  const { distro, arch } = options;
  const archive = await requireApt(distro);
  const folder = join(options.cacheDir, 'apt', `${distro.name}-${arch}`);
  for (const path of ['lists/partial', 'archives/partial', 'none']) await mkdir(join(folder, path), { recursive: true });
  const stamp = stampOf(options);
  await writeWhole(join(folder, 'sources.list'), sourcesList(archive, arch, await ownMirrors()));
  await writeWhole(join(folder, 'apt.conf'), settings(folder, arch));
  // Read after the system's own settings, whose proxies it keeps.
  const argv = ['-q', '-c', join(folder, 'apt.conf')];
  const env = { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };

  const apt: PrivateApt = {
    scratch: () => mkdtemp(join(folder, 'run-')),
    ready: () => listsReady(options),
    update: async (force = false) => {
      if (!force && (await apt.ready())) return;
      try {
        // Without `--error-on=any` apt is content with lists that it could not fetch.
        await apt.run(['--error-on=any', 'update']);
        await writeWhole(stamp, `${archive.codename}\n`);
      } catch (error) {
        if (!(await exists(stamp))) throw artifactErrors.LISTS_NOT_AVAILABLE(distro.name, errorText(error));
      }
    },
    run: (args, { options: extra = [], cwd = folder } = {}) =>
      undisturbed(
        async () =>
          (await run('apt-get', [...argv, ...extra.flatMap((it) => ['-o', it]), ...args], { env, cwd, maxBuffer: 64e6 })).stdout,
      ).catch((error: unknown) => {
        throw new Error(aptWords(error), { cause: undefined });
      }),
  };
  return apt;
}

/** Of what apt-get wrote, its errors (`E: ...`), or the dependencies that it could not meet. */
function aptWords(error: unknown): string {
  const { stderr = '', stdout = '', message } = error as { stderr?: string; stdout?: string; message: string };
  const lines = stderr.split('\n').filter((line) => /^[EW]: /.test(line));
  const unmet = stdout.split('\n').filter((line) => /^ .*(Depends|Conflicts|Breaks): /.test(line));
  return (
    [...unmet, ...lines]
      .map((line) => line.trim().replace(/^[EW]: /, ''))
      .slice(0, 4)
      .join('; ') || message
  );
}

/** ms since the epoch, 0 for what is not there. */
async function timeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
}

interface Mirrors {
  readonly main: string;
  readonly security: string;
}

/** The mirrors that this machine's own apt uses, by the family of distributions that they carry. */
export async function ownMirrors(): Promise<readonly string[]> {
  const { stdout } = await run('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages']).catch(() => ({
    stdout: '',
  }));
  return [...new Set(stdout.split('\n').filter((uri) => /^https?:/.test(uri)))];
}

/** The sources of one release: from a mirror of ours that carries this distribution, else from the distribution's own. */
export function sourcesList(archive: AptArchive, arch: DebianArchitecture, own: readonly string[]): string {
  const mirrors = mirrorsFor(archive.mirrors[arch], own);
  const line = (suite: string, uri: string) =>
    `deb [arch=${arch} signed-by=${archive.keyring}] ${uri} ${suite} ${archive.components.join(' ')}\n`;
  return (
    line(archive.codename, mirrors.main) + archive.suites.map(({ suite, archive: from }) => line(suite, mirrors[from])).join('')
  );
}

function mirrorsFor(theirs: Mirrors, own: readonly string[]): Mirrors {
  const like = (uri: string) => own.find((mirror) => lastPart(mirror) === lastPart(uri)) ?? uri;
  return { main: like(theirs.main), security: like(theirs.security) };
}

const lastPart = (uri: string): string => uri.replace(/\/+$/, '').split('/').at(-1) ?? '';

function settings(folder: string, arch: DebianArchitecture): string {
  const own: Readonly<Record<string, string>> = {
    'APT::Architecture': arch,
    // Root's apt would drop to _apt, which cannot write into our folder.
    'APT::Sandbox::User': 'root',
    'APT::Install-Recommends': 'false',
    'Acquire::Languages': 'none',
    'Acquire::ForceHash': 'SHA256',
    'Acquire::Retries': '3',
    'Dir::State::lists': `${folder}/lists`,
    'Dir::State::extended_states': `${folder}/none/extended_states`,
    'Dir::Cache': folder,
    'Dir::Cache::archives': `${folder}/archives`,
    // The lists as apt reads them, kept: without these files it reads 40 MB anew for each question, which images of Debian for containers have it do.
    'Dir::Cache::pkgcache': `${folder}/pkgcache.bin`,
    'Dir::Cache::srcpkgcache': `${folder}/srcpkgcache.bin`,
    'Dir::Etc::SourceList': `${folder}/sources.list`,
    'Dir::Etc::SourceParts': `${folder}/none`,
    'Dir::Etc::Preferences': `${folder}/none/preferences`,
    'Dir::Etc::PreferencesParts': `${folder}/none`,
    'Dir::Log': `${folder}/none`,
  };
  const cleared = [
    'APT::Architectures',
    'APT::Update',
    'DPkg::Pre-Invoke',
    'DPkg::Post-Invoke',
    'DPkg::Pre-Install-Pkgs',
    'APT::NeverAutoRemove',
  ];
  return [
    ...cleared.map((key) => `#clear ${key};`),
    `APT::Architectures { "${arch}"; };`,
    ...Object.entries(own).map(([key, value]) => `${key} "${value}";`),
    '',
  ].join('\n');
}
