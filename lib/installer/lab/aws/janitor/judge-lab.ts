import type { TaggedLab } from './tagged-labs.ts';

/**
 * What is done with a lab. `ending`: it is told of. `over`: it is taken away. `changing`: its time is over, and somebody is at work on its stacks,
 * perhaps to give it more: the next run looks again. `endless`: when it ends cannot be read, so it is told of and never deleted.
 */
export type Verdict = 'running' | 'ending' | 'changing' | 'over' | 'endless';

/** `now`, `noticeBefore`: ms. */
export function judgeLab({ expires, changing }: TaggedLab, now: number, noticeBefore: number): Verdict {
  if (expires === undefined) return 'endless';
  if (expires > now) return expires - now > noticeBefore ? 'running' : 'ending';
  return changing ? 'changing' : 'over';
}
