import { REGISTRY_SERVICE, registryHostOf } from '../../../api/image/internal-registry.ts';
import type { KubeObject } from '../../../api/meta.ts';

/** Names by which pods call the platform's registry, without the cluster's domain behind them (OpenShift 3's and 4's). */
const NAMES = ['docker-registry.default.svc', 'image-registry.openshift-image-registry.svc'];

/** How the node sees the platform's registry. */
export interface ClusterRegistry {
  /** The reference under which the engine finds an image: the engine knows the cluster's names of the registry not, but its address. */
  resolve(image: string): string;
  /**
   * Whether the image is one of a project's. It may lie on this machine because another project's pod has brought it: only a pull says
   * whether this pod may have it.
   */
  isProjects(image: string): boolean;
}

/** By the registry's service as it is now; without one nothing is resolved. */
export function clusterRegistry(services: () => readonly KubeObject[], domain: string): ClusterRegistry {
  const host = (): string | undefined =>
    registryHostOf(
      services().find(
        ({ metadata }) => metadata.name === REGISTRY_SERVICE.name && metadata.namespace === REGISTRY_SERVICE.namespace,
      ),
    );
  const names = new Set(NAMES.flatMap((name) => [name, `${name}.${domain}`]));
  return {
    resolve(image) {
      const slash = image.indexOf('/');
      const address = host();
      const [name, port] = image.slice(0, Math.max(slash, 0)).split(':');
      if (address === undefined || !names.has(name!) || port !== address.split(':')[1]) return image;
      return `${address}${image.slice(slash)}`;
    },
    isProjects(image) {
      const address = host();
      return address !== undefined && image.startsWith(`${address}/`);
    },
  };
}
