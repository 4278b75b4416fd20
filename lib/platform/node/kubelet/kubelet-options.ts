import type { Clock } from '../../../common/clock.ts';
import type { Log } from '../../../common/log.ts';
import type { Client } from '../../client/client.ts';
import type { Informer } from '../../client/informer.ts';
import type { ImageRuntime } from '../../runtime/image-runtime.ts';
import type { ContainerRuntime } from '../../runtime/container-runtime.ts';
import type { PodNetwork } from '../network/cni.ts';

/** What a kubelet works with. */
export interface KubeletOptions {
  readonly client: Client;
  readonly runtime: ContainerRuntime;
  readonly node: {
    readonly name: string;
    /** The first is its InternalIP. */
    readonly addresses: readonly string[];
    readonly podCIDR: string;
    /** Of the node server. */
    readonly port: number;
    /** @default 110 */
    readonly maxPods?: number;
    /** Processes and threads that a container may have at once; 0: as many as it likes. @default 4096 */
    readonly podPidsLimit?: number;
    /** What pods may set besides the safe ones: names, or beginnings of names with a `*`. @default none */
    readonly allowedUnsafeSysctls?: readonly string[];
  };
  /** The kubelet's own state: pods, network reservations. */
  readonly dataDir: string;
  /** Where persistent volumes are made that are folders of this machine. @default volumes below dataDir */
  readonly volumesDir?: string;
  readonly cni: { readonly pluginDirs: readonly string[]; readonly bridge: string };
  readonly sandboxImage: string;
  /** Address of the cluster's DNS service. */
  readonly clusterDNS: string;
  readonly clusterDomain: string;
  /** All services, when somebody keeps them already; else the kubelet watches them itself. */
  readonly services?: Informer;
  /** Containers that are started at the same time. @default four for each core */
  readonly parallelStarts?: number;
  /** Makes images for build pods. @default they have none made */
  readonly images?: ImageRuntime;
  /** Replaces CNI; for tests. */
  readonly network?: PodNetwork;
  readonly log: Log;
  readonly clock?: Clock;
}
