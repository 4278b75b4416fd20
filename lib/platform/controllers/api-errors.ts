import { isNotFound, isReason, StatusError } from '../api/status-error.ts';

export { isAlreadyExists, isConflict, isNotFound } from '../api/status-error.ts';

/** The namespace is going away: its content goes with it, so there is nothing left to do or to retry. */
export const isForbiddenByTermination = (error: unknown): boolean =>
  (isReason(error, 'Forbidden') &&
    ((error.status.details?.causes ?? []).some((cause) => cause.reason === 'NamespaceTerminating') ||
      error.message.includes('because it is being terminated'))) ||
  (isNotFound(error) && error.status.details?.kind === 'namespaces');

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
