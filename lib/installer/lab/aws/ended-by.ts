import type { LabContext } from '../provider.ts';

/** Who waits while the CDK works. */
export type Watch = Pick<LabContext, 'report' | 'signal'>;

/** Ends with the work, or when the signal does; the work then goes on unheard, in a process that is about to end. */
export async function endedBy<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
