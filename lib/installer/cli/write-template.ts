import { copyFile, constants } from 'node:fs/promises';
import { errorText, type OoError } from '../../common/errors.ts';

/** Writes a file to begin with, and never over one that is there. */
export async function writeTemplate(
  template: string,
  file: string,
  errors: { readonly exists: (file: string) => OoError; readonly unwritable: (file: string, why: string) => OoError },
): Promise<void> {
  try {
    await copyFile(template, file, constants.COPYFILE_EXCL);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw errors.exists(file);
    // Without the places of both files, which Node adds.
    throw errors.unwritable(file, errorText(error).split(', copyfile')[0]!);
  }
}
