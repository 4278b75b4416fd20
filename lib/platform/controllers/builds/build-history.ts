import { type Build, type BuildConfig, isFinished } from '../../api/build/build-types.ts';
import { numberOf } from './run-policy.ts';

/**
 * How long after the build that takes a place in the history the one without a place stays, in ms: what was built starts then, and to remove a
 * build, with its pod and its containers, would take processors from that.
 */
const REST = 30_000;

/** What of a config's history has to go. */
export interface HistoryPlan {
  /** Now, the oldest first. */
  readonly remove: readonly Build[];
  /** When to look again for more of them, in ms from now; undefined: when something changes. */
  readonly again: number | undefined;
}

/** Ended builds beyond those that the config keeps; good and bad ones have limits of their own. `now` is in ms since the epoch. */
export function planHistory({ spec }: BuildConfig, builds: readonly Build[], now: number): HistoryPlan {
  const done = builds
    .filter((build) => isFinished(build) && build.metadata.deletionTimestamp === undefined)
    .toSorted((a, b) => numberOf(a) - numberOf(b));
  const isGood = ({ status }: Build): boolean => status?.phase === 'Complete';
  const surplus = [
    ...beyond(done.filter(isGood), spec.successfulBuildsHistoryLimit),
    ...beyond(
      done.filter((build) => !isGood(build)),
      spec.failedBuildsHistoryLimit,
    ),
  ].map(({ build, by }) => ({ build, wait: restOf(by, now) }));
  const waits = surplus.map(({ wait }) => wait).filter((wait) => wait > 0);
  return {
    remove: surplus.filter(({ wait }) => wait <= 0).map(({ build }) => build),
    again: waits.length === 0 ? undefined : Math.min(...waits),
  };
}

/** Those that are too many, each with the build that has taken its place: so that none stays for ever where builds never cease. */
function beyond(builds: readonly Build[], kept: number | undefined): { build: Build; by: Build }[] {
  if (kept === undefined) return [];
  return builds.slice(0, Math.max(0, builds.length - kept)).map((build, n) => ({ build, by: builds[n + kept]! }));
}

/** Only a new tag of an image stream starts something here. */
function restOf({ spec, status }: Build, now: number): number {
  if (status?.phase !== 'Complete' || spec.output?.to?.kind !== 'ImageStreamTag') return 0;
  const rest = Date.parse(status.completionTimestamp ?? '') + REST - now;
  // The other way round: somebody has set the clock back since, or there is no such time.
  return rest <= REST ? rest : 0;
}
