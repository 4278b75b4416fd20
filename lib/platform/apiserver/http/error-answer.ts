import { errorText } from '../../../common/errors.ts';
import type { Log } from '../../../common/log.ts';
import { newInternalError, StatusError } from '../../api/status-error.ts';
import { storeStatus } from '../store/store-status.ts';
import { answerJson } from './answer-format.ts';
import { takesOnlyProtobuf } from './negotiation.ts';
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

/** A Status on its way out, to who reads what `accept` says. */
export function errorAnswer({ status }: StatusError, accept?: string): Answer {
  const retry = status.details?.retryAfterSeconds;
  const format = takesOnlyProtobuf(accept) ? 'protobuf' : 'json';
  return {
    ...answerJson(status.code, Buffer.from(JSON.stringify(status)), { format, pretty: false }),
    ...(retry === undefined ? {} : { headers: { 'retry-after': String(retry) } }),
  };
}
