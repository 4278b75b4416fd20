import type { KubeObject } from '../api/meta.ts';
import type { ResourceRef } from '../api/verbs.ts';

/** Namespace of the pod that git runs in. */
export const GIT_NAMESPACE = 'openshift-git';
/** Name of its objects. */
export const ID = 'git';
export const CONTAINER = 'git';
/** Where its volume is. */
export const REPOSITORIES = '/repositories';

/** Stays until it is told to go; commands are run beside it. */
const WAIT = ['/bin/sh', '-c', "trap 'exit 0' TERM INT; while :; do sleep 3600 & wait $!; done"];
/** Neither root nor anybody of the host's. */
const UID = 1001;

const labels = { app: ID };

/** What there has to be before git can run, in the order in which it can be made. */
export function gitObjects(image: string): readonly (readonly [ResourceRef, KubeObject])[] {
  const namespace = GIT_NAMESPACE;
  const metadata = { name: ID, namespace, labels };
  const core = { group: '', version: 'v1' };
  const rbac = { group: 'rbac.authorization.k8s.io', version: 'v1' };
  return [
    [
      { ...core, resource: 'namespaces' },
      {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
      },
    ],
    [
      { ...core, resource: 'serviceaccounts', namespace },
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    ],
    [
      { ...rbac, resource: 'roles', namespace },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'Role',
        metadata,
        rules: [{ apiGroups: [''], resources: ['pods/exec'], verbs: ['get', 'create'] }],
      } as KubeObject,
    ],
    [
      { ...rbac, resource: 'rolebindings', namespace },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata,
        roleRef: { apiGroup: rbac.group, kind: 'Role', name: ID },
        subjects: [{ kind: 'ServiceAccount', name: ID, namespace }],
      } as KubeObject,
    ],
    [
      { ...core, resource: 'persistentvolumeclaims', namespace },
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata,
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Gi' } } },
      } as KubeObject,
    ],
    [
      { group: 'apps', version: 'v1', resource: 'deployments', namespace },
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata,
        spec: {
          replicas: 1,
          // The volume has one writer.
          strategy: { type: 'Recreate' },
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: podSpec(image) },
        },
      } as KubeObject,
    ],
  ];
}

function podSpec(image: string): object {
  return {
    serviceAccountName: ID,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: UID,
      runAsGroup: UID,
      fsGroup: UID,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        name: CONTAINER,
        image,
        imagePullPolicy: 'IfNotPresent',
        command: WAIT,
        env: [
          { name: 'HOME', value: '/tmp' },
          { name: 'GIT_CONFIG_NOSYSTEM', value: '1' },
        ],
        securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
        resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '1Gi' } },
        volumeMounts: [
          { name: 'repositories', mountPath: REPOSITORIES },
          { name: 'scratch', mountPath: '/tmp' },
        ],
      },
    ],
    volumes: [
      { name: 'repositories', persistentVolumeClaim: { claimName: ID } },
      { name: 'scratch', emptyDir: {} },
    ],
  };
}
