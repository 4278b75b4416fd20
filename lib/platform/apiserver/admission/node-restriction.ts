import { newBadRequest, newForbidden } from '../../api/status-error.ts';
import type { KubeObject } from '../../api/meta.ts';
import { nodeNameOf } from '../auth/node-identity.ts';
import { checkClaimStatus, checkVolume, type Refuse } from './node-volume-restriction.ts';
import { podReferences } from '../auth/pod-references.ts';
import { resourcePrefix } from '../store/storage-key.ts';
import type { AdmissionPlugin, AdmissionRequest } from './admission-plugin.ts';

const MIRROR = 'kubernetes.io/config.mirror';
const PODS = resourcePrefix({ group: '', plural: 'pods' });

/** What a node may not write though the authorizer lets it write the kind (plugin/pkg/admission/noderestriction). */
export const nodeRestriction: AdmissionPlugin = {
  name: 'NodeRestriction',
  validate(request) {
    const { definition, object, user } = request;
    const node = nodeNameOf(user);
    if (node === undefined || object === undefined) return;
    const refuse: Refuse = (why) => {
      throw newForbidden({ group: definition.group, resource: definition.plural }, object.metadata?.name ?? '', why);
    };
    switch (`${definition.group}/${definition.plural}`) {
      case '/pods':
        return checkPod(request, object, node, refuse);
      case '/nodes':
        return checkNode(request, object, node, refuse);
      case '/persistentvolumeclaims':
        return checkClaimStatus(request, object, node, refuse);
      case '/persistentvolumes':
        return checkVolume(request, object, node, refuse);
      case '/serviceaccounts':
        return checkToken(request, object, node, refuse);
      case 'coordination.k8s.io/leases':
        if (object.metadata.name !== node) refuse('can only access node lease with the same name as the requesting node');
    }
  },
};

/** A node may read what its pods name: it must not be able to name things itself. */
function checkPod({ operation, ref }: AdmissionRequest, pod: KubeObject, node: string, refuse: Refuse): void {
  if (operation !== 'CREATE' || ref.subresource !== undefined) return;
  if (pod.metadata.annotations?.[MIRROR] === undefined)
    refuse(`pod does not have "${MIRROR}" annotation, node "${node}" can only create mirror pods`);
  if (pod.spec?.nodeName !== node) refuse(`node "${node}" can only create pods with spec.nodeName set to itself`);
  if (pod.spec.serviceAccountName) refuse(`node "${node}" can not create pods that reference a service account`);
  const { secrets, configMaps, claims } = podReferences(pod);
  if (secrets.size > 0) refuse(`node "${node}" can not create pods that reference secrets`);
  if (configMaps.size > 0) refuse(`node "${node}" can not create pods that reference configmaps`);
  if (claims.size > 0) refuse(`node "${node}" can not create pods that reference persistentvolumeclaims`);
  const volumes = (pod.spec.volumes ?? []) as { projected?: { sources?: { serviceAccountToken?: object }[] } }[];
  if (volumes.some(({ projected }) => projected?.sources?.some((source) => source.serviceAccountToken !== undefined)))
    refuse(`node "${node}" can not create pods that reference service account tokens`);
}

/** Taints and labels decide what runs here: they are the administrator's and the controllers'. */
function checkNode({ operation, ref, old }: AdmissionRequest, object: KubeObject, node: string, refuse: Refuse): void {
  if (operation === 'CREATE' && object.metadata.name !== node)
    refuse(`node "${node}" is not allowed to modify node "${object.metadata.name}"`);
  const changed = changedLabels(object, old).filter((key) => !isOwnLabel(key));
  if (changed.length > 0) refuse(`node "${node}" is not allowed to modify labels: ${changed.join(', ')}`);
  if (operation !== 'UPDATE' || ref.subresource !== undefined) return;
  if (JSON.stringify(object.spec?.taints ?? []) !== JSON.stringify(old?.spec?.taints ?? []))
    refuse(`node "${node}" is not allowed to modify taints`);
}

function changedLabels(object: KubeObject, old: KubeObject | undefined): string[] {
  const now = new Map(Object.entries(object.metadata.labels ?? {}));
  const before = new Map(Object.entries(old?.metadata.labels ?? {}));
  return [...new Set([...now.keys(), ...before.keys()])].filter((key) => now.get(key) !== before.get(key)).sort();
}

/** pkg/kubelet/apis: what a kubelet may say of itself among the labels of Kubernetes' own. */
const OWN_LABELS = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/arch',
  'kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/instance-type',
  'node.kubernetes.io/instance-type',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
]);
const OWN_DOMAINS = ['kubelet.kubernetes.io', 'node.kubernetes.io'];

function isOwnLabel(key: string): boolean {
  const domain = key.includes('/') ? key.slice(0, key.indexOf('/')) : '';
  const within = (...roots: string[]): boolean => roots.some((root) => domain === root || domain.endsWith(`.${root}`));
  return !within('kubernetes.io', 'k8s.io') || OWN_LABELS.has(key) || within(...OWN_DOMAINS);
}

/** A token is for a pod that runs on the node, and dies with it. */
function checkToken({ operation, ref, cache }: AdmissionRequest, request: KubeObject, node: string, refuse: Refuse): void {
  if (operation !== 'CREATE' || ref.subresource !== 'token') return;
  const bound = request.spec?.boundObjectRef as { kind?: string; name?: string; uid?: string } | undefined;
  if (bound === undefined || bound.kind !== 'Pod' || !bound.name) return refuse('node requested token not bound to a pod');
  if (!bound.uid) refuse('node requested token with a pod binding without a uid');
  const pod = cache.resource(PODS).get(`${PODS}${ref.namespace}/${bound.name}`)?.object;
  if (pod === undefined || pod.metadata.uid !== bound.uid)
    throw newBadRequest(`the pod ${JSON.stringify(bound.name)} of the bound object reference is not there`);
  if (pod.spec?.nodeName !== node) refuse('node requested token bound to a pod scheduled on a different node');
}
