import { errorText, OoError } from '../../common/errors.ts';
import type { EventBody } from '../progress-event.ts';
import { exitCodes } from './exit-codes.ts';

type Failed = Extract<EventBody, { event: 'failed' }>;

interface FailureOptions {
  readonly aborted: boolean;
  readonly verbose: boolean;
  /** The command changes nothing on the host. @default false */
  readonly onlyLooks?: boolean;
}

/** The event of a host on which the command failed, whatever was thrown. */
export function failureOf(error: unknown, host: string, options: FailureOptions): Failed {
  const told = options.aborted
    ? interrupted(error, options.onlyLooks ?? false)
    : error instanceof OoError
      ? error
      : unexpected(error, options.verbose);
  const { code, failure, hint } = told;
  const message = errorText(told);
  return { event: 'failed', host, code, failure, exitCode: exitCodes[failure], message, ...(hint === undefined ? {} : { hint }) };
}

function interrupted(cause: unknown, onlyLooks: boolean): OoError {
  if (cause instanceof OoError && cause.failure === 'interrupted') return cause;
  const hint = onlyLooks
    ? 'nothing was changed on the server'
    : 'what had begun was finished or will be: run the same command again to go on, or oo-install uninstall to take it back';
  const where = cause instanceof OoError && cause.code !== 'ABORTED' ? `: ${cause.message}` : '';
  return new OoError('INTERRUPTED', 'interrupted', `interrupted${where}`, { hint });
}

function unexpected(cause: unknown, verbose: boolean): OoError {
  const message = verbose && cause instanceof Error ? (cause.stack ?? cause.message) : errorText(cause);
  return new OoError('UNEXPECTED', 'internal', message, { hint: 'this is a bug of oo-install: please report it with --verbose' });
}
