import type { NodeUsage, PodUsage } from '../../api/metrics/usage-source.ts';
import { isRecord } from '../store/json-value.ts';

interface Cpu {
  readonly time: string;
  readonly usageNanoCores: number;
  readonly windowNanoSeconds?: number;
}

/** A window of kubelets that do not say theirs: cAdvisor's own. */
const USUAL_WINDOW = 10_000;

/**
 * What a kubelet's summary (/stats/summary, stats/v1alpha1) says, as far as it is about CPU and memory. Throws a TypeError for what is none;
 * pods and containers without figures are left out.
 */
export function usageOfSummary(summary: unknown): NodeUsage {
  if (!isRecord(summary) || !isRecord(summary['node'])) throw new TypeError('the answer is no summary');
  const { node, pods } = summary;
  const measured = measurement(node);
  if (measured === undefined) throw new TypeError('the summary says nothing of the node');
  return {
    node: String(node['nodeName']),
    ...measured,
    pods: (Array.isArray(pods) ? pods : []).flatMap((each) => podUsage(each)),
  };
}

function podUsage(pod: unknown): PodUsage[] {
  if (!isRecord(pod) || !isRecord(pod['podRef']) || !Array.isArray(pod['containers'])) return [];
  const containers = pod['containers'].flatMap((each: unknown) => {
    const measured = isRecord(each) ? measurement(each) : undefined;
    return measured === undefined ? [] : [{ name: String((each as Record<string, unknown>)['name']), ...measured }];
  });
  // A part of a pod would be taken for all of it.
  if (containers.length !== pod['containers'].length || containers.length === 0) return [];
  const { name, namespace, uid } = pod['podRef'];
  const { at, window } = containers[0]!;
  return [{ name: String(name), namespace: String(namespace), uid: String(uid), at, window, containers }];
}

function measurement(
  of: Record<string, unknown>,
): { at: number; window: number; cpuNanoCores: number; memoryBytes: number } | undefined {
  const [cpu, memory] = [of['cpu'], of['memory']];
  if (!isRecord(cpu) || !isRecord(memory)) return undefined;
  const { time, usageNanoCores, windowNanoSeconds = USUAL_WINDOW * 1e6 } = cpu as unknown as Cpu;
  const memoryBytes = memory['workingSetBytes'];
  const at = Date.parse(time);
  const figures = [at, usageNanoCores, memoryBytes, windowNanoSeconds];
  if (!figures.every((each) => typeof each === 'number' && Number.isFinite(each) && each >= 0)) return undefined;
  return { at, window: windowNanoSeconds / 1e6, cpuNanoCores: usageNanoCores, memoryBytes: memoryBytes as number };
}
