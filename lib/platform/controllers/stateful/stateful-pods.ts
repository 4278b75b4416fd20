import type { KubeObject } from '../../api/meta.ts';
import type { Pod, PodTemplate } from '../core-types.ts';
import { podFromTemplate } from '../replicas/pod-control.ts';
import { REVISION_HASH } from '../revisions/revision-history.ts';
import type { StatefulSet } from './stateful-types.ts';

const POD_NAME = 'statefulset.kubernetes.io/pod-name';
const POD_INDEX = 'apps.kubernetes.io/pod-index';

/** The ordinal of a pod by its name; undefined for one that is no member of the set. */
export function ordinalOf(set: StatefulSet, { metadata }: KubeObject): number | undefined {
  const prefix = `${set.metadata.name}-`;
  const rest = metadata.name!.startsWith(prefix) ? metadata.name!.slice(prefix.length) : '';
  return /^(0|[1-9]\d{0,8})$/.test(rest) ? Number(rest) : undefined;
}

const claimName = (set: StatefulSet, template: KubeObject, ordinal: number): string =>
  `${template.metadata.name}-${set.metadata.name}-${ordinal}`;

/** The pod of one ordinal: its name, host name and claims are the same whenever it is made (kubernetes statefulset newVersionedStatefulSetPod). */
export function statefulPod(set: StatefulSet, ordinal: number, template: PodTemplate, revision: string): Pod {
  const pod = podFromTemplate(set, template);
  const name = `${set.metadata.name}-${ordinal}`;
  const { generateName: _generated, ...metadata } = pod.metadata;
  const claims = set.spec.volumeClaimTemplates ?? [];
  const claimed = new Set(claims.map((claim) => claim.metadata.name));
  const others = ((pod.spec['volumes'] ?? []) as { name: string }[]).filter((volume) => !claimed.has(volume.name));
  const volumes = claims.map((claim) => ({
    name: claim.metadata.name!,
    persistentVolumeClaim: { claimName: claimName(set, claim, ordinal) },
  }));
  return {
    ...pod,
    metadata: {
      ...metadata,
      name,
      labels: { ...metadata.labels, [POD_NAME]: name, [POD_INDEX]: String(ordinal), [REVISION_HASH]: revision },
    },
    spec: {
      ...pod.spec,
      hostname: name,
      ...(set.spec.serviceName ? { subdomain: set.spec.serviceName } : {}),
      ...(volumes.length + others.length === 0 ? {} : { volumes: [...volumes, ...others] }),
    },
  };
}

/** The claims of one ordinal, which its pod waits for. */
export const claimsOf = (set: StatefulSet, ordinal: number): KubeObject[] =>
  (set.spec.volumeClaimTemplates ?? []).map((template) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      ...template.metadata,
      name: claimName(set, template, ordinal),
      namespace: set.metadata.namespace!,
      labels: { ...template.metadata.labels, ...set.spec.selector.matchLabels },
    },
    spec: template['spec'],
  }));
