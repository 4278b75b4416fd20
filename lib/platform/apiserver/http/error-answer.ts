import { errorText } from '../../../common/errors.ts';
import type { Log } from '../../../common/log.ts';
import { newInternalError, StatusError } from '../../api/status-error.ts';
import { storeStatus } from '../store/store-status.ts';
import type { Answer } from './response.ts';

/** Anything thrown as the Status that the client gets. What is no StatusError is logged once, here, and told without its insides. */
export function toStatusError(error: unknown, log: Log, keys: object): StatusError {
  if (error instanceof StatusError) return error;
  const ofStore = storeStatus(error);
  if (ofStore !== undefined) {
    log.warn({ ...keys, error: errorText(error) }, 'the store refused');
    return ofStore;
  }
  log.error({ ...keys, error: errorText(error), stack: error instanceof Error ? error.stack : undefined }, 'request failed');
  return newInternalError('the server was unable to complete the request; its log tells why');
}

/** A Status on its way out. */
export function errorAnswer({ status }: StatusError): Answer {
  const retry = status.details?.retryAfterSeconds;
  return {
    code: status.code,
    contentType: 'application/json',
    body: Buffer.from(JSON.stringify(status)),
    ...(retry === undefined ? {} : { headers: { 'retry-after': String(retry) } }),
  };
}
