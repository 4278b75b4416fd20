import { spawn } from 'node:child_process';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Build } from '../../api/build/build-types.ts';
import { INPUTS_DIR, MOUNTS, REVISION_FILE } from '../contract.ts';
import { BuildError } from '../engine/build-error.ts';
import { openArchive } from '../engine/source/archive.ts';
import { cloneSource, withoutPassword } from '../engine/source/git-clone.ts';
import { copyEntries } from '../engine/tar-check.ts';
import { TRUSTED_CA_FILE } from './build-surroundings.ts';
import { say } from './output.ts';
import { type Program, stageClock } from './termination.ts';

/** `git-clone`: fetches the source from git, or takes it from standard input. */
export const gitClone =
  (build: Build): Program =>
  async (tell, signal) => {
    const { source = {} } = build.spec;
    const stage = stageClock(tell);
    await stage('FetchInputs', async () => {
      await mkdir(INPUTS_DIR, { recursive: true });
      if (source.binary !== undefined) return takeUpload(source.binary.asFile);
      const git = source.git!;
      const ref = build.spec.revision?.git?.commit ?? git.ref;
      say(`Cloning ${JSON.stringify(withoutPassword(git.uri))} ...`);
      const revision = await cloneSource(
        {
          uri: git.uri,
          ...(ref ? { ref } : {}),
          ...(git.httpProxy ? { httpProxy: git.httpProxy } : {}),
          ...(git.httpsProxy ? { httpsProxy: git.httpsProxy } : {}),
          ...(git.noProxy ? { noProxy: git.noProxy } : {}),
          ...(existsSync(MOUNTS.source) ? { secretFolder: MOUNTS.source } : {}),
          ...(existsSync(TRUSTED_CA_FILE) ? { trustedCaFile: TRUSTED_CA_FILE } : {}),
        },
        INPUTS_DIR,
        signal,
      );
      say(`\tCommit:\t${revision.commit} (${revision.message})`);
      say(`\tAuthor:\t${revision.author?.name} <${revision.author?.email}>`);
      await writeFile(REVISION_FILE, JSON.stringify(revision));
      tell({ revision });
      return undefined;
    });
  };

async function takeUpload(asFile: string | undefined): Promise<void> {
  if (asFile !== undefined && asFile !== '') {
    if (asFile.includes('/') || asFile === '..' || asFile === '.')
      throw new BuildError('FetchSourceFailed', `the name of the file, ${JSON.stringify(asFile)}, is no name of a file`);
    say(`Receiving source from STDIN as file ${asFile}`);
    await pipeline(process.stdin, createWriteStream(join(INPUTS_DIR, asFile)));
    return;
  }
  say('Receiving source from STDIN as archive ...');
  await unpack(await plain(process.stdin), INPUTS_DIR);
}

/** A tar, gzipped or not: by its first bytes, not by what was said of it. */
async function plain(stream: Readable): Promise<Readable> {
  const first = await new Promise<Buffer | null>((resolve, reject) => {
    stream.once('readable', () => resolve(stream.read() as Buffer | null));
    stream.once('end', () => resolve(null));
    stream.once('error', reject);
  });
  if (first === null || first.length === 0) throw new BuildError('FetchSourceFailed', 'nothing was uploaded');
  stream.unshift(first);
  return first[0] === 0x1f && first[1] === 0x8b ? stream.pipe(createGunzip()) : stream;
}

/** Unpacks a tar that was looked through before, entry by entry. */
export async function unpack(tar: Readable, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const archive = openArchive();
  const child = spawn('tar', ['-C', folder, '-xf', '-'], { stdio: ['pipe', 'ignore', 'pipe'] });
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => (words = (words + chunk.toString('utf8')).slice(-2000)));
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 255));
  });
  const written = pipeline(archive.stream, child.stdin).catch(() => undefined);
  const refuse = (problem: string): BuildError => new BuildError('FetchSourceFailed', `the source cannot be taken: ${problem}`);
  try {
    await copyEntries(tar, archive, { refuse });
    archive.end();
  } catch (cause) {
    archive.fail(cause as Error);
    await ended;
    throw cause instanceof BuildError ? cause : refuse('it is no whole tar archive');
  }
  await written;
  if ((await ended) !== 0) throw refuse(words.trim().split('\n', 1)[0] ?? 'tar failed');
}
