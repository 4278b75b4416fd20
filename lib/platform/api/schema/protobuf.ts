import type { KubeObject } from '../meta.ts';

/**
 * Reads a body of `application/vnd.kubernetes.protobuf`: the magic `k8s\0`, then runtime.Unknown with the object in its
 * `raw`. Gives what the JSON form would parse to. Throws a StatusError (BadRequest) for malformed bytes and unknown kinds.
 */
export function decodeProtobuf(bytes: Uint8Array): KubeObject {
  void bytes;
  throw new Error('not yet');
}

/** The opposite, for clients that accept only protobuf. Undefined when the tables do not have the kind. */
export function encodeProtobuf(object: KubeObject): Uint8Array | undefined {
  void object;
  return undefined;
}
