import { ageColumn, column, nameColumn, orNone, wideColumn } from '../../columns.ts';
import { defineResource } from '../../define-resource.ts';
import type { KubeObject } from '../../meta.ts';
import { nodeProxy } from './node-proxy.ts';
import { validateNode, validateNodeUpdate } from './node-validation.ts';

/** `podCIDR` is the first of `podCIDRs`: whichever is given fills the other. */
function syncPodCIDRs(node: KubeObject): void {
  const { spec } = node;
  if (spec === undefined) return;
  if (!spec.podCIDRs?.length && spec.podCIDR) spec.podCIDRs = [spec.podCIDR];
  else if (spec.podCIDRs?.length && !spec.podCIDR) spec.podCIDR = spec.podCIDRs[0];
}

function statusText(node: KubeObject): string {
  const conditions: { type: string; status: string }[] = node.status?.conditions ?? [];
  const ready = conditions.find((each) => each.type === 'Ready');
  const text = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return node.spec?.unschedulable === true ? `${text},SchedulingDisabled` : text;
}

const ROLE_PREFIX = 'node-role.kubernetes.io/';

function roles(node: KubeObject): string {
  const found = new Set<string>();
  for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
    if (key.startsWith(ROLE_PREFIX) && key.length > ROLE_PREFIX.length) found.add(key.slice(ROLE_PREFIX.length));
    else if (key === 'kubernetes.io/role' && value !== '') found.add(value);
  }
  return orNone([...found].sort().join(','));
}

function address(node: KubeObject, type: string): string {
  const addresses: { type: string; address: string }[] = node.status?.addresses ?? [];
  return orNone(addresses.find((each) => each.type === type)?.address);
}

const orUnknown = (text: string | undefined): string => text || '<unknown>';

export const node = defineResource({
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  shortNames: ['no'],
  namespaced: false,
  schema: 'io.k8s.api.core.v1.Node',
  // A node registers itself with its status, so a create keeps it.
  strategy: { defaults: syncPodCIDRs, validate: validateNode, validateUpdate: validateNodeUpdate },
  status: {
    prepareForUpdate: (object, old) => {
      object.spec = old.spec;
    },
  },
  subresources: { proxy: nodeProxy },
  selectableFields: { 'spec.unschedulable': (object) => String(object.spec?.unschedulable ?? false) },
  columns: [
    nameColumn,
    column('Status', statusText),
    column('Roles', roles),
    ageColumn,
    column('Version', (object) => object.status?.nodeInfo?.kubeletVersion ?? ''),
    wideColumn('Internal-IP', (object) => address(object, 'InternalIP')),
    wideColumn('External-IP', (object) => address(object, 'ExternalIP')),
    wideColumn('OS-Image', (object) => orUnknown(object.status?.nodeInfo?.osImage)),
    wideColumn('Kernel-Version', (object) => orUnknown(object.status?.nodeInfo?.kernelVersion)),
    wideColumn('Container-Runtime', (object) => orUnknown(object.status?.nodeInfo?.containerRuntimeVersion)),
  ],
});
