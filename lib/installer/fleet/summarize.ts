import type { FailureClass } from '../../common/errors.ts';
import type { EventBody } from '../progress-event.ts';
import type { HostRow } from './host-record.ts';

type Summary = Extract<EventBody, { event: 'summary' }>;

/**
 * Classes of failure, worst first: by how much a server may have been left in a state that needs somebody. docs/exit-codes.md tells this
 * order; a run on several hosts ends with the status of the worst that happened.
 */
export const severity: readonly FailureClass[] = [
  'interrupted',
  'internal',
  'platform',
  'docker',
  'connection',
  'conflict',
  'preflight',
  'usage',
];

/** What a run on several hosts came to. `seconds` is the whole run's. */
export function summarize(command: string, rows: readonly HostRow[], seconds: number): Summary {
  const failed = rows.filter(({ exitCode }) => exitCode !== 0);
  const rank = ({ failure }: HostRow) => severity.findIndex((name) => name === failure);
  const worst = failed.toSorted((a, b) => rank(a) - rank(b))[0];
  return {
    event: 'summary',
    host: '',
    command,
    seconds: Math.round(seconds * 10) / 10,
    succeeded: rows.length - failed.length,
    failed: failed.length,
    exitCode: worst?.exitCode ?? 0,
    hosts: [...rows],
  };
}
