import { type Clock, systemClock } from '../../common/clock.ts';

/** A process of ours on its way to its socket. */
export interface StartedProcess {
  /** Where it says what it does, for messages. */
  readonly log: string;
  /** Why it has ended, in words; undefined as long as it lives. */
  ended(): Promise<string | undefined>;
}

export interface ReachOptions<T> {
  /** For messages. */
  readonly name: string;
  /** An answer, or undefined when nobody is there to give one. */
  readonly ask: () => Promise<T | undefined>;
  readonly start: () => Promise<StartedProcess>;
  readonly clock?: Clock;
}

/** ms for a process that lives to answer. It is over in a fraction of a second, save where dozens of programs start at once. */
const most = 60_000;
/** ms between two questions. */
const pause = 25;
/** One may find another that is just about to end, and end itself; one that ends this often will not start. */
const enoughStarts = 3;

/**
 * Asks a process that is started when none runs. While it lives it is waited for, and no second one is started beside it: that would only
 * make a slow machine slower. One that has ended is told with its reason.
 */
export async function reachProcess<T>({ name, ask, start, clock = systemClock }: ReachOptions<T>): Promise<T> {
  let process: StartedProcess | undefined;
  let began = clock.monotonic();
  let starts = 0;
  for (;;) {
    // Looked at before the question: one that gave way to another has ended, and the other answers.
    const ended = process === undefined ? 'it was not started' : await process.ended();
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (ended !== undefined) {
      if (starts === enoughStarts) throw new Error(`${name} does not start: ${ended}; see ${process?.log}`);
      process = await start();
      starts++;
      began = clock.monotonic();
    } else if (clock.monotonic() - began > most) {
      throw new Error(`${name} runs, but has not answered for ${most / 1000} s: see ${process?.log}`);
    }
    await clock.sleep(pause);
  }
}
