import { retry } from '../../common/retry.ts';
import { isConflict, StatusError } from '../api/status-error.ts';
import type { Rollout } from './rollout.ts';

const BACKOFF = { base: 100, cap: 2000, jitter: 0.5 };

/** No answer, one of a server in trouble, or a write that somebody else was faster with. */
const mayPass = (error: unknown): boolean =>
  !(error instanceof StatusError) || (error.code >= 500 && error.code !== 501) || error.code === 429 || isConflict(error);

/** Calls the API until it answers: a platform that restarts is no reason to fail. */
export const persistently = <T>({ clock, signal, deadline }: Rollout, call: () => Promise<T>): Promise<T> =>
  retry(call, { backoff: BACKOFF, timeout: Math.max(0, deadline - clock.now()), isRetryable: mayPass, clock, signal });
