import { chmod, lstat, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hashOf } from '../../artifacts/cache.ts';
import type { CallContext, Handlers } from '../call-context.ts';
import type { JournalEntry, SubjectOf } from '../journal/journal-entry.ts';
import { readPathState, writeAtomically } from '../path-state.ts';

/** Files and folders, each written into the journal before it is made. */
export const fileHandlers: Handlers<'file.read' | 'file.write' | 'directory.make'> = {
  'file.read': async ({ path, maxBytes }) => {
    try {
      const stat = await lstat(path);
      if (!stat.isFile() || stat.size > maxBytes) return { mode: stat.mode & 0o7777 };
      return { content: await readFile(path, 'utf8'), mode: stat.mode & 0o7777 };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
      throw error;
    }
  },

  'file.write': async ({ path, content, mode }, context) => {
    const sha256 = hashOf(content);
    const now = await readPathState(path);
    if (now.kind === 'file' && now.sha256 === sha256 && now.mode === mode) return { changed: false };
    await makeParents(path, context);
    const earlier = openEntry(context, path, (subject) => now.kind === 'file' && subject.sha256 === now.sha256);
    // What we wrote ourselves needs no backup: the first entry knows what stood here before us.
    const before = earlier?.subject.before ?? (await readPathState(path, context.journal.backupDir));
    const subject: SubjectOf<'file'> = { kind: 'file', path, before, sha256 };
    const { phase, description } = context.change;
    const id = earlier?.id ?? (await context.journal.begin(phase, description, subject));
    await writeAtomically(path, content, mode);
    await context.journal.done(id, subject);
    return { changed: true };
  },

  'directory.make': async ({ path, mode, tree }, context) => {
    const now = await readPathState(path);
    if (now.kind === 'directory') {
      if (now.mode === mode) return { changed: false };
      await chmod(path, mode);
      return { changed: true };
    }
    await makeParents(path, context);
    await makeDirectory(path, mode, tree, context);
    return { changed: true };
  },
};

async function makeDirectory(path: string, mode: number, tree: boolean, context: CallContext): Promise<void> {
  const subject: SubjectOf<'directory'> = { kind: 'directory', path, tree };
  const id = await context.journal.begin(context.change.phase, context.change.description, subject);
  await mkdir(path, { mode });
  await chmod(path, mode);
  await context.journal.done(id, subject);
}

/** Folders above a path, each in the journal when it is we who made it. */
export async function makeParents(path: string, context: CallContext): Promise<void> {
  const parent = dirname(path);
  if ((await readPathState(parent)).kind !== 'absent') return;
  await makeParents(parent, context);
  await makeDirectory(parent, 0o755, false, context);
}

/** An entry of ours that still describes what stands at the path: it is continued instead of a new one begun on top of it. */
function openEntry(
  context: CallContext,
  path: string,
  holds: (subject: SubjectOf<'file'>) => boolean,
): (JournalEntry & { subject: SubjectOf<'file'> }) | undefined {
  const last = context.journal.entries().findLast((entry) => entry.subject.kind === 'file' && entry.subject.path === path);
  if (last?.state !== 'done' || last.subject.kind !== 'file' || !holds(last.subject)) return undefined;
  return { ...last, subject: last.subject };
}
