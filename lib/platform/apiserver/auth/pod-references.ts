import { claimsOfPod } from '../../api/core/pod/pod-claims.ts';
import type { KubeObject } from '../../api/meta.ts';

interface Named {
  readonly name?: string;
}
interface EnvSource {
  readonly configMapKeyRef?: Named;
  readonly secretKeyRef?: Named;
  readonly configMapRef?: Named;
  readonly secretRef?: Named;
}
interface Container {
  readonly env?: readonly { readonly valueFrom?: EnvSource }[];
  readonly envFrom?: readonly EnvSource[];
}
interface VolumeSource {
  readonly configMap?: Named;
  readonly secret?: Named & { readonly secretName?: string };
  readonly projected?: { readonly sources?: readonly VolumeSource[] };
}

/** The config maps, secrets and claims of its namespace that a pod names: what its node needs to read. */
export function podReferences(pod: KubeObject): {
  readonly configMaps: ReadonlySet<string>;
  readonly secrets: ReadonlySet<string>;
  readonly claims: ReadonlySet<string>;
} {
  const configMaps = new Set<string>();
  const secrets = new Set<string>();
  const add = (to: Set<string>, name: string | undefined): void => void (name !== undefined && to.add(name));
  const spec = (pod.spec ?? {}) as {
    imagePullSecrets?: readonly Named[];
    volumes?: readonly VolumeSource[];
    containers?: readonly Container[];
    initContainers?: readonly Container[];
    ephemeralContainers?: readonly Container[];
  };
  for (const { name } of spec.imagePullSecrets ?? []) add(secrets, name);
  for (const volume of spec.volumes ?? [])
    for (const source of [volume, ...(volume.projected?.sources ?? [])]) {
      add(configMaps, source.configMap?.name);
      add(secrets, source.secret?.secretName ?? source.secret?.name);
    }
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])]) {
    const sources = [...(container.env ?? []).map((env) => env.valueFrom ?? {}), ...(container.envFrom ?? [])];
    for (const source of sources) {
      add(configMaps, source.configMapKeyRef?.name ?? source.configMapRef?.name);
      add(secrets, source.secretKeyRef?.name ?? source.secretRef?.name);
    }
  }
  return { configMaps, secrets, claims: new Set(claimsOfPod(pod).map(({ claim }) => claim)) };
}
