/** The order of groups in discovery, which is the order in which clients look for a kind: higher ones first (pkg/controlplane's own table). */
const GROUPS: Readonly<Record<string, number>> = {
  '': 18_000,
  apps: 17_800,
  'events.k8s.io': 17_750,
  'authentication.k8s.io': 17_700,
  'authorization.k8s.io': 17_600,
  autoscaling: 17_500,
  batch: 17_400,
  'certificates.k8s.io': 17_300,
  'networking.k8s.io': 17_200,
  policy: 17_100,
  'rbac.authorization.k8s.io': 17_000,
  'storage.k8s.io': 16_800,
  'apiextensions.k8s.io': 16_700,
  'admissionregistration.k8s.io': 16_700,
  'scheduling.k8s.io': 16_600,
  'coordination.k8s.io': 16_500,
  'node.k8s.io': 16_300,
  'discovery.k8s.io': 16_200,
  'flowcontrol.apiserver.k8s.io': 16_100,
  'apiregistration.k8s.io': 20_000,
  'metrics.k8s.io': 100,
};

export interface ApiPriority {
  readonly groupPriorityMinimum: number;
  readonly versionPriority: number;
}

/** Of groups that are not Kubernetes' own, as custom resources get it. */
const OTHERS: ApiPriority = { groupPriorityMinimum: 1000, versionPriority: 100 };

/** Of a group version that is served here. Versions of one priority are told apart by their names. */
export function localPriority(group: string, version: string): ApiPriority {
  const found = Object.hasOwn(GROUPS, group) ? GROUPS[group] : undefined;
  if (found === undefined) return OTHERS;
  if (group === '') return { groupPriorityMinimum: found, versionPriority: 1 };
  if (group === 'autoscaling' && version === 'v2') return { groupPriorityMinimum: found, versionPriority: 30 };
  return { groupPriorityMinimum: found, versionPriority: group === 'metrics.k8s.io' ? 100 : 15 };
}
