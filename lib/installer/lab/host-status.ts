import { z } from 'zod';
import type { LabHostStatus } from '../../stacks/cloud-init/lab-host-status.ts';

/** As far as it is needed here; what a host says of itself is not believed further than that. */
const hostStatus = z.object({
  state: z.enum(['running', 'done', 'failed']),
  stages: z.array(z.object({ name: z.string(), state: z.enum(['waiting', 'running', 'done', 'failed']), error: z.string() })),
}) satisfies z.ZodType<Pick<LabHostStatus, 'state'>>;
export type HostStatus = z.infer<typeof hostStatus>;

/** $1: the status file. A host that has none yet answers nothing. */
export const readStatusScript = 'cat "$1" 2>/dev/null';

/** What a host tells of itself in its status file; undefined before it has one, and for what is none. */
export function parseHostStatus(text: string): HostStatus | undefined {
  try {
    return hostStatus.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
