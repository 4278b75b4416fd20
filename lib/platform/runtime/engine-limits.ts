import { readFileSync } from 'node:fs';
import type { EngineLimits } from './docker-container-config.ts';

const CAP_SYS_RESOURCE = 24n;

/**
 * What the engine on this host may do, judged by ourselves: both run as root in the same place. Inside some containers and
 * small virtual machines root lacks CAP_SYS_RESOURCE, and runc then refuses a negative oom_score_adj.
 */
export function engineLimits(status: string = readFileSync('/proc/self/status', 'utf8')): EngineLimits {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  return { lowestOomScore: (effective >> CAP_SYS_RESOURCE) & 1n ? -1000 : 0 };
}
