import { startOf, sum } from './summary.ts';
import type { NodeUsage } from './usage-sampler.ts';

type Row = readonly [labels: Readonly<Record<string, string>>, value: number, at: number];

const seconds = (nanoseconds: number): number => nanoseconds / 1e9;

/** The kubelet's /metrics/resource, in Prometheus' text format. Names and labels are Kubernetes' own, and stable. */
export function resourceMetrics({ node, pods }: NodeUsage): string {
  const containers = pods.flatMap(({ pod, containers: all }) =>
    all.map((usage) => {
      const { name = '', namespace = '' } = pod.object.metadata;
      return { labels: { container: usage.name, namespace, pod: name }, usage, start: startOf(pod, usage.name) };
    }),
  );
  const ofPods = pods
    .filter(({ containers: all }) => all.length > 0)
    .map(({ pod, containers: all }) => ({
      labels: { namespace: pod.object.metadata.namespace ?? '', pod: pod.object.metadata.name ?? '' },
      usage: sum(all),
    }));
  return [
    family(
      'container_cpu_usage_seconds_total',
      'counter',
      'Cumulative cpu time consumed by the container in core-seconds',
      containers.map(({ labels, usage }): Row => [labels, seconds(usage.cpuNanoseconds), usage.at]),
    ),
    family(
      'container_memory_working_set_bytes',
      'gauge',
      'Current working set of the container in bytes',
      containers.map(({ labels, usage }): Row => [labels, usage.memoryBytes, usage.at]),
    ),
    family(
      'container_start_time_seconds',
      'gauge',
      'Start time of the container since unix epoch in seconds',
      containers.flatMap(({ labels, usage, start }): Row[] =>
        start === undefined ? [] : [[labels, Date.parse(start) / 1000, usage.at]],
      ),
    ),
    family('node_cpu_usage_seconds_total', 'counter', 'Cumulative cpu time consumed by the node in core-seconds', [
      [{}, seconds(node.cpuNanoseconds), node.at],
    ]),
    family('node_memory_working_set_bytes', 'gauge', 'Current working set of the node in bytes', [
      [{}, node.memoryBytes, node.at],
    ]),
    family(
      'pod_cpu_usage_seconds_total',
      'counter',
      'Cumulative cpu time consumed by the pod in core-seconds',
      ofPods.map(({ labels, usage }): Row => [labels, seconds(usage.cpuNanoseconds), usage.at]),
    ),
    family(
      'pod_memory_working_set_bytes',
      'gauge',
      'Current working set of the pod in bytes',
      ofPods.map(({ labels, usage }): Row => [labels, usage.memoryBytes, usage.at]),
    ),
    '# HELP resource_scrape_error [STABLE] 1 if there was an error while getting container metrics, 0 otherwise\n' +
      '# TYPE resource_scrape_error gauge\nresource_scrape_error 0\n',
  ].join('');
}

function family(name: string, type: 'counter' | 'gauge', help: string, rows: readonly Row[]): string {
  if (rows.length === 0) return '';
  const lines = rows.map(([labels, value, at]) => `${name}${labelText(labels)} ${value} ${at}\n`);
  return `# HELP ${name} [STABLE] ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

/** Names of Kubernetes hold nothing that would need to be escaped. */
const labelText = (labels: Readonly<Record<string, string>>): string => {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
};
