import { status, type ServiceError } from '@grpc/grpc-js';
import { errorText, OoError } from '../../../common/errors.ts';

/** What a failed call means for the caller. */
export type EtcdFailure =
  /** Another member, or this one later, may answer. `unsent`: certainly nothing was done. */
  | { readonly kind: 'unavailable'; readonly why: string; readonly unsent: boolean }
  /** Judged already: an OoError to be thrown as it is. */
  | { readonly kind: 'judged'; readonly why: string }
  | { readonly kind: 'compacted' | 'future' | 'too-large' | 'full' | 'refused'; readonly why: string };

/**
 * Sorts what gRPC and etcd throw: the codes and texts of etcd's api/v3rpc/rpctypes/error.go, and those of grpc-js for a connection
 * that there is not.
 */
export function failureOf(error: unknown): EtcdFailure {
  if (error instanceof OoError) return { kind: 'judged', why: error.message };
  const { code, details } = error as Partial<ServiceError>;
  const why = details !== undefined && details !== '' ? details : errorText(error);
  switch (code) {
    case status.OUT_OF_RANGE:
      return { kind: why.includes('future') ? 'future' : 'compacted', why };
    case status.INVALID_ARGUMENT:
      return { kind: why.includes('too large') ? 'too-large' : 'refused', why };
    case status.RESOURCE_EXHAUSTED:
      if (why.includes('space exceeded')) return { kind: 'full', why };
      if (why.includes('larger than max')) return { kind: 'too-large', why };
      // "too many requests": refused before it was proposed.
      return { kind: 'unavailable', why, unsent: true };
    case status.UNAUTHENTICATED:
    case status.PERMISSION_DENIED:
    case status.UNIMPLEMENTED:
    case status.NOT_FOUND:
    case status.FAILED_PRECONDITION:
      return { kind: 'refused', why };
    default:
      // What is left is the connection, the time, the leader: UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED, INTERNAL, UNKNOWN.
      return { kind: 'unavailable', why: plain(why), unsent: code === status.UNAVAILABLE && neverSent.test(why) };
  }
}

/** grpc-js wraps what the connection said. */
const plain = (why: string): string =>
  why.replace(/^No connection established\. Last error: (?:Error: )?/, '').replace(/\. Resolution note: .*$/s, '');

const neverSent = /^(No connection established|Name resolution failed|etcdserver: no leader$)/;
