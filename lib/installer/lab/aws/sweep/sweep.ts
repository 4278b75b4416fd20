import type { LabEvent } from '../../provider.ts';
import type { AwsClients } from '../clients.ts';
import type { LabIdentity } from '../lab-identity.ts';
import { answerText, isDenied, isExpired, isGone } from './aws-answers.ts';
import { inParallel } from './in-parallel.ts';
import { type Patience, pauseAfter } from './patience.ts';
import type { Found, LabScope, Sweeper } from './sweeper.ts';
import { sweepers } from './sweepers.ts';
import { scopeOf } from './types/vpcs.ts';

export interface SweepOptions {
  readonly report: (event: LabEvent) => void;
  readonly signal: AbortSignal;
  readonly patience: Patience;
  /** What is left alone for now: parts of stacks that go by themselves. @default nothing */
  readonly spare?: (found: Found) => boolean;
  /** Which types. @default all */
  readonly only?: readonly Sweeper[];
  /** How often everything is gone through at most. @default until nothing is left, or patience ends */
  readonly rounds?: number;
}

/** Calls to EC2 at a time: far below what it throttles. */
const AT_A_TIME = 8;

interface Round {
  /** What there was when it began. */
  readonly found: number;
  /** What could not be asked, or did not go, and why: a line each. */
  readonly problems: readonly string[];
  /** Whether going through everything again can help. */
  readonly hopeful: boolean;
}

/**
 * Takes away what is the lab's, in order, and again until nothing is found: an instance needs minutes to end, and until then EC2 refuses what
 * depends on it. Answers what could not be taken away, a line each.
 * @throws what AWS says when the credentials have ended; the signal's reason
 */
export async function sweep(aws: AwsClients, lab: LabIdentity, options: SweepOptions): Promise<readonly string[]> {
  const { patience, signal, rounds = Infinity } = options;
  const began = Date.now();
  for (let round = 1; ; round += 1) {
    const { found, problems, hopeful } = await sweepOnce(aws, lab, options);
    if (found === 0 && problems.length === 0) return [];
    if (round >= rounds || !hopeful || Date.now() - began > patience.sweep) {
      return problems.length > 0 ? problems : [`${found} of its resources were still going`];
    }
    await pauseAfter(patience, round - 1, signal);
  }
}

async function sweepOnce(aws: AwsClients, lab: LabIdentity, options: SweepOptions): Promise<Round> {
  const scope = await scopeOf(aws, lab);
  const problems: string[] = [];
  let count = 0;
  let hopeful = false;
  const met = (what: string, error: unknown): void => {
    if (isExpired(error)) throw error;
    problems.push(`${what}: ${answerText(error)}`);
    hopeful ||= !isDenied(error);
  };
  for (const sweeper of options.only ?? sweepers) {
    options.signal.throwIfAborted();
    let all: readonly Found[];
    try {
      all = await sweeper.find(aws, scope);
    } catch (error) {
      met(sweeper.type, error);
      continue;
    }
    const wanted = options.spare === undefined ? all : all.filter((found) => !options.spare!(found));
    count += wanted.length;
    await inParallel(wanted, AT_A_TIME, async (found) => {
      if (options.signal.aborted) return;
      try {
        await takeAway(aws, sweeper, found, scope, options);
        hopeful = true;
      } catch (error) {
        met(`${found.type} ${found.id}`, error);
      }
    });
  }
  options.signal.throwIfAborted();
  return { found: count, problems, hopeful };
}

async function takeAway(
  aws: AwsClients,
  sweeper: Sweeper,
  found: Found,
  scope: LabScope,
  { report }: SweepOptions,
): Promise<void> {
  try {
    await sweeper.remove(aws, found, scope);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
  report({ subject: found.id, state: 'done', message: `took away ${found.type} ${found.detail}`.trim() });
}
