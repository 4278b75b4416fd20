import type { Build } from '../../api/build/build-types.ts';
import { BUILD_ENV, BUILD_LABEL, DOCKER_BUILD, MOUNTS, STI_BUILD } from '../../builds/contract.ts';
import type { Container } from '../kubelet/types/container-types.ts';
import type { Pod } from '../kubelet/types/pod-types.ts';

/** What a build pod may have done for it, read from its spec, which nobody can change while it runs. */
export interface BuildScope {
  readonly namespace: string;
  readonly uid: string;
  readonly container: Container;
  /** `REGISTRY/NAMESPACE/NAME:TAG`, the only thing that is pushed to. */
  readonly output: string | undefined;
  /** Names of secrets with logins. */
  readonly pushSecret: string | undefined;
  readonly pullSecret: string | undefined;
  readonly imageSecrets: readonly (string | undefined)[];
}

/** Whether the node offers a pod its part of a build. Only the build controller can make such a pod. */
export const isBuildPod = (pod: Pod): boolean => pod.metadata.labels?.[BUILD_LABEL] !== undefined;

/** The container that has images made. */
export const buildContainer = (pod: Pod): Container | undefined =>
  pod.spec.containers.find(({ name }) => name === STI_BUILD || name === DOCKER_BUILD);

/** undefined: the pod says of no build what it is. */
export function buildScope(pod: Pod): BuildScope | undefined {
  const container = buildContainer(pod);
  const text = container?.env?.find(({ name }) => name === BUILD_ENV)?.value;
  if (container === undefined || text === undefined) return undefined;
  let build: Build;
  try {
    build = JSON.parse(text) as Build;
  } catch {
    return undefined;
  }
  const secretAt = (path: string): string | undefined => {
    const mount = (container.volumeMounts ?? []).find(({ mountPath }) => mountPath === path);
    return pod.spec.volumes?.find(({ name }) => name === mount?.name)?.secret?.secretName;
  };
  return {
    namespace: pod.metadata.namespace,
    uid: pod.metadata.uid,
    container,
    output: build.spec.output?.to?.name,
    pushSecret: secretAt(MOUNTS.push),
    pullSecret: secretAt(MOUNTS.pull),
    imageSecrets: (build.spec.source?.images ?? []).map((_, index) => secretAt(MOUNTS.sourceImage(index))),
  };
}
