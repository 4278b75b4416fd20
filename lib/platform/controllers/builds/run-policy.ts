import { BUILD_NUMBER, RUN_POLICY_LABEL } from '../../api/build/build-labels.ts';
import { type Build, isFinished } from '../../api/build/build-types.ts';

/** Where a build stands among those of its config; 0 for one that no config has made. */
export const numberOf = ({ metadata }: Build): number => Number(metadata.annotations?.[BUILD_NUMBER] ?? 0) || 0;

const waits = (build: Build): boolean =>
  !isFinished(build) && (build.status?.phase ?? 'New') === 'New' && build.status?.cancelled !== true;
const works = ({ status }: Build): boolean => status?.phase === 'Pending' || status?.phase === 'Running';

/**
 * Pure. What becomes of a new build among the others of its config: `Serial` runs one after the other, `SerialLatestOnly` leaves out those
 * that a later one has overtaken, `Parallel` waits for nobody (openshift-controller-manager, build/controller/policy).
 */
export function turnOf(build: Build, siblings: readonly Build[]): 'run' | 'wait' | 'cancel' {
  const policy = build.metadata.labels?.[RUN_POLICY_LABEL] ?? 'Parallel';
  if (policy === 'Parallel') return 'run';
  const others = siblings.filter(({ metadata }) => metadata.uid !== build.metadata.uid);
  const number = numberOf(build);
  const later = others.some((each) => waits(each) && numberOf(each) > number);
  if (policy === 'SerialLatestOnly' && later) return 'cancel';
  if (others.some(works)) return 'wait';
  const earlier = others.some((each) => waits(each) && numberOf(each) < number);
  return policy === 'Serial' && earlier ? 'wait' : 'run';
}
