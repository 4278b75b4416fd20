import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AuditRecord } from '../audit/auditor.ts';
import type { ApiMetrics } from './metrics.ts';

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
