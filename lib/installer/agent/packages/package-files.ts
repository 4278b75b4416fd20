import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFile, hashOf } from '../../artifacts/cache.ts';
import { tarMembers } from '../../artifacts/tar-stream.ts';
import { agentErrors } from '../agent-errors.ts';
import { aptInstall } from './apt.ts';
import type { InstallOptions, Outcome } from './package-manager.ts';

/** One package in an archive of them. */
export interface PackageFile {
  /** Its member in the archive: a file name, no path. */
  readonly file: string;
  readonly sha256: string;
}

/** Takes the packages out of an archive into `folder`, each verified. What an earlier run that was cut off left there is replaced. */
export async function unpackPackages(
  archive: { readonly path: string; readonly sha256: string },
  files: readonly PackageFile[],
  folder: string,
): Promise<string[]> {
  const actual = await hashFile(archive.path);
  if (actual !== archive.sha256) throw agentErrors.FILE_CORRUPT(archive.path, archive.sha256, actual);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const expected = new Map(files.map((file) => [file.file, file.sha256]));
  for await (const { path, type, read } of tarMembers(archive.path)) {
    const sha256 = expected.get(path);
    if (type !== 'file' || sha256 === undefined) throw agentErrors.FILE_CORRUPT(`${archive.path}(${path})`, 'none', 'unexpected');
    const content = await read();
    if (hashOf(content) !== sha256) throw agentErrors.FILE_CORRUPT(`${archive.path}(${path})`, sha256, hashOf(content));
    const file = await open(join(folder, path), 'wx', 0o600);
    await file.writeFile(content).finally(() => file.close());
    expected.delete(path);
  }
  const [missing] = expected.keys();
  if (missing !== undefined) throw agentErrors.FILE_CORRUPT(`${archive.path}(${missing})`, expected.get(missing)!, 'missing');
  return files.map(({ file }) => join(folder, file));
}

/**
 * Installs package files, and nothing but them: apt orders them and calls dpkg, with no package list at hand that could send it to a
 * mirror, and with caches of its own, so that nothing of the system's is rebuilt.
 */
export async function installPackageFiles(paths: readonly string[], scratch: string, options: InstallOptions): Promise<Outcome> {
  await mkdir(join(scratch, 'lists', 'partial'), { recursive: true, mode: 0o700 });
  await mkdir(join(scratch, 'archives', 'partial'), { recursive: true, mode: 0o700 });
  return aptInstall(paths, options, [`Dir::State::lists=${scratch}/lists`, `Dir::Cache=${scratch}`, 'APT::Sandbox::User=root']);
}
