import type { Readable } from 'node:stream';
import { BuildError } from '../build-error.ts';
import { openArchive } from '../source/archive.ts';
import { copyEntries } from '../tar-check.ts';

export interface UploadParts {
  /** `src/` and `scripts/`, from whoever asks for the build. */
  readonly upload: Readable;
  /** What an earlier image has saved; goes to `artifacts/`. */
  readonly artifacts?: Readable | undefined;
  /** Put before each name: where the archive is unpacked at the root. */
  readonly prefix?: string;
  /** Who owns the files, where nobody unpacks them as somebody. */
  readonly uid?: number;
}

/** The archive that a builder container unpacks. Read it; its errors are those of its parts. */
export function uploadArchive({ upload, artifacts, prefix = '', uid }: UploadParts): Readable {
  const archive = openArchive();
  const change = uid === undefined ? undefined : (header: object): never => ({ ...header, uid, gid: 0 }) as never;
  const options = {
    ...(change === undefined ? {} : { change }),
    refuse: (problem: string) => new BuildError('FetchSourceFailed', `the source cannot be taken: ${problem}`),
  };
  const fill = async (): Promise<void> => {
    const known = (name: string): boolean => /^(?:src|scripts)(?:\/|$)/.test(name);
    await copyEntries(upload, archive, { ...options, prefix, keep: known });
    if (artifacts !== undefined) await copyEntries(artifacts, archive, { ...options, prefix: `${prefix}artifacts/` });
    archive.end();
  };
  fill().catch((error: Error) => {
    upload.destroy();
    archive.fail(error);
  });
  return archive.stream;
}
