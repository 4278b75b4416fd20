import { createReadStream } from 'node:fs';
import { errorText } from '../../../common/errors.ts';
import { docker } from '../../agent/handlers/docker-handlers.ts';
import { artifactErrors } from '../artifact-errors.ts';
import type { LoadableImage } from './build-image.ts';

/** Loads an image into this machine's Docker; answers false when it is there. @throws OoError IMAGE_NOT_LOADED */
export async function loadHere({ reference, id, path }: Pick<LoadableImage, 'reference' | 'id' | 'path'>): Promise<boolean> {
  try {
    const client = await docker();
    const present = await client
      .getImage(reference)
      .inspect()
      .then(
        (image) => image.Id,
        (error: { statusCode?: number }) => {
          if (error.statusCode === 404) return '';
          throw error;
        },
      );
    if (present === id) return false;
    for await (const chunk of await client.loadImage(createReadStream(path), { quiet: true })) {
      const failure = /"error":"([^"]*)"/.exec(String(chunk))?.[1];
      if (failure !== undefined) throw new Error(failure);
    }
    return true;
  } catch (error) {
    throw artifactErrors.IMAGE_NOT_LOADED(reference, errorText(error), { cause: error });
  }
}
