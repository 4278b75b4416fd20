import { readFile, statfs } from 'node:fs/promises';
import { arch, cpus, freemem, release, totalmem } from 'node:os';
import type { NodeCapacity } from '../containers/resource-values.ts';

/** What a Node object's status.nodeInfo says of this machine (core/v1 NodeSystemInfo). */
export interface SystemInfo {
  readonly machineID: string;
  readonly systemUUID: string;
  readonly bootID: string;
  readonly kernelVersion: string;
  readonly osImage: string;
  readonly operatingSystem: 'linux';
  readonly architecture: string;
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** In Go's words: amd64, arm64. */
export const architecture = (): string => ARCHITECTURES[arch()] ?? arch();

const line = async (path: string): Promise<string> => (await readFile(path, 'utf8').catch(() => '')).trim();

/** What the machine says of itself (core/v1 NodeSystemInfo). */
export async function systemInfo(): Promise<SystemInfo> {
  const [machineID, systemUUID, bootID, osRelease] = await Promise.all([
    line('/etc/machine-id'),
    line('/sys/class/dmi/id/product_uuid'),
    line('/proc/sys/kernel/random/boot_id'),
    line('/etc/os-release'),
  ]);
  return {
    machineID,
    systemUUID: systemUUID === '' ? machineID : systemUUID,
    bootID,
    kernelVersion: release(),
    osImage: /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(osRelease)?.[1] ?? 'Linux',
    operatingSystem: 'linux',
    architecture: architecture(),
  };
}

/** All that the machine has. `dataDir`: on whose disk pods write. */
export async function nodeCapacity(dataDir: string): Promise<NodeCapacity> {
  const disk = await statfs(dataDir);
  return { cpu: cpus().length, memory: totalmem(), ephemeralStorage: disk.bsize * disk.blocks };
}

/** kubelet's default eviction threshold for memory; what is below is not for pods. */
const MEMORY_RESERVE = 100 * 2 ** 20;
const DISK_LOW_PART = 0.05;
const DISK_LOW_BYTES = 2 ** 31;

/** What of a node is for pods: thousandths of a core, bytes. */
export const allocatableCompute = ({ cpu, memory }: NodeCapacity): { readonly cpu: number; readonly memory: number } => ({
  cpu: cpu * 1000,
  memory: Math.max(0, memory - MEMORY_RESERVE),
});

/** Quantities of status.capacity and status.allocatable. */
export function resourceLists(
  capacity: NodeCapacity,
  maxPods: number,
): {
  capacity: Record<string, string>;
  allocatable: Record<string, string>;
} {
  const kibi = (bytes: number): string => `${Math.floor(bytes / 1024)}Ki`;
  const common = { cpu: String(capacity.cpu), pods: String(maxPods) };
  return {
    capacity: { ...common, memory: kibi(capacity.memory), 'ephemeral-storage': kibi(capacity.ephemeralStorage) },
    allocatable: {
      ...common,
      memory: kibi(allocatableCompute(capacity).memory),
      'ephemeral-storage': String(Math.floor(capacity.ephemeralStorage * 0.9)),
    },
  };
}

export interface Pressures {
  readonly memory: boolean;
  readonly disk: boolean;
  readonly pids: boolean;
}

/** Whether the machine is about to run out of something. Nothing is evicted; the scheduler stops sending pods. */
export async function pressures(dataDir: string): Promise<Pressures> {
  const [meminfo, disk, pidMax, loadavg] = await Promise.all([
    line('/proc/meminfo'),
    statfs(dataDir),
    line('/proc/sys/kernel/pid_max'),
    line('/proc/loadavg'),
  ]);
  const available = Number(/^MemAvailable:\s+(\d+) kB$/m.exec(meminfo)?.[1] ?? freemem() / 1024) * 1024;
  const free = disk.bavail * disk.bsize;
  const tasks = Number(/\/(\d+)/.exec(loadavg)?.[1] ?? 0);
  return {
    memory: available < MEMORY_RESERVE,
    disk: free < DISK_LOW_BYTES && disk.bavail < disk.blocks * DISK_LOW_PART,
    pids: tasks > Number(pidMax || 32_768) * 0.95,
  };
}
