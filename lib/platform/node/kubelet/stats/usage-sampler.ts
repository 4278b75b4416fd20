import type { Clock } from '../../../../common/clock.ts';
import type { ContainerRuntime } from '../../../runtime/container-runtime.ts';
import type { NodePod, PodSource } from '../server/pod-source.ts';
import type { Sample } from './machine-usage.ts';

/** What something has used, and uses. Times in ms. */
export interface Usage extends Sample {
  readonly at: number;
  /** Over which the rate was counted. */
  readonly window: number;
  readonly cpuNanoCores: number;
}

export interface ContainerUsage extends Usage {
  readonly name: string;
}

export interface PodUsage {
  readonly pod: NodePod;
  readonly containers: readonly ContainerUsage[];
}

export interface NodeUsage {
  readonly node: Usage;
  readonly pods: readonly PodUsage[];
}

/** Answers what the node and its pods use. */
export interface UsageSampler {
  /** Rejects when the engine or the machine's own figures cannot be read. */
  read(): Promise<NodeUsage>;
}

interface Deps {
  readonly pods: Pick<PodSource, 'list'>;
  readonly runtime: Pick<ContainerRuntime, 'stats'>;
  readonly clock: Clock;
  readonly machine: () => Promise<Sample>;
}

interface Taken extends Sample {
  readonly at: number;
}

/** An answer is good for so long, in ms. */
const FRESH = 5000;
/** A rate is counted over at least MIN_WINDOW, and over at most MAX_WINDOW; over WINDOW or little more where there is a choice. */
const MIN_WINDOW = 1000;
const WINDOW = 10_000;
const MAX_WINDOW = 60_000;
/** Questions to the engine at the same time. */
const CONCURRENCY = 8;
const MACHINE = '';

interface Running {
  readonly id: string;
  readonly pod: NodePod;
  readonly name: string;
}

/**
 * Looks only when somebody asks: a node that nobody asks about spends nothing on it. CPU is counted between two looks; where the last
 * one is too long ago, or a container is newer, it looks twice.
 */
export function usageSampler({ pods, runtime, clock, machine }: Deps): UsageSampler {
  /** By the engine's id, oldest first; '' is the machine. */
  const samples = new Map<string, Taken[]>();
  let reading: Promise<NodeUsage> | undefined;
  let last: { readonly at: number; readonly usage: NodeUsage } | undefined;

  const take = async (ids: readonly string[]): Promise<void> => {
    const waiting = [...ids];
    const worker = async (): Promise<void> => {
      for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
        const sample = await (id === MACHINE ? machine() : runtime.stats(id).catch(() => undefined));
        // Gone between the list and the look.
        if (sample === undefined) samples.delete(id);
        else keep(id, { ...sample, at: clock.now() });
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  };

  const keep = (id: string, sample: Taken): void => {
    const known = (samples.get(id) ?? []).filter(({ at }) => sample.at - at <= MAX_WINDOW && at <= sample.at);
    samples.set(id, [...known, sample]);
  };

  /** Long enough that answers do not jump, and short enough that they are about now. */
  const usageOf = (id: string): Usage | undefined => {
    const known = samples.get(id) ?? [];
    const newest = known.at(-1);
    if (newest === undefined) return undefined;
    const first = known.findLast(({ at }) => newest.at - at >= WINDOW) ?? known[0]!;
    const window = newest.at - first.at;
    if (window < MIN_WINDOW) return undefined;
    const used = Math.max(0, newest.cpuNanoseconds - first.cpuNanoseconds);
    return { ...newest, window, cpuNanoCores: (used * 1000) / window };
  };

  const readNow = async (): Promise<NodeUsage> => {
    const running = pods.list().flatMap(runningContainers);
    const ids = [MACHINE, ...running.map(({ id }) => id)];
    for (const id of samples.keys()) if (!ids.includes(id)) samples.delete(id);
    await take(ids);
    const young = ids.filter((id) => samples.has(id) && usageOf(id) === undefined);
    if (young.length > 0) {
      await clock.sleep(MIN_WINDOW);
      await take(young);
    }
    const byPod = new Map<NodePod, ContainerUsage[]>();
    for (const { id, pod, name } of running) {
      const usage = usageOf(id);
      const others = byPod.get(pod) ?? [];
      byPod.set(pod, usage === undefined ? others : [...others, { name, ...usage }]);
    }
    return { node: usageOf(MACHINE)!, pods: [...byPod].map(([pod, containers]) => ({ pod, containers })) };
  };

  return {
    read() {
      if (last !== undefined && clock.monotonic() - last.at < FRESH) return Promise.resolve(last.usage);
      reading ??= readNow()
        .then((usage) => {
          last = { at: clock.monotonic(), usage };
          return usage;
        })
        .finally(() => (reading = undefined));
      return reading;
    },
  };
}

const runningContainers = (pod: NodePod): Running[] =>
  [...pod.containers].flatMap(([name, { state, id }]) => (state === 'running' && id !== undefined ? [{ id, pod, name }] : []));
