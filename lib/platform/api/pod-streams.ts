import type { KubeObject } from './meta.ts';

/** What goes into and comes out of the containers of pods, for kinds that are more than one container's matter. */
export interface PodStreams {
  /** `pods/log`, with its query (`container`, `follow`, `tailLines`...). Rejects with a StatusError. */
  log(pod: KubeObject, query: URLSearchParams, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  /**
   * Gives a running container its standard input and closes it. Resolves when the session has ended: the container has, or has closed its
   * outputs. Rejects when not everything could be given to it, or the signal says so.
   */
  input(pod: KubeObject, container: string, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void>;
}
