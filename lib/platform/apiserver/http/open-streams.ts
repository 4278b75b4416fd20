import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { UserInfo } from '../../api/verbs.ts';
import type { AuditRecord } from '../audit/auditor.ts';
import type { ApiMetrics } from './metrics.ts';
import { type PlaceLimits, UserPlaces } from './user-places.ts';

/** Streams that one user may have open, that an administrator or a node may, and all together: places are left for everybody's requests. */
const STREAM_LIMITS: PlaceLimits = { perUser: 1000, perTrustedUser: 4000, total: 8000 };

/** Logs, exec, port-forward and connections through proxies, which no turn holds back and which last as long as their clients like. */
export class OpenStreams {
  readonly #places: UserPlaces;

  constructor(limits: Partial<PlaceLimits> = {}) {
    this.#places = new UserPlaces('streams', { ...STREAM_LIMITS, ...limits });
  }

  /** Takes a place until the stream's end. Throws 429 when there is none. */
  admit(user: UserInfo, stream: Duplex | ServerResponse): void {
    // Its 'close' has been.
    if (!stream.destroyed) stream.once('close', this.#places.take(user));
  }
}

/** Counts a watch or a stream as long as its connection is open. */
export function countOpen({ longRunning }: ApiMetrics, stream: Duplex | ServerResponse): void {
  // Its 'close' has been.
  if (stream.destroyed) return;
  longRunning.inc();
  stream.once('close', () => longRunning.dec());
}

/** The audit log hears of a stream when its head goes out, and when it ends. */
export function followStream(
  stream: Duplex | ServerResponse,
  head: { readonly statusCode: number },
  audit: AuditRecord | undefined,
): void {
  if (audit === undefined) return;
  audit.started(head.statusCode);
  if (stream.destroyed) audit.completed(head.statusCode, undefined);
  else stream.once('close', () => audit.completed(head.statusCode, undefined));
}
