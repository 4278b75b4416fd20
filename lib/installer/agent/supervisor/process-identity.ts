import { readFileSync } from 'node:fs';

/**
 * A process told from a later one with the same number: field 22 of /proc/PID/stat (proc_pid_stat(5)), its start in clock
 * ticks since boot. Undefined when there is none, or when it is dead and only waits for its parent.
 */
export function processStart(pid: number): string | undefined {
  if (pid <= 0) return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces and parentheses itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** Whether this very process still runs. */
export function isAlive(pid: number, start: string): boolean {
  return processStart(pid) === start;
}
