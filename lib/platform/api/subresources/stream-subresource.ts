import type { KubeObject } from '../meta.ts';
import type { PodStreams } from '../pod-streams.ts';
import type { StrategyContext } from '../strategy.ts';

/**
 * A subresource that reads and writes bytes by itself: an upload, a log put together of several, a call from elsewhere that is about the
 * object.
 */
export interface StreamSubresource {
  readonly kind: 'stream';
  readonly verbs: readonly ('get' | 'create')[];
  /** What discovery calls its kind. */
  readonly shows: string;
  /** Answers for names that are nobody's too. @default those are 404 */
  readonly absent?: boolean;
  /** The path may go on behind it (`rest`). @default that is 404 */
  readonly deeper?: boolean;
  /** What is behind it in the path and in the body is in no log. @default false */
  readonly confidential?: boolean;
  /** Throws a StatusError before its answer has begun. */
  answer(request: StreamRequest, context: StreamContext): Promise<StreamAnswer>;
}

export interface StreamRequest {
  /** The object, frozen; undefined only with `absent`. */
  readonly parent: KubeObject | undefined;
  readonly namespace: string;
  readonly name: string;
  /** What comes behind the subresource in the path. */
  readonly rest: readonly string[];
  readonly query: URLSearchParams;
  /** One header, by its name in lower case; '' when it is not there. */
  header(name: string): string;
  /** As it comes; whoever stops reading leaves the rest to be thrown away. Small ones have been read before, within the limit of objects. */
  readonly body: AsyncIterable<Uint8Array>;
  /** The client is gone. */
  readonly signal: AbortSignal;
}

/** `body`: text, as it comes; an error in the middle cuts the connection. */
export type StreamAnswer =
  { readonly code: number; readonly object: object } | { readonly code: number; readonly body: AsyncIterable<Uint8Array> };

export interface StreamContext extends StrategyContext {
  readonly pods: PodStreams;
  /** Milliseconds since the epoch. */
  readonly clock: { now(): number };
}
