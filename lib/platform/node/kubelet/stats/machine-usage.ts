import { readFile } from 'node:fs/promises';

/** Counted since the start of what it is about. */
export interface Sample {
  readonly cpuNanoseconds: number;
  /** The working set. */
  readonly memoryBytes: number;
}

/** Ticks of /proc/stat: Linux has had a hundred in a second for all programs to see, whatever the kernel counts in. */
const NANOSECONDS_A_TICK = 1e7;

/** What the whole machine uses. */
export async function machineUsage(): Promise<Sample> {
  const [stat, meminfo] = await Promise.all([readFile('/proc/stat', 'utf8'), readFile('/proc/meminfo', 'utf8')]);
  return machineSample(stat, meminfo);
}

/** Out of /proc/stat and /proc/meminfo. Memory as cAdvisor counts it: all that is taken but the files that nobody has looked at for long. */
export function machineSample(stat: string, meminfo: string): Sample {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0, steal = 0] = (/^cpu +(.*)$/m.exec(stat)?.[1] ?? '')
    .split(' ')
    .map(Number);
  const kibi = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(meminfo)?.[1] ?? 0);
  return {
    cpuNanoseconds: (user + nice + system + irq + softIrq + steal) * NANOSECONDS_A_TICK,
    memoryBytes: Math.max(0, kibi('MemTotal') - kibi('MemFree') - kibi('Inactive\\(file\\)')) * 1024,
  };
}
