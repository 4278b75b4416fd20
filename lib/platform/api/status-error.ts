/**
 * The platform's error: a metav1.Status. The factories are named as in apimachinery's pkg/api/errors and give its
 * codes, reasons and texts, since clients and scripts match on them.
 */
export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: Record<string, never>;
  status: 'Success' | 'Failure';
  message?: string;
  reason?: string;
  details?: { name?: string; group?: string; kind?: string; uid?: string; causes?: StatusCause[]; retryAfterSeconds?: number };
  code: number;
}

/** What the API refuses with: a metav1.Status, which becomes the answer's body and HTTP status. */
export class StatusError extends Error {
  readonly status: Status;
  constructor(status: Status, options?: { cause?: unknown }) {
    super(status.message ?? status.reason ?? 'unknown', options);
    this.name = 'StatusError';
    this.status = status;
  }
  get code(): number {
    return this.status.code;
  }
  get reason(): string {
    return this.status.reason ?? '';
  }
}

/** `pods "web" not found`: the resource's plural, with its group behind a dot when it has one. */
export interface QualifiedResource {
  readonly group: string;
  readonly resource: string;
}

const qualified = (of: QualifiedResource): string => (of.group === '' ? of.resource : `${of.resource}.${of.group}`);

function failure(code: number, reason: string, message: string, details?: Status['details']): StatusError {
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    ...(details === undefined ? {} : { details }),
    code,
  });
}

const detailsOf = (of: QualifiedResource, name: string): NonNullable<Status['details']> => ({
  ...(name === '' ? {} : { name }),
  ...(of.group === '' ? {} : { group: of.group }),
  kind: of.resource,
});

/** Factories named and worded as in apimachinery (pkg/api/errors). */
export const newNotFound = (of: QualifiedResource, name: string): StatusError =>
  failure(404, 'NotFound', `${qualified(of)} "${name}" not found`, detailsOf(of, name));

/** A name that is taken. */
export const newAlreadyExists = (of: QualifiedResource, name: string): StatusError =>
  failure(409, 'AlreadyExists', `${qualified(of)} "${name}" already exists`, detailsOf(of, name));

/** A write that goes by a version which is no longer the newest. */
export const newConflict = (of: QualifiedResource, name: string, why: string): StatusError =>
  failure(409, 'Conflict', `Operation cannot be fulfilled on ${qualified(of)} "${name}": ${why}`, detailsOf(of, name));

/** 409 of an application that would take fields from others; each is a cause. */
export const newApplyConflict = (message: string, causes: readonly StatusCause[]): StatusError =>
  failure(409, 'Conflict', message, { causes: [...causes] });

/** The `why` of a compare-and-swap that lost. */
export const OPTIMISTIC_LOCK_TEXT = 'the object has been modified; please apply your changes to the latest version and try again';

/** So many are told: an answer must not be larger than what it refuses. */
const MAX_CAUSES = 100;
const more = (count: number): StatusCause => ({ reason: 'FieldValueInvalid', message: `... and ${count} more` });

/** 422. `kind` is the Kind, not the plural, as in `Pod "x" is invalid: spec.containers: Required value`. */
export function newInvalid(of: { group: string; kind: string }, name: string, causes: readonly StatusCause[]): StatusError {
  const told = causes.length > MAX_CAUSES ? [...causes.slice(0, MAX_CAUSES), more(causes.length - MAX_CAUSES)] : causes;
  const texts = told.map((cause) => (cause.field === undefined ? cause.message : `${cause.field}: ${cause.message}`));
  const what = of.group === '' ? of.kind : `${of.kind}.${of.group}`;
  const joined = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  return failure(422, 'Invalid', `${what} "${name}" is invalid: ${joined}`, {
    ...(name === '' ? {} : { name }),
    ...(of.group === '' ? {} : { group: of.group }),
    kind: of.kind,
    causes: [...told],
  });
}

/** A request that cannot be understood. */
export const newBadRequest = (message: string): StatusError => failure(400, 'BadRequest', message);

/** Credentials that are wrong, or none where some are needed. */
export const newUnauthorized = (message = 'Unauthorized'): StatusError => failure(401, 'Unauthorized', message);

/** Something that this user may not do, or nobody here. */
export const newForbidden = (of: QualifiedResource, name: string, why: string): StatusError =>
  failure(
    403,
    'Forbidden',
    of.resource === '' ? `forbidden: ${why}` : `${qualified(of)}${name === '' ? '' : ` "${name}"`} is forbidden: ${why}`,
    detailsOf(of, name),
  );

/** A verb that the kind does not have. */
export const newMethodNotSupported = (of: QualifiedResource, action: string): StatusError =>
  failure(405, 'MethodNotAllowed', `${action} is not supported on resources of kind "${qualified(of)}"`, {
    ...(of.group === '' ? {} : { group: of.group }),
    kind: of.resource,
  });

/** Failures that are about the request and no object; `retryAfterSeconds` becomes a header. */
export const newResourceExpired = (message: string): StatusError => failure(410, 'Expired', message);
export const newRequestEntityTooLarge = (message: string): StatusError =>
  failure(413, 'RequestEntityTooLarge', `Request entity is too large: ${message}`);
export const newUnsupportedMediaType = (message: string): StatusError => failure(415, 'UnsupportedMediaType', message);
export const newNotAcceptable = (message: string): StatusError => failure(406, 'NotAcceptable', message);
export const newTooManyRequests = (message: string, retryAfterSeconds?: number): StatusError =>
  failure(429, 'TooManyRequests', message, retryAfterSeconds === undefined ? {} : { retryAfterSeconds });
export const newInternalError = (message: string): StatusError =>
  failure(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] });
export const newServiceUnavailable = (message: string): StatusError => failure(503, 'ServiceUnavailable', message);
export const newTimeout = (message: string, retryAfterSeconds: number): StatusError =>
  failure(504, 'Timeout', `Timeout: ${message}`, { retryAfterSeconds });

/** Whether this is a StatusError with that reason. */
export const isReason = (error: unknown, reason: string): error is StatusError =>
  error instanceof StatusError && error.status.reason === reason;
export const isNotFound = (error: unknown): error is StatusError => isReason(error, 'NotFound');
export const isConflict = (error: unknown): error is StatusError => isReason(error, 'Conflict');
export const isAlreadyExists = (error: unknown): error is StatusError => isReason(error, 'AlreadyExists');
export const isExpired = (error: unknown): error is StatusError => error instanceof StatusError && error.code === 410;

/** The namespace is going away: its content goes with it, so there is nothing left to do or to retry. */
export const isForbiddenByTermination = (error: unknown): boolean =>
  (isReason(error, 'Forbidden') &&
    ((error.status.details?.causes ?? []).some((cause) => cause.reason === 'NamespaceTerminating') ||
      error.message.includes('because it is being terminated'))) ||
  (isNotFound(error) && error.status.details?.kind === 'namespaces');
