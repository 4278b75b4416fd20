/** The code of AWS' error: `InvalidVolume.NotFound`, `AccessDenied`. */
const codeOf = (error: unknown): string => (error instanceof Error ? error.name : '');

/** Whether it says that there is no such thing (any more): somebody else, or an earlier run, has taken it away. */
export function isGone(error: unknown): boolean {
  return /NotFound|NoSuch|DoesNotExist|NotAttached/.test(codeOf(error));
}

/** Whether whoever runs this may not do it: asking again does not help. */
export function isDenied(error: unknown): boolean {
  return /AccessDenied|Unauthorized|NotAuthorized|Forbidden/.test(codeOf(error));
}

/** Whether nothing at all will be answered any more: the credentials are no longer good. */
export function isExpired(error: unknown): boolean {
  return /ExpiredToken|RequestExpired|TokenRefreshRequired|CredentialsProviderError|InvalidClientTokenId|AuthFailure/.test(
    codeOf(error),
  );
}

/** `AccessDenied: User ... is not authorized to perform: ec2:DeleteVolume`. */
export function answerText(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
