import { storageClassOf } from '../api/core/volume-access.ts';
import {
  LOCAL_PROVISIONER,
  LOCAL_VOLUME_FINALIZER,
  LOCAL_VOLUME_NODE,
  LOCAL_VOLUMES_FOLDER,
  localVolumeName,
  PROVISIONED_BY,
} from '../api/storage/local-volumes.ts';
import type { KubeObject } from '../api/meta.ts';
import { keyOf } from '../client/object-store.ts';
import { isAlreadyExists, unlessGone } from './api-errors.ts';
import type { Node } from './core-types.ts';
import { type ControllerDefinition, defineController, type ReconcileContext } from './define-controller.ts';
import { NODES, PERSISTENT_VOLUME_CLAIMS, PERSISTENT_VOLUMES, refTo, STORAGE_CLASSES } from './resources.ts';
import { sameJson } from './same-json.ts';
import { claimRefOf } from './volumes/bind.ts';
import { chooseNode } from './volumes/local-node.ts';
import { ToldEvents } from './volumes/told-events.ts';
import {
  annotationOf,
  type Claim,
  SELECTED_NODE,
  STORAGE_PROVISIONER,
  type StorageClass,
  type Volume,
} from './volumes/volume-types.ts';

/**
 * Makes volumes that are folders of a node, as sig-storage's provisioners make theirs: it answers claims that ask for it. The folder
 * itself is the node's work, when the first pod comes and after the volume has been deleted.
 */
export function localVolumeProvisioner(): ControllerDefinition {
  const told = new ToldEvents();
  return defineController({
    name: 'local-volume-provisioner',
    component: LOCAL_PROVISIONER,
    for: PERSISTENT_VOLUME_CLAIMS,
    watches: [
      { of: STORAGE_CLASSES, map: (_, { lister }) => lister<Claim>(PERSISTENT_VOLUME_CLAIMS).list().filter(isOurs).map(keyOf) },
      {
        of: NODES,
        map: (_, { lister }) => lister<Claim>(PERSISTENT_VOLUME_CLAIMS).list().filter(isOurs).map(keyOf),
        changed: (node, old) => !sameJson(offer(node as Node), offer(old as Node)),
      },
      { of: PERSISTENT_VOLUMES, map: () => [], changed: () => false },
    ],
    async reconcile(key, context) {
      const claim = context.lister<Claim>(PERSISTENT_VOLUME_CLAIMS).byKey(key);
      if (claim === undefined || !isOurs(claim)) return;
      await provision(claim, told, context);
    },
  });
}

const offer = ({ metadata, spec, status }: Node): unknown => [
  metadata.labels,
  metadata.annotations?.[LOCAL_VOLUMES_FOLDER],
  spec,
  status?.conditions?.find(({ type }) => type === 'Ready')?.status,
];

const isOurs = (claim: Claim): boolean =>
  annotationOf(claim, STORAGE_PROVISIONER) === LOCAL_PROVISIONER &&
  !claim.spec.volumeName &&
  claim.metadata.deletionTimestamp === undefined;

async function provision(claim: Claim, told: ToldEvents, context: ReconcileContext): Promise<void> {
  const { client, lister, recorder } = context;
  const { namespace, name, uid } = claim.metadata;
  const found = lister<StorageClass>(STORAGE_CLASSES).byKey(storageClassOf(claim));
  const selected = annotationOf(claim, SELECTED_NODE);
  if (found?.provisioner !== LOCAL_PROVISIONER) return;
  if (found.volumeBindingMode === 'WaitForFirstConsumer' && selected === undefined) return;
  const volumeName = localVolumeName(uid!);
  if (lister<Volume>(PERSISTENT_VOLUMES).byKey(volumeName) !== undefined) return;
  const fail = (why: string): void =>
    told.tell(
      recorder,
      claim,
      'Warning',
      'ProvisioningFailed',
      `failed to provision volume with StorageClass ${JSON.stringify(found.metadata.name)}: ${why}`,
    );
  const refusal = unsupported(claim);
  if (refusal !== undefined) return fail(refusal);
  const node = chooseNode(found, selected, lister<Node>(NODES).list(), lister<Volume>(PERSISTENT_VOLUMES).list());
  if ('reason' in node) {
    fail(node.reason);
    // The scheduler chooses again.
    if (selected !== undefined) await deselect(claim, context);
    return;
  }
  recorder.event(claim, 'Normal', 'Provisioning', `External provisioner is provisioning volume for claim "${namespace}/${name}"`);
  try {
    await client.create(PERSISTENT_VOLUMES, localVolume(volumeName, claim, found, node.node));
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
  told.forget(uid!);
  recorder.event(claim, 'Normal', 'ProvisioningSucceeded', `Successfully provisioned volume ${volumeName}`);
}

/** What a folder cannot be (texts of sig-storage-lib-external-provisioner and of the in-tree plug-ins). */
function unsupported({ spec }: Claim): string | undefined {
  if (spec.selector !== undefined) return 'claim Selector is not supported';
  if (spec.volumeMode === 'Block') return `${LOCAL_PROVISIONER} does not support block volume provisioning`;
  if (spec.dataSource !== undefined || spec.dataSourceRef !== undefined)
    return `${LOCAL_PROVISIONER} does not support data sources`;
  return undefined;
}

async function deselect(claim: Claim, { client }: ReconcileContext): Promise<void> {
  const { uid, resourceVersion } = claim.metadata;
  const body = { metadata: { uid, resourceVersion, annotations: { [SELECTED_NODE]: null } } };
  await unlessGone(client.patch(refTo(PERSISTENT_VOLUME_CLAIMS, claim), 'application/merge-patch+json', body));
}

/** All its pods run on one node, so that any access mode holds. The size is what was asked for; nothing enforces it. */
function localVolume(name: string, claim: Claim, found: StorageClass, node: Node): KubeObject {
  const hostname = node.metadata.labels?.['kubernetes.io/hostname'] ?? node.metadata.name!;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name,
      labels: { [LOCAL_VOLUME_NODE]: node.metadata.name! },
      annotations: { [PROVISIONED_BY]: LOCAL_PROVISIONER },
      finalizers: [LOCAL_VOLUME_FINALIZER],
    },
    spec: {
      accessModes: claim.spec.accessModes,
      capacity: { storage: claim.spec.resources!.requests!.storage! },
      claimRef: claimRefOf(claim),
      persistentVolumeReclaimPolicy: found.reclaimPolicy ?? 'Delete',
      storageClassName: found.metadata.name,
      volumeMode: 'Filesystem',
      local: { path: `${node.metadata.annotations![LOCAL_VOLUMES_FOLDER]}/${name}` },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [hostname] }] }],
        },
      },
    },
  };
}
