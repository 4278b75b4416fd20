/** What controllers, the API server and nodes agree on about volumes that are folders of a node. */

/** The provisioner that storage classes name. */
export const LOCAL_PROVISIONER = 'openshift.io/local';
/** Holds a volume until its node has removed the folder. */
export const LOCAL_VOLUME_FINALIZER = 'openshift.io/local-volume';
/** Label of a volume: the node that has its folder. */
export const LOCAL_VOLUME_NODE = 'openshift.io/local-volume-node';
/** Annotation of a node: the absolute path below which it keeps such folders. */
export const LOCAL_VOLUMES_FOLDER = 'openshift.io/local-volumes-folder';
/** Annotation of a volume: who made it (Kubernetes: AnnDynamicallyProvisioned). */
export const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by';

/** Finalizers of Kubernetes' own: a claim that pods use and a volume that is bound stay until that has ended. */
export const CLAIM_PROTECTION = 'kubernetes.io/pvc-protection';
export const VOLUME_PROTECTION = 'kubernetes.io/pv-protection';

/** Names are made from the claim's uid, so that no folder is ever used for two volumes. */
export const localVolumeName = (claimUid: string): string => `pvc-${claimUid}`;

const LOCAL_VOLUME_NAME = /^pvc-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether a name could have come from `localVolumeName`: it is then safe as one part of a path. */
export const isLocalVolumeName = (name: string): boolean => LOCAL_VOLUME_NAME.test(name);
