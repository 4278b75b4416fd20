import { randomSuffix } from '../operations/object-names.ts';
import type { Clock } from '../../../common/clock.ts';
import type { KubeObject } from '../../api/meta.ts';
import { newForbidden } from '../../api/status-error.ts';
import type { ObjectCache } from '../store/object-cache.ts';
import { resourcePrefix } from '../store/storage-key.ts';
import type { AdmissionPlugin } from './admission-plugin.ts';

const NAMESPACES = resourcePrefix({ group: '', plural: 'namespaces' });
const ACCOUNTS = resourcePrefix({ group: '', plural: 'serviceaccounts' });
const PODS = { group: '', resource: 'pods' };
const MIRROR = 'kubernetes.io/config.mirror';
const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
/** How often a default account that is not there is looked for again, as in Kubernetes, and ms in between. */
const ATTEMPTS = 9;
const STEP = 150;
/** ms from when a namespace was made for its default account to come: on a busy machine its controller is some seconds behind. */
const NEW = 15_000;

interface Container {
  name?: string;
  volumeMounts?: { name: string; mountPath?: string; readOnly?: boolean }[];
}

/** Gives a pod its service account and, unless told not to, the account's token (plugin/pkg/admission/serviceaccount). */
export function serviceAccountAdmission(clock: Clock): AdmissionPlugin {
  return {
    name: 'ServiceAccount',
    async admit({ operation, definition, ref, object, cache }) {
      if (operation !== 'CREATE' || definition.group !== '' || definition.plural !== 'pods' || ref.subresource !== undefined)
        return;
      if (object?.spec === undefined || object.metadata.annotations?.[MIRROR] !== undefined) return;
      object.spec.serviceAccountName ??= object.spec.serviceAccount ?? 'default';
      object.spec.serviceAccount = object.spec.serviceAccountName;
      const account = await findAccount(cache, ref.namespace!, object.spec.serviceAccountName, clock);
      if (account === undefined) {
        const name = object.spec.serviceAccountName as string;
        const why = `error looking up service account ${ref.namespace}/${name}: serviceaccount "${name}" not found`;
        throw newForbidden(PODS, object.metadata.name ?? '', why);
      }
      if (object.spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) mountToken(object);
      if ((object.spec.imagePullSecrets ?? []).length === 0 && (account.imagePullSecrets ?? []).length > 0)
        object.spec.imagePullSecrets = structuredClone(account.imagePullSecrets);
    },
  };
}

async function findAccount(cache: ObjectCache, namespace: string, name: string, clock: Clock): Promise<KubeObject | undefined> {
  const accounts = cache.resource(ACCOUNTS);
  const key = `${ACCOUNTS}${namespace}/${name}`;
  if (accounts.get(key) === undefined) await cache.fresh();
  // The default account is made by a controller a moment after its namespace.
  for (
    let left = name === 'default' ? attemptsIn(cache, namespace, clock) : 0;
    left > 0 && accounts.get(key) === undefined;
    left--
  )
    await clock.sleep(STEP);
  return accounts.get(key)?.object;
}

/** A new namespace is given more time than one whose account somebody has deleted. */
function attemptsIn(cache: ObjectCache, namespace: string, clock: Clock): number {
  const made = cache.resource(NAMESPACES).get(NAMESPACES + namespace)?.object.metadata.creationTimestamp;
  const age = made === undefined ? NEW : Math.max(0, clock.now() - Date.parse(made));
  return Math.max(ATTEMPTS, Math.ceil((NEW - age) / STEP));
}

function mountToken(pod: KubeObject): void {
  const spec = pod.spec as { volumes?: object[]; containers?: Container[]; initContainers?: Container[] };
  const volumeName = `kube-api-access-${randomSuffix()}`;
  let needed = false;
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    if (container.volumeMounts?.some((mount) => mount.mountPath === MOUNT_PATH) === true) continue;
    container.volumeMounts = [...(container.volumeMounts ?? []), { name: volumeName, readOnly: true, mountPath: MOUNT_PATH }];
    needed = true;
  }
  if (needed) spec.volumes = [...(spec.volumes ?? []), tokenVolume(volumeName)];
}

const tokenVolume = (name: string): object => ({
  name,
  projected: {
    defaultMode: 420,
    sources: [
      // 3607 marks the token as one that was mounted by default; the kubelet treats it as an hour.
      { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
    ],
  },
});
