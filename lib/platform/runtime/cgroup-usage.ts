import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cgroupMounts } from './cgroup-mounts.ts';

/** Nanoseconds since its start; bytes of the working set: all but files that nobody has looked at for long. */
export interface ContainerUsage {
  readonly cpuNanoseconds: number;
  readonly memoryBytes: number;
}

/**
 * What a container uses, from its cgroup. Docker's own stats are empty for containers in the network of a sandbox that has none of
 * Docker's (20.10). `pid`: its first process. Rejects when that has ended.
 */
export async function cgroupUsage(id: string, pid: number): Promise<ContainerUsage> {
  const [own, mounts] = await Promise.all([readFile(`/proc/${pid}/cgroup`, 'utf8'), readFile('/proc/self/mountinfo', 'utf8')]);
  const folder = (controller: string): string | undefined => cgroupFolder(controller, id, own, mounts);
  const [memory, cpuacct] = [folder('memory'), folder('cpuacct')];
  if (memory !== undefined && cpuacct !== undefined) {
    const [usage, stat, cpu] = await Promise.all([
      read(memory, 'memory.usage_in_bytes'),
      read(memory, 'memory.stat'),
      read(cpuacct, 'cpuacct.usage'),
    ]);
    return { cpuNanoseconds: Number(cpu), memoryBytes: workingSet(usage, fieldOf(stat, 'total_inactive_file')) };
  }
  const unified = folder('');
  if (unified === undefined) throw new Error(`no cgroup of container ${id} is mounted`);
  const [usage, stat, cpu] = await Promise.all([
    read(unified, 'memory.current'),
    read(unified, 'memory.stat'),
    read(unified, 'cpu.stat'),
  ]);
  return { cpuNanoseconds: fieldOf(cpu, 'usage_usec') * 1000, memoryBytes: workingSet(usage, fieldOf(stat, 'inactive_file')) };
}

const read = (folder: string, file: string): Promise<string> => readFile(join(folder, file), 'utf8');

const workingSet = (usage: string, inactive: number): number => Math.max(0, Number(usage) - inactive);

const fieldOf = (text: string, name: string): number => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);

/**
 * Where a controller's files of a container are; '': the unified hierarchy. `own` and `mounts` as in /proc/PID/cgroup and
 * /proc/self/mountinfo. A container that divides its own cgroup is meant as a whole.
 */
export function cgroupFolder(controller: string, id: string, own: string, mounts: string): string | undefined {
  const path = own
    .split('\n')
    .map((line) => /^\d+:([^:]*):(.*)$/.exec(line))
    .find((match) => match !== null && match[1]!.split(',').includes(controller))?.[2];
  const mount = cgroupMounts(mounts).find(({ unified, options }) =>
    controller === '' ? unified : !unified && options.includes(controller),
  );
  if (path === undefined || mount === undefined) return undefined;
  const { root, point } = mount;
  // In a container the hierarchy begins at our own cgroup.
  const below = root !== '/' && path.startsWith(root) ? path.slice(root.length) : path;
  const parts = below.split('/');
  const last = parts.findIndex((part) => part.includes(id));
  return join(point, ...(last === -1 ? parts : parts.slice(0, last + 1)));
}
