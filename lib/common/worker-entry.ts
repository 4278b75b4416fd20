import { join } from 'node:path';
import { type ResourceLimits, Worker } from 'node:worker_threads';
import { packageRoot } from './assets.ts';

/** The threads of the daemon beside the API's own (lib/platform/worker.ts runs them). */
export type Role = 'store' | 'node' | 'passwords' | 'yaml';

/** What a worker thread gets as workerData. */
export interface RoleData {
  readonly role: Role;
  readonly data: unknown;
}

/**
 * Starts a worker thread in a role. `data` is structured-cloned. The entry is the source file in a checkout and
 * `worker.mjs` in the bundle that servers run, told apart by our own file's extension.
 */
export function spawnRole(role: Role, data: unknown, resourceLimits?: ResourceLimits): Worker {
  const entry = import.meta.url.endsWith('.ts') ? join('lib', 'platform', 'worker.ts') : 'worker.mjs';
  return new Worker(join(packageRoot(), entry), {
    name: role,
    workerData: { role, data } satisfies RoleData,
    ...(resourceLimits === undefined ? {} : { resourceLimits }),
    // Warnings about experimental modules would reach the log of a server once per thread.
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
}
