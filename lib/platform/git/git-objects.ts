import type { KubeObject } from '../api/meta.ts';
import { componentDeployment } from '../components/component-deployment.ts';
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

const METADATA = { name: ID, namespace: GIT_NAMESPACE, labels: { app: ID } };

/** What there has to be before git can run, in the order in which it can be made. */
export function gitObjects(image: string): readonly (readonly [ResourceRef, KubeObject])[] {
  const namespace = GIT_NAMESPACE;
  const metadata = METADATA;
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
    [{ group: 'apps', version: 'v1', resource: 'deployments', namespace }, gitDeployment(image)],
  ];
}

/** The volume has one writer. */
const gitDeployment = (image: string): KubeObject =>
  componentDeployment({
    metadata: METADATA,
    user: { uid: UID, gid: UID },
    securityContext: { fsGroup: UID, seccompProfile: { type: 'RuntimeDefault' } },
    containerSecurityContext: { readOnlyRootFilesystem: true },
    container: {
      name: CONTAINER,
      image,
      command: WAIT,
      env: [
        { name: 'HOME', value: '/tmp' },
        { name: 'GIT_CONFIG_NOSYSTEM', value: '1' },
      ],
      resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '1Gi' } },
      volumeMounts: [
        { name: 'repositories', mountPath: REPOSITORIES },
        { name: 'scratch', mountPath: '/tmp' },
      ],
    },
    pod: {
      serviceAccountName: ID,
      volumes: [
        { name: 'repositories', persistentVolumeClaim: { claimName: ID } },
        { name: 'scratch', emptyDir: {} },
      ],
    },
  });
