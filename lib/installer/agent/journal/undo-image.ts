import { errorText } from '../../../common/errors.ts';
import { docker, imageId } from '../handlers/docker-handlers.ts';
import type { SubjectOf, UndoOutcome } from './journal-entry.ts';

/** Removes an image that we loaded, unless a container uses it; the reference goes back to the image that had it before. */
export async function undoImage({ reference, id, before }: SubjectOf<'image'>): Promise<UndoOutcome> {
  try {
    const now = await imageId(reference);
    if (now === '') return { outcome: 'undone', message: `image ${reference} was gone already` };
    if (now !== id) return { outcome: 'kept', message: `image ${reference} is another one now` };
    await (await docker()).getImage(reference).remove();
    if (before !== '' && before !== id) {
      const colon = reference.lastIndexOf(':');
      await (await docker()).getImage(before).tag({ repo: reference.slice(0, colon), tag: reference.slice(colon + 1) });
    }
    return { outcome: 'undone', message: `image ${reference} removed` };
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 409) {
      return { outcome: 'kept', message: `image ${reference} is in use by a container that is not ours` };
    }
    return { outcome: 'kept', message: `image ${reference}: ${errorText(error)}` };
  }
}
