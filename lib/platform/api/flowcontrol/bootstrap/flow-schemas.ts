import type { KubeObject } from '../../meta.ts';
import { AUTOUPDATE } from './autoupdate.ts';

const ALL_RESOURCES = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] };
const ALL_PATHS = { verbs: ['*'], nonResourceURLs: ['*'] };
const EVERYTHING = { resourceRules: [ALL_RESOURCES], nonResourceRules: [ALL_PATHS] };
const ELECTION = ['get', 'create', 'update'];

const groups = (...names: readonly string[]): object[] => names.map((name) => ({ kind: 'Group', group: { name } }));
const users = (...names: readonly string[]): object[] => names.map((name) => ({ kind: 'User', user: { name } }));
const account = (name: string): object => ({ kind: 'ServiceAccount', serviceAccount: { namespace: 'kube-system', name } });
const EVERYBODY = groups('system:unauthenticated', 'system:authenticated');

const resources = (verbs: string[], apiGroup: string, names: string[], namespaces: string[], clusterScope = false): object => ({
  verbs,
  apiGroups: [apiGroup],
  resources: names,
  namespaces,
  ...(clusterScope ? { clusterScope } : {}),
});

function schema(
  name: string,
  level: string,
  matchingPrecedence: number,
  distinguisher: 'ByUser' | 'ByNamespace' | undefined,
  rule: object,
): KubeObject {
  return {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'FlowSchema',
    metadata: { name, annotations: { [AUTOUPDATE]: 'true' } },
    spec: {
      priorityLevelConfiguration: { name: level },
      matchingPrecedence,
      ...(distinguisher === undefined ? {} : { distinguisherMethod: { type: distinguisher } }),
      rules: [rule],
    },
  };
}

/** Administrators are never held back, and every request fits somewhere: their specs never change. */
export const mandatorySchemas: readonly KubeObject[] = [
  schema('catch-all', 'catch-all', 10_000, 'ByUser', { subjects: EVERYBODY, ...EVERYTHING }),
  schema('exempt', 'exempt', 1, undefined, { subjects: groups('system:masters'), ...EVERYTHING }),
];

const leases = resources(ELECTION, 'coordination.k8s.io', ['leases'], ['*']);

/** Every schema of a new cluster (apiserver/pkg/apis/flowcontrol/bootstrap/default.go). */
export const flowSchemas: readonly KubeObject[] = [
  ...mandatorySchemas,
  schema('endpoint-controller', 'workload-high', 150, 'ByUser', {
    subjects: [
      ...users('system:kube-controller-manager'),
      account('endpoint-controller'),
      account('endpointslicemirroring-controller'),
    ],
    resourceRules: [resources(['get', 'create', 'update'], '', ['endpoints'], ['*'])],
  }),
  schema('global-default', 'global-default', 9900, 'ByUser', { subjects: EVERYBODY, ...EVERYTHING }),
  schema('kube-controller-manager', 'workload-high', 800, 'ByNamespace', {
    subjects: users('system:kube-controller-manager'),
    ...EVERYTHING,
  }),
  schema('kube-scheduler', 'workload-high', 800, 'ByNamespace', { subjects: users('system:kube-scheduler'), ...EVERYTHING }),
  schema('kube-system-service-accounts', 'workload-high', 900, 'ByNamespace', { subjects: [account('*')], ...EVERYTHING }),
  schema('probes', 'exempt', 2, undefined, {
    subjects: EVERYBODY,
    nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }],
  }),
  schema('service-accounts', 'workload-low', 9000, 'ByUser', { subjects: groups('system:serviceaccounts'), ...EVERYTHING }),
  schema('system-leader-election', 'leader-election', 100, 'ByUser', {
    subjects: [...users('system:kube-controller-manager', 'system:kube-scheduler'), account('*')],
    resourceRules: [leases],
  }),
  schema('system-node-high', 'node-high', 400, 'ByUser', {
    subjects: groups('system:nodes'),
    resourceRules: [
      resources(['*'], '', ['nodes', 'nodes/status'], ['*'], true),
      resources(['*'], 'coordination.k8s.io', ['leases'], ['*']),
    ],
  }),
  schema('system-nodes', 'system', 500, 'ByUser', { subjects: groups('system:nodes'), ...EVERYTHING }),
  schema('workload-leader-election', 'leader-election', 200, 'ByUser', { subjects: [account('*')], resourceRules: [leases] }),
];
