import { isNotFound, StatusError } from '../api/status-error.ts';

export { isAlreadyExists, isConflict, isForbiddenByTermination, isNotFound } from '../api/status-error.ts';

/** The write may or may not have happened: no answer, or the answer of a proxy or a server in trouble. */
export const isUncertain = (error: unknown): boolean =>
  !(error instanceof StatusError) || (error.code >= 500 && error.code !== 501);

/** Resolves to undefined where the object is not there (any more); other errors are thrown. */
export async function unlessGone<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
