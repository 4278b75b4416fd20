import type { Readable } from 'node:stream';
import { addFiles, openArchive } from './archive.ts';
import type { ScriptName } from './scripts.ts';
import { ignoreRules, sourceFiles } from './source-files.ts';

/** What is never part of a source: its history. */
const ALWAYS_IGNORED = ['**/.git'];

/**
 * A source as a builder image gets it: its files, but for those of `.s2iignore`, below `src/`, and scripts that the image has not below `scripts/`.
 * Errors of reading are the stream's.
 */
export async function sourceUpload(folder: string, scripts: ReadonlyMap<ScriptName, Buffer>): Promise<Readable> {
  const isIgnored = await ignoreRules(folder, '.s2iignore', ALWAYS_IGNORED);
  const archive = openArchive();
  const mtime = new Date();
  const fill = async (): Promise<void> => {
    const header = { uid: 0, gid: 0, mtime, mode: 0o755 };
    await archive.add({ ...header, name: 'src/', type: 'directory' });
    await addFiles(archive, folder, sourceFiles(folder, isIgnored), 'src/');
    if (scripts.size > 0) await archive.add({ ...header, name: 'scripts/', type: 'directory' });
    for (const [name, content] of scripts)
      await archive.add({ ...header, name: `scripts/${name}`, size: content.length }, content);
    archive.end();
  };
  fill().catch((error: Error) => archive.fail(error));
  return archive.stream;
}
