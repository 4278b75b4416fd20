import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../../common/clock.ts';
import { createEventRecorder } from '../../client/event-recorder.ts';
import type { Informer } from '../../client/informer.ts';
import { BuildService } from '../builds/build-service.ts';
import { LentPrograms } from '../lent-programs.ts';
import { createPodNetwork } from '../network/cni.ts';
import { PodAllocations } from './allocation/pod-allocations.ts';
import { AllowedSysctls } from './allowed-sysctls.ts';
import { ApiConfigSource } from './api-config-source.ts';
import { KeyedBackoff } from './container-backoff.ts';
import type { Service } from './containers/service-environment.ts';
import type { ImageLedger } from './images/image-ledger.ts';
import { clusterRegistry } from './images/cluster-registry.ts';
import { ImagePuller } from './images/image-puller.ts';
import type { KubeletContext } from './kubelet-context.ts';
import { parseResolvConf } from './network-files/resolv-conf.ts';
import { allocatableCompute, nodeCapacity } from './node-status/node-facts.ts';
import type { PodDirs } from './pod-dirs.ts';
import { Semaphore } from '../../../common/semaphore.ts';
import { StatusWriter } from './status/status-writer.ts';
import type { VolumeFolders } from '../volumes/volume-folders.ts';
import { ClaimedVolumes } from './volumes/claimed-volumes.ts';
import { TokenSource } from './volumes/token-source.ts';
import type { KubeletOptions } from './kubelet-options.ts';

/** What the kubelet has made before, and keeps itself. */
export interface KubeletParts {
  readonly dirs: PodDirs;
  readonly services: Informer;
  readonly ledger: ImageLedger;
  readonly folders: VolumeFolders;
  readonly clock: Clock;
}

/** Everything that the workers of pods share. */
export async function createKubeletContext(options: KubeletOptions, parts: KubeletParts): Promise<KubeletContext> {
  const { client, runtime, images, node, dataDir, cni, sandboxImage, clusterDNS, clusterDomain, log } = options;
  const { dirs, services, ledger, folders, clock } = parts;
  const source = new ApiConfigSource(client);
  const capacity = await nodeCapacity(dataDir);
  const registry = clusterRegistry(() => services.lister.list(), clusterDomain);
  const shared = { nodeName: node.name, dataDir, source, dirs, clock, registry, ledger };
  const programs = new LentPrograms(join(dataDir, 'programs'));
  await programs.prepare();
  const builds = images === undefined ? undefined : new BuildService({ ...shared, programs, containers: runtime, images, log });
  return {
    ...(builds === undefined ? {} : { builds }),
    programs,
    nodeName: node.name,
    hostIPs: node.addresses,
    capacity,
    allocations: new PodAllocations(allocatableCompute(capacity)),
    sysctls: new AllowedSysctls(node.allowedUnsafeSysctls),
    podPidsLimit: node.podPidsLimit ?? 4096,
    sandboxImage,
    clusterDomain,
    dns: async () => ({ address: clusterDNS, domain: clusterDomain, host: await machineResolvConf() }),
    client,
    runtime,
    network: options.network ?? createPodNetwork({ ...cni, podCIDR: node.podCIDR, dataDir: join(dataDir, 'network'), log }),
    dirs,
    seccompDir: join(dataDir, 'seccomp'),
    source,
    tokens: new TokenSource(client, clock),
    claims: new ClaimedVolumes(client, node.name),
    folders,
    services: () => services.lister.list() as Service[],
    puller: new ImagePuller({
      runtime,
      source,
      clock,
      ledger,
      registry,
    }),
    statuses: new StatusWriter(client, clock, log),
    recorder: createEventRecorder(client, { component: 'kubelet', host: node.name, clock, log }),
    crashes: new KeyedBackoff(),
    starts: new Semaphore(options.parallelStarts ?? 4 * availableParallelism()),
    clock,
    log,
  };
}

/** systemd-resolved's stub listens on an address that pods cannot reach; its real upstreams stand elsewhere. */
async function machineResolvConf() {
  const conf = parseResolvConf(await readFile('/etc/resolv.conf', 'utf8').catch(() => ''));
  if (!conf.nameservers.includes('127.0.0.53')) return conf;
  const real = await readFile('/run/systemd/resolve/resolv.conf', 'utf8').catch(() => undefined);
  return real === undefined ? conf : parseResolvConf(real);
}
