import { OoError } from '../../../common/errors.ts';
import { newRequestEntityTooLarge, newServiceUnavailable, newTimeout, type StatusError } from '../../api/status-error.ts';
import { OutcomeUnknownError, StoreFullError, StoreUnavailableError, ValueTooLargeError } from '../../storage/backend.ts';

/** What the store refuses, as the client gets it; undefined for everything else. */
export function storeStatus(error: unknown): StatusError | undefined {
  if (error instanceof StoreUnavailableError) {
    const refusal = newServiceUnavailable(`${error.message}, please try again`);
    // client-go sends such a request again by itself. Nothing has been done.
    refusal.status.details = { retryAfterSeconds: 1 };
    return refusal;
  }
  if (error instanceof OutcomeUnknownError) {
    const refusal = newTimeout(error.message, 0);
    // Sent again blindly, it could meet its own outcome.
    delete refusal.status.details;
    return refusal;
  }
  if (error instanceof ValueTooLargeError) return newRequestEntityTooLarge(error.message);
  if (error instanceof StoreFullError || (error instanceof OoError && error.code === 'STORE_FULL'))
    return newServiceUnavailable(`the store is full: ${error.message}`);
  return undefined;
}
