import { execFile } from 'node:child_process';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SourceGroup } from './source-groups.ts';

const run = promisify(execFile);

const SUITE = 'trixie';
const PACKAGES = ['golang-k8s-api-dev', 'golang-k8s-apimachinery-dev', 'golang-github-openshift-api-dev'];

/**
 * Fetches the Debian packages that hold Kubernetes' and OpenShift's Go types and unpacks them under `folder`. The suite need not be
 * configured: its index is fetched into the folder, from the mirror that apt uses here; the machine's own lists stay as
 * they are. Gives the folder that holds k8s.io and github.com. Rejects when apt cannot download.
 */
export async function fetchGoSources(folder: string): Promise<string> {
  for (const part of ['lists/partial', 'cache/archives/partial', 'root']) await mkdir(join(folder, part), { recursive: true });
  await writeFile(join(folder, 'sources.list'), `deb ${await debianMirror()} ${SUITE} main\n`);
  const options = [
    `Dir::Etc::sourcelist=${join(folder, 'sources.list')}`,
    'Dir::Etc::sourceparts=-',
    `Dir::State::Lists=${join(folder, 'lists')}`,
    `Dir::Cache=${join(folder, 'cache')}`,
    'Acquire::Languages=none',
    // The download user could not enter a private folder.
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option]);
  await run('apt-get', [...options, '--error-on=any', 'update'], { cwd: folder });
  await run('apt-get', [...options, 'download', ...PACKAGES], { cwd: folder });
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.deb')))
    await run('dpkg', ['-x', join(folder, file), join(folder, 'root')]);
  return join(folder, 'root/usr/share/gocode/src');
}

async function debianMirror(): Promise<string> {
  const { stdout } = await run('apt-get', ['indextargets', '--format', '$(LABEL)\t$(REPO_URI)', 'Created-By: Packages']);
  const mirror = stdout
    .split('\n')
    .find((line) => line.startsWith('Debian\t'))
    ?.slice('Debian\t'.length);
  if (mirror === undefined) throw new Error("apt has no Debian archive configured, and the types are in Debian's packages");
  return mirror;
}

/** All non-test sources of a group's package, as one text. */
export async function readGoPackage(root: string, group: SourceGroup): Promise<string> {
  const folder = join(root, group.path);
  const names = (await readdir(folder)).filter((name) => /^(types|duration|time|micro_time|watch)\.go$/.test(name)).sort();
  // types.go first: its imports are the ones that count.
  names.sort((a, b) => Number(b === 'types.go') - Number(a === 'types.go'));
  return (await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))).join('\n');
}
