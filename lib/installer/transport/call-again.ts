import { setTimeout as delay } from 'node:timers/promises';
import { OoError } from '../../common/errors.ts';
import { backoffDelay } from '../../common/retry.ts';
import type { CallName } from '../agent/call-schemas.ts';

/**
 * Calls that are made once: what they began ends the agent, or another run of them would begin something else. All others converge: made again,
 * they wait for what the first one began, and find it done.
 */
const madeOnce: ReadonlySet<CallName> = new Set<CallName>([
  'agent.exit',
  'agent.remove',
  'journal.undo',
  'upgrade.begin',
  'upgrade.run',
]);

const lossCodes: ReadonlySet<string> = new Set([
  'AGENT_LOST',
  'SSH_CONNECTION_LOST',
  'SSH_REFUSED',
  'SSH_TIMEOUT',
  'SSH_UNREACHABLE',
  'SSH_NOT_SPOKEN',
]);

/** Whether a connection was lost, or could not be made anew while the server or the network recovers. */
export function isLoss(error: unknown): boolean {
  return error instanceof OoError && lossCodes.has(error.code);
}

const tries = 6;
const backoff = { base: 500, cap: 10_000 };

/**
 * Makes a call, and makes it again over a new connection when the one that carried it is lost: some 25 s long. `lost` is told of each loss, and
 * throws away the connection. A server that was never reached is not called again; of one that stays away, the loss is told, not how it
 * was missed afterwards.
 */
export async function callAgain<T>(name: CallName, attempt: () => Promise<T>, lost: (error: unknown) => void): Promise<T> {
  let loss: OoError | undefined;
  for (let n = 0; ; n++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isLoss(error)) throw error;
      lost(error);
      if ((error as OoError).code === 'AGENT_LOST') loss ??= error as OoError;
      if (loss === undefined || madeOnce.has(name) || n >= tries) throw loss ?? error;
      await delay(backoffDelay(backoff, n));
    }
  }
}
