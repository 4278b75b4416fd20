import type { Clock } from '../../../common/clock.ts';
import type { Log } from '../../../common/log.ts';
import type { Client } from '../../client/client.ts';
import type { EventRecorder } from '../../client/event-recorder.ts';
import type { ContainerRuntime } from '../../runtime/container-runtime.ts';
import type { PodNetwork } from '../network/cni.ts';
import type { AllowedSysctls } from './allowed-sysctls.ts';
import type { PodAllocations } from './allocation/pod-allocations.ts';
import type { KeyedBackoff } from './container-backoff.ts';
import type { ConfigSource } from './containers/environment.ts';
import type { NodeCapacity } from './containers/resource-values.ts';
import type { Service } from './containers/service-environment.ts';
import type { ImagePuller } from './images/image-puller.ts';
import type { ClusterDns } from './network-files/resolv-conf.ts';
import type { PodDirs } from './pod-dirs.ts';
import type { Semaphore } from '../../../common/semaphore.ts';
import type { StatusWriter } from './status/status-writer.ts';
import type { BuildService } from '../builds/build-service.ts';
import type { LentPrograms } from '../lent-programs.ts';
import type { VolumeFolders } from '../volumes/volume-folders.ts';
import type { ClaimedVolumes } from './volumes/claimed-volumes.ts';
import type { TokenSource } from './volumes/token-source.ts';

/** What everything about pods shares on one node. */
export interface KubeletContext {
  readonly nodeName: string;
  /** The node's own addresses, the first one its InternalIP. */
  readonly hostIPs: readonly string[];
  readonly capacity: NodeCapacity;
  /** Processes and threads of each container; 0: as many as it likes. */
  readonly podPidsLimit: number;
  /** What pods may set of the kernel. */
  readonly sysctls: AllowedSysctls;
  readonly sandboxImage: string;
  readonly clusterDomain: string;
  /** Reads the machine's resolv.conf each time: it may change while we run. */
  readonly dns: () => Promise<ClusterDns>;
  readonly client: Client;
  readonly runtime: ContainerRuntime;
  readonly network: PodNetwork;
  readonly dirs: PodDirs;
  readonly seccompDir: string;
  readonly source: ConfigSource;
  readonly tokens: TokenSource;
  /** Volumes behind pods' claims. */
  readonly claims: ClaimedVolumes;
  /** Those of them that are folders of this node. */
  readonly folders: VolumeFolders;
  readonly services: () => readonly Service[];
  readonly puller: ImagePuller;
  /** Absent: build pods run, and have no images made. */
  readonly builds?: BuildService;
  readonly programs: LentPrograms;
  readonly statuses: StatusWriter;
  readonly recorder: EventRecorder;
  readonly allocations: PodAllocations;
  /** CrashLoopBackOff of all containers. */
  readonly crashes: KeyedBackoff;
  /** Starts of containers. Twenty pods at once on two cores: 4.6 s with two at a time, 3.0 with four, 2.5 with eight, no better with more. */
  readonly starts: Semaphore;
  readonly clock: Clock;
  readonly log: Log;
}
