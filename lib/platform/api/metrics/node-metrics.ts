import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import { quantityValue, parseQuantity } from '../quantity.ts';
import { metricsOf, usageColumns, usageList } from './usage-objects.ts';

const NODES = { group: '', version: 'v1', resource: 'nodes' };

/** What nodes use, asked of their kubelets when somebody wants to know. */
export const nodeMetrics = defineResource({
  group: 'metrics.k8s.io',
  version: 'v1beta1',
  kind: 'NodeMetrics',
  plural: 'nodes',
  singular: '',
  namespaced: false,
  schema: 'io.k8s.metrics.pkg.apis.metrics.v1beta1.NodeMetrics',
  verbs: ['get', 'list'],
  replaceable: true,
  virtual: {
    async list({ verbs, usage, now }) {
      const [{ items }, used] = await Promise.all([verbs.list(NODES), usage.usage()]);
      const byName = new Map(used.map((each) => [each.node, each]));
      return items.flatMap((node): KubeObject[] => {
        const found = byName.get(node.metadata.name!);
        if (found === undefined) return [];
        return [{ ...metricsOf('NodeMetrics', node, found, Date.parse(now)), usage: usageList(found) }];
      });
    },
  },
  columns: usageColumns(({ usage }) => ({
    cpuNanoCores: Number(parseQuantity(usage.cpu).nanos),
    memoryBytes: quantityValue(usage.memory),
  })),
});
