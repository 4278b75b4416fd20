import { type Backoff, backoffDelay } from '../../../../common/retry.ts';
import { systemClock } from '../../../../common/clock.ts';

/** How long is waited for AWS. ms. */
export interface Patience {
  /** Between looks at a stack that is going. */
  readonly poll: number;
  /** Before what would not go is tried again. */
  readonly backoff: Backoff;
  /** For all that is swept together: an instance that ends and a NAT gateway need minutes. */
  readonly sweep: number;
  /** For one deletion of a stack. CloudFormation itself gives up on an instance or an interface after a quarter of an hour or more. */
  readonly stack: number;
  /** How often a stack that answers DELETE_FAILED is deleted before its record is, without what would not go. */
  readonly attempts: number;
}

export const usualPatience: Patience = {
  poll: 3_000,
  backoff: { base: 2_000, cap: 30_000, jitter: 0.3 },
  sweep: 10 * 60_000,
  stack: 45 * 60_000,
  attempts: 4,
};

/** Waits as long as is usual after so many attempts. Rejects when the signal says so. */
export function pauseAfter({ backoff }: Patience, attempt: number, signal: AbortSignal): Promise<void> {
  return systemClock.sleep(backoffDelay(backoff, attempt), signal);
}
