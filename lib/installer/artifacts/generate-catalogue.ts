/**
 * Writes assets/artifacts/catalogue.json from Debian's signed package lists, as apt on this machine is configured for them:
 *
 *     node lib/installer/artifacts/generate-catalogue.ts
 *
 * Each entry has two addresses of the same bytes: the mirror network's (fast, but a point release takes the file away) and the snapshot
 * archive's by hash (for ever).
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { assetPath } from '../../common/assets.ts';
import { hashOf, writeWhole } from './cache.ts';
import { type Catalogue, catalogueSchema } from './catalogue.ts';

const run = promisify(execFile);
const names = ['busybox-static', 'catatonit', 'libatomic1'];

/** One package of one architecture, looked up and downloaded by apt, which checks the signature of the list. */
async function entry(name: string, architecture: 'amd64' | 'arm64', scratch: string): Promise<Catalogue['packages'][number]> {
  const options = aptOptions(architecture, scratch);
  const { stdout } = await run('apt-cache', [...options, 'show', '--no-all-versions', name]);
  const field = (key: string) => new RegExp(`^${key}: (.+)$`, 'm').exec(stdout)?.[1] ?? '';
  const folder = join(scratch, `${name}-${architecture}`);
  await mkdir(folder);
  await run('apt-get', [...options, 'download', name], { cwd: folder });
  const [file] = await readdir(folder);
  const data = await readFile(join(folder, file ?? ''));
  if (hashOf(data) !== field('SHA256')) throw new Error(`${name}: the file is not what the package list says`);
  return {
    package: name,
    version: field('Version'),
    architecture,
    sha256: field('SHA256'),
    size: Number(field('Size')),
    // The archive of all that Debian ever published: a mirror drops a version with the next point release.
    urls: [`https://snapshot.debian.org/file/${createHash('sha1').update(data).digest('hex')}`],
  };
}

function aptOptions(architecture: string, scratch: string): string[] {
  return [
    ['APT::Architecture', architecture],
    ['APT::Architectures', architecture],
    ['APT::Sandbox::User', 'root'],
    ['Dir::State::lists', join(scratch, `lists-${architecture}`)],
    ['Dir::Cache', join(scratch, `cache-${architecture}`)],
    // Only Debian's own archive: an entry must be found on its mirrors.
    ['Dir::Etc::SourceParts', '/dev/null'],
    ['Dir::Etc::SourceList', join(scratch, 'sources.list')],
  ].flatMap(([key, value]) => ['-o', `${key}=${value}`]);
}

/** The mirror that this machine's own apt uses. */
async function debianMirror(): Promise<string> {
  const { stdout } = await run('apt-get', ['indextargets', '--format', '$(REPO_URI) $(COMPONENT)', 'Created-By: Packages']);
  const mirror = stdout
    .split('\n')
    .find((line) => /\/debian\/? main$/.test(line))
    ?.split(' ')[0];
  if (mirror === undefined) throw new Error('apt knows no Debian mirror: this runs on Debian');
  return mirror;
}

const release = 'bookworm';
const scratch = await mkdtemp(join(tmpdir(), 'oo-install-catalogue-'));
try {
  const key = 'signed-by=/usr/share/keyrings/debian-archive-keyring.gpg';
  await writeWhole(join(scratch, 'sources.list'), `deb [${key}] ${await debianMirror()} ${release} main\n`);
  const packages: Catalogue['packages'] = [];
  for (const architecture of ['amd64', 'arm64'] as const) {
    await mkdir(join(scratch, `lists-${architecture}`, 'partial'), { recursive: true });
    await mkdir(join(scratch, `cache-${architecture}`, 'archives', 'partial'), { recursive: true });
    await run('apt-get', [...aptOptions(architecture, scratch), 'update']);
    for (const name of names) packages.push(await entry(name, architecture, scratch));
  }
  const catalogue = catalogueSchema.parse({ release, packages } satisfies Catalogue);
  await writeWhole(assetPath('artifacts', 'catalogue.json'), `${JSON.stringify(catalogue, undefined, 2)}\n`);
} finally {
  await rm(scratch, { recursive: true, force: true });
}
