import type { Column } from '../columns.ts';
import { nameColumn } from '../columns.ts';
import type { KubeObject } from '../meta.ts';
import type { MeasuredAt, ResourceUsage } from './usage-source.ts';

const API_VERSION = 'metrics.k8s.io/v1beta1';

/** Quantities as metrics-server writes them: nanocores, and whole kibibytes. */
export const usageList = ({ cpuNanoCores, memoryBytes }: ResourceUsage): Record<string, string> => ({
  cpu: `${Math.round(cpuNanoCores)}n`,
  memory: `${Math.floor(memoryBytes / 1024)}Ki`,
});

const second = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** An object of the metrics API about an object of the core: it has its name and its labels. `now` in ms. */
export function metricsOf(
  kind: 'NodeMetrics' | 'PodMetrics',
  { metadata }: KubeObject,
  { at, window }: MeasuredAt,
  now: number,
): KubeObject {
  const { name = '', namespace, labels } = metadata;
  return {
    kind,
    apiVersion: API_VERSION,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      creationTimestamp: second(now),
      ...(labels === undefined ? {} : { labels }),
    },
    timestamp: second(at),
    window: `${(window / 1000).toFixed(3).replace(/\.?0+$/, '')}s`,
  };
}

/** As metrics-server prints its kinds. */
export const usageColumns = (total: (object: KubeObject) => ResourceUsage): readonly Column[] => [
  nameColumn,
  { name: 'CPU', cell: (object) => usageList(total(object)).cpu! },
  { name: 'Memory', cell: (object) => usageList(total(object)).memory! },
  { name: 'Window', cell: (object) => String(object['window']) },
];
