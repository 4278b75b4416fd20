import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { hashFile, hashOf } from '../../artifacts/cache.ts';
import { tarMembers } from '../../artifacts/tar-stream.ts';
import { agentErrors } from '../agent-errors.ts';
import type { CallContext, Handlers } from '../call-context.ts';
import type { SubjectOf } from '../journal/journal-entry.ts';
import { readPathState, writeAtomically } from '../path-state.ts';

/** A file that is to be there, and what it holds. */
interface Wanted {
  readonly path: string;
  readonly sha256: string;
  readonly mode: number;
  read(): Promise<Buffer>;
}

/** Programs out of an archive, such as Docker's static build. */
export const programHandlers: Handlers<'programs.install'> = {
  'programs.install': async ({ name, path, sha256, folder, files }, context) => {
    const actual = await hashFile(path);
    if (actual !== sha256) throw agentErrors.FILE_CORRUPT(path, sha256, actual);
    const scratch = join(context.paths.stateDir, 'programs.tar');
    try {
      await mkdir(context.paths.stateDir, { recursive: true, mode: 0o700 });
      await pipeline(createReadStream(path), createGunzip(), createWriteStream(scratch, { mode: 0o600 })).catch(
        (error: unknown) => {
          throw agentErrors.BUILD_MALFORMED(path, (error as Error).message, { cause: error });
        },
      );
      const programs = await programsOf(scratch, folder, path);
      const texts = files.map((file) => ({ ...file, sha256: hashOf(file.content), read: async () => Buffer.from(file.content) }));
      return await put(name, [...texts, ...programs], context);
    } finally {
      await rm(scratch, { force: true });
    }
  },
};

/** The executable files of an archive, whatever folder they are in there: each goes into `folder` under its own name. */
async function programsOf(archive: string, folder: string, what: string): Promise<Wanted[]> {
  const programs: Wanted[] = [];
  for await (const { path, type, mode, read } of tarMembers(archive, what)) {
    if (type !== 'file' || (mode & 0o100) === 0) continue;
    const name = basename(path);
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name))
      throw agentErrors.BUILD_MALFORMED(what, `it holds a program named ${JSON.stringify(name)}`);
    const content = await read();
    programs.push({
      path: join(folder, name),
      sha256: hashOf(content),
      mode: 0o755,
      read: () => readMember(archive, path, what),
    });
  }
  if (programs.length === 0) throw agentErrors.BUILD_MALFORMED(what, 'it holds no program');
  // Those that the next run looks for come last: when they are there, all are.
  const isLast = ({ path }: Wanted) => Number(/\/(dockerd|bridge)$/.test(path));
  return programs.sort((a, b) => isLast(a) - isLast(b));
}

/** Read again when it is written: not all of them at once in memory. */
async function readMember(archive: string, wanted: string, what: string): Promise<Buffer> {
  for await (const { path, read } of tarMembers(archive, what)) if (path === wanted) return read();
  throw agentErrors.BUILD_MALFORMED(what, `${wanted} is gone`);
}

async function put(
  name: SubjectOf<'programs'>['name'],
  wanted: readonly Wanted[],
  context: CallContext,
): Promise<{ changed: boolean }> {
  const ours = ownPaths(context);
  const missing: Wanted[] = [];
  for (const file of wanted) {
    const now = await readPathState(file.path);
    if (now.kind === 'file' && now.sha256 === file.sha256 && now.mode === file.mode) continue;
    // What is there and not from us is somebody's: it is neither replaced nor, later, removed.
    if (now.kind !== 'absent' && !ours.has(file.path)) throw agentErrors.FILE_IN_THE_WAY(file.path);
    missing.push(file);
  }
  if (missing.length === 0) return { changed: false };
  const files = missing.map(({ path, sha256 }) => ({ path, sha256 }));
  const id = await context.journal.begin(context.change.phase, context.change.description, { kind: 'programs', name, files });
  for (const file of missing) {
    context.progress(`putting ${basename(file.path)} in place`);
    await writeAtomically(file.path, await file.read(), file.mode);
  }
  await context.journal.done(id, { kind: 'programs', name, files });
  return { changed: true };
}

/** Paths of programs that the journal says are ours. */
function ownPaths(context: CallContext): Set<string> {
  return new Set(
    context.journal
      .entries()
      .filter(({ state }) => state !== 'undone')
      .flatMap(({ subject }) => (subject.kind === 'programs' ? subject.files.map(({ path }) => path) : [])),
  );
}
