import type { Readable } from 'node:stream';
import { addFiles, openArchive } from './archive.ts';
import { ignoreRules, sourceFiles } from './source-files.ts';

/** A folder as the context of a Dockerfile: its files, but for those of `.dockerignore`. Errors of reading are the stream's. */
export async function contextArchive(folder: string): Promise<Readable> {
  const isIgnored = await ignoreRules(folder, '.dockerignore');
  const archive = openArchive();
  const fill = async (): Promise<void> => {
    await addFiles(archive, folder, sourceFiles(folder, isIgnored), '');
    archive.end();
  };
  fill().catch((error: Error) => archive.fail(error));
  return archive.stream;
}
