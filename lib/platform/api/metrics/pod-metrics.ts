import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import { parseQuantity, quantityValue } from '../quantity.ts';
import { metricsOf, usageColumns, usageList } from './usage-objects.ts';
import type { ResourceUsage } from './usage-source.ts';

const PODS = { group: '', version: 'v1', resource: 'pods' };

interface Container {
  readonly usage: { readonly cpu: string; readonly memory: string };
}

const total = (object: KubeObject): ResourceUsage =>
  (object['containers'] as readonly Container[]).reduce(
    ({ cpuNanoCores, memoryBytes }, { usage }) => ({
      cpuNanoCores: cpuNanoCores + Number(parseQuantity(usage.cpu).nanos),
      memoryBytes: memoryBytes + quantityValue(usage.memory),
    }),
    { cpuNanoCores: 0, memoryBytes: 0 },
  );

/** What the containers of running pods use, asked of their kubelets when somebody wants to know. */
export const podMetrics = defineResource({
  group: 'metrics.k8s.io',
  version: 'v1beta1',
  kind: 'PodMetrics',
  plural: 'pods',
  singular: '',
  namespaced: true,
  schema: 'io.k8s.metrics.pkg.apis.metrics.v1beta1.PodMetrics',
  verbs: ['get', 'list'],
  replaceable: true,
  virtual: {
    async list({ verbs, usage, now, namespace }) {
      const where = namespace === '' ? PODS : { ...PODS, namespace };
      const [{ items }, nodes] = await Promise.all([verbs.list(where), usage.usage()]);
      const byUid = new Map(nodes.flatMap(({ pods }) => pods).map((each) => [each.uid, each]));
      return items.flatMap((pod): KubeObject[] => {
        const found = byUid.get(pod.metadata.uid!);
        if (found === undefined || found.containers.length === 0) return [];
        const containers = found.containers.map((each) => ({ name: each.name, usage: usageList(each) }));
        return [{ ...metricsOf('PodMetrics', pod, found, Date.parse(now)), containers }];
      });
    },
  },
  columns: usageColumns(total),
});
