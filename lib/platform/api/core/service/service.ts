import { ageColumn, column, nameColumn, orNone, wideColumn } from '../../columns.ts';
import type { StrategyContext } from '../../strategy.ts';
import { defineResource } from '../../define-resource.ts';
import type { KubeObject } from '../../meta.ts';
import type { QuotaAmounts } from '../../quota-usage.ts';
import { labelSetText } from '../../selectors/label-selector.ts';
import { newInvalid } from '../../status-error.ts';
import { allocate, chooseFamilies, release } from './service-allocation.ts';
import { heldNodePorts, needsClusterIP, needsNodePort, portsOf, syncClusterIPs } from './service-fields.ts';
import { serviceProxy } from './service-proxy.ts';
import { dropTypeDependentFields, validateService, validateServiceUpdate } from './service-validation.ts';

/** Nothing is claimed for a service that could not be stored anyway. */
function refuseInvalid(service: KubeObject, causes: ReturnType<typeof validateService>): void {
  if (causes.length > 0) throw newInvalid({ group: '', kind: 'Service' }, service.metadata.name ?? '', causes);
}

async function prepareForCreate(service: KubeObject, context: StrategyContext): Promise<void> {
  service.status = { loadBalancer: {} };
  service.spec ??= {};
  syncClusterIPs(service);
  refuseInvalid(service, [...validateService(service), ...chooseFamilies(service, context)]);
  await allocate(service, undefined, context);
}

async function prepareForUpdate(service: KubeObject, old: KubeObject, context: StrategyContext): Promise<void> {
  dropTypeDependentFields(service, old);
  syncClusterIPs(service, old);
  keepAllocated(service, old);
  refuseInvalid(service, [
    ...validateService(service),
    ...validateServiceUpdate(service, old),
    ...chooseFamilies(service, context),
  ]);
  await allocate(service, old, context);
}

/** An update that leaves allocated values out (apply, replace from a file) keeps them. */
function keepAllocated(service: KubeObject, old: KubeObject): void {
  const { spec } = service;
  if (needsClusterIP(old) && needsClusterIP(service)) {
    if (!spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIP = old.spec.clusterIP;
    if (!spec.clusterIPs?.length && spec.clusterIP === old.spec.clusterIP && old.spec.clusterIPs !== undefined)
      spec.clusterIPs = [...old.spec.clusterIPs];
    for (const field of ['ipFamilies', 'ipFamilyPolicy'])
      if (spec[field] === undefined && old.spec[field] !== undefined) spec[field] = structuredClone(old.spec[field]);
  }
  if (needsNodePort(old) && needsNodePort(service)) {
    const used = new Set(heldNodePorts(service));
    // Names are each there once, or the service would not have been stored.
    const byName = new Map(portsOf(old).map(({ name = '', nodePort }) => [name, nodePort]));
    for (const port of portsOf(service)) {
      const before = byName.get(port.name ?? '');
      if (port.nodePort || !before || used.has(before)) continue;
      port.nodePort = before;
      used.add(before);
    }
  }
}

function externalIPs(service: KubeObject): string {
  const { spec, status } = service;
  const given: string[] = spec.externalIPs ?? [];
  if (spec.type === 'ExternalName') return spec.externalName;
  if (spec.type !== 'LoadBalancer') return orNone(given.join(','));
  const ingress: { ip?: string; hostname?: string }[] = status?.loadBalancer?.ingress ?? [];
  const all = [...ingress.map((each) => each.ip ?? each.hostname ?? ''), ...given].filter(Boolean);
  return all.length === 0 ? '<pending>' : all.join(',');
}

const portsText = (service: KubeObject): string =>
  orNone(
    portsOf(service)
      .map(({ port, nodePort, protocol }) => (nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`))
      .join(','),
  );

/** What a service uses of a quota (pkg/quota/v1/evaluator/core/services.go). */
function quotaAmounts({ spec = {} }: KubeObject): QuotaAmounts {
  const ports = (spec.ports ?? []) as { nodePort?: number }[];
  const balanced = spec.type === 'LoadBalancer';
  const allocates = spec.type === 'NodePort' || (balanced && spec.allocateLoadBalancerNodePorts !== false);
  const nodePorts = allocates ? ports.length : balanced ? ports.filter(({ nodePort }) => nodePort).length : 0;
  return { services: '1', 'services.loadbalancers': balanced ? '1' : '0', 'services.nodeports': String(nodePorts) };
}

export const service = defineResource({
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  shortNames: ['svc'],
  categories: ['all'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Service',
  subresources: { proxy: serviceProxy },
  quota: { amounts: quotaAmounts },
  strategy: {
    nameFormat: 'label1035',
    prepareForCreate,
    prepareForUpdate,
    validate: validateService,
    validateUpdate: validateServiceUpdate,
    afterUpdate: (object, old, context) => release(old, object, context),
    afterDelete: (object, context) => release(object, undefined, context),
  },
  status: {
    prepareForUpdate: (object, old) => {
      object.spec = old.spec;
    },
  },
  selectableFields: {
    'spec.clusterIP': (object) => object.spec?.clusterIP ?? '',
    'spec.type': (object) => object.spec?.type ?? '',
  },
  columns: [
    nameColumn,
    column('Type', (object) => object.spec?.type ?? ''),
    column('Cluster-IP', (object) => orNone(object.spec?.clusterIP)),
    column('External-IP', externalIPs),
    column('Port(s)', portsText),
    ageColumn,
    wideColumn('Selector', (object) => orNone(labelSetText(object.spec?.selector))),
  ],
});
