import { errorText, OoError } from '../../../common/errors.ts';
import { awsErrors } from './aws-errors.ts';

/**
 * What AWS answers, as an error with a way out. `doing` completes "oo-install could not": `describe the hosts`.
 * @param action the permission that was needed, where AWS does not name it itself
 */
export function explainAws(error: unknown, doing: string, region: string, action = 'something'): OoError {
  if (error instanceof OoError) return error;
  const text = errorText(error);
  const names = namesOf(error).join(' ');
  const cause = { cause: error };
  const denied = /not authorized to perform:? ([a-z0-9-]+:[A-Za-z*]+)/.exec(text)?.[1];
  if (isExpired(names, text)) return awsErrors.AWS_CREDENTIALS_EXPIRED(doing, cause);
  if (
    /CredentialsProviderError|NoCredentials|AuthenticationError/.test(names) ||
    /Unable to resolve AWS account|no credentials/i.test(text)
  )
    return awsErrors.AWS_NO_CREDENTIALS(text, cause);
  if (denied !== undefined) return awsErrors.AWS_DENIED(denied, doing, cause);
  if (/AccessDenied|UnauthorizedOperation|Forbidden/.test(names) || isBareDenial(error))
    return awsErrors.AWS_DENIED(action, doing, cause);
  if (
    /InvalidClientTokenId|InvalidAccessKeyId|UnrecognizedClient|AuthFailure|SignatureDoesNotMatch|InvalidSignature|OptInRequired/.test(
      names,
    )
  )
    return awsErrors.AWS_CREDENTIALS_REFUSED(region, text, cause);
  if (/Throttl|RequestLimitExceeded|TooManyRequests|SlowDown/.test(names)) return awsErrors.AWS_THROTTLED(doing, text, cause);
  if (/ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|EAI_AGAIN|TimeoutError/.test(`${names} ${text}`))
    return awsErrors.AWS_UNREACHABLE(region, text, cause);
  return awsErrors.AWS_REFUSED(doing, error instanceof Error && error.name !== 'Error' ? `${error.name}: ${text}` : text, cause);
}

/** Runs what asks AWS; what it throws is explained. */
export async function askAws<T>(doing: string, region: string, work: () => Promise<T>, action?: string): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explainAws(error, doing, region, action);
  }
}

/** An answer without a body (to HEAD) tells its status and no more. */
function isBareDenial(error: unknown): boolean {
  if (!(error instanceof Error) || !error.name.startsWith('Unknown')) return false;
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 403;
}

/** Names and codes of an error and of what caused it. */
function namesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  const { code } = error as NodeJS.ErrnoException;
  return [error.name, ...(code === undefined ? [] : [code]), ...namesOf(error.cause)];
}

const isExpired = (names: string, text: string): boolean =>
  /ExpiredToken|RequestExpired|TokenRefreshRequired/.test(names) ||
  /security token .*expired|token (is|has) expired|session .*expired|expired .*(sso|session|token)/i.test(text);
