import type { Node } from '../../lib/platform/controllers/core-types.ts';
import type { Claim, StorageClass, Volume } from '../../lib/platform/controllers/volumes/volume-types.ts';

/** A claim of namespace `a` for a gibibyte of class `fast`. */
export const claimOf = (name: string, spec: Partial<Claim['spec']> = {}, metadata: Partial<Claim['metadata']> = {}): Claim => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name, namespace: 'a', ...metadata },
  spec: {
    accessModes: ['ReadWriteOnce'],
    storageClassName: 'fast',
    volumeMode: 'Filesystem',
    resources: { requests: { storage: '1Gi' } },
    ...spec,
  },
  status: { phase: 'Pending' },
});

/** A free volume of a gibibyte of class `fast`, which every node reaches. */
export const volumeOf = (
  name: string,
  spec: Partial<Volume['spec']> = {},
  more: { metadata?: Partial<Volume['metadata']>; phase?: NonNullable<Volume['status']>['phase'] } = {},
): Volume => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name, ...more.metadata },
  spec: {
    accessModes: ['ReadWriteOnce'],
    capacity: { storage: '1Gi' },
    storageClassName: 'fast',
    volumeMode: 'Filesystem',
    persistentVolumeReclaimPolicy: 'Retain',
    hostPath: { path: `/disks/${name}` },
    ...spec,
  },
  status: { phase: more.phase ?? 'Available' },
});

export const classOf = (name: string, more: Partial<StorageClass> = {}): StorageClass => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name },
  provisioner: 'example.com/disks',
  reclaimPolicy: 'Delete',
  volumeBindingMode: 'Immediate',
  ...more,
});

/** A ready node that has a folder for volumes, unless told otherwise. */
export const nodeOf = (name: string, more: { labels?: Record<string, string>; folder?: string | undefined } = {}): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name,
    labels: { 'kubernetes.io/hostname': name, ...more.labels },
    annotations:
      'folder' in more && more.folder === undefined ? {} : { 'openshift.io/local-volumes-folder': more.folder ?? '/var/volumes' },
  },
  spec: {},
  status: {
    allocatable: { cpu: '2', memory: '4Gi', pods: '110' },
    conditions: [{ type: 'Ready', status: 'True' }],
  },
});

/** Node affinity of a volume that only one node reaches. */
export const only = (hostname: string): NonNullable<Volume['spec']['nodeAffinity']> => ({
  required: {
    nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [hostname] }] }],
  },
});
