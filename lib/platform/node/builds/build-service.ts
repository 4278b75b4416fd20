import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../../common/clock.ts';
import type { Log } from '../../../common/log.ts';
import { COMMANDS, SOCKET_PATH } from '../../builds/contract.ts';
import { BuildError } from '../../builds/engine/build-error.ts';
import type { BuildEngine } from '../../builds/engine/build-engine.ts';
import { dockerEngine, type DockerEngineOptions } from '../../builds/engine/docker-engine.ts';
import type { ContainerRuntime, Mount } from '../../runtime/container-runtime.ts';
import type { BuildLimits, ImageRuntime } from '../../runtime/image-runtime.ts';
import { isSandbox, podLabels } from '../kubelet/container-labels.ts';
import type { ConfigSource } from '../kubelet/containers/environment.ts';
import { quantityValue } from '../kubelet/containers/resource-values.ts';
import type { ClusterRegistry } from '../kubelet/images/cluster-registry.ts';
import type { ImageLedger } from '../kubelet/images/image-ledger.ts';
import type { PodDirs } from '../kubelet/pod-dirs.ts';
import type { Container } from '../kubelet/types/container-types.ts';
import type { Pod } from '../kubelet/types/pod-types.ts';
import type { LentPrograms } from '../lent-programs.ts';
import { BlobPlaces } from './blob-places.ts';
import { buildDelivery, isOwnOutput } from './build-delivery.ts';
import { buildImages } from './build-images.ts';
import { BuildJournal } from './build-journal.ts';
import { containerPrefix, discardImages, PushedImages, removeBuilds } from './build-remains.ts';
import { type BuildScope, buildContainer, buildScope, isBuildPod } from './build-scope.ts';
import { BuildCgroups } from './cgroups/build-cgroups.ts';
import { type BuildServer, serveBuild } from './build-server.ts';
import { StageImages } from './stage-images.ts';

export interface BuildServiceOptions {
  readonly nodeName: string;
  /** The kubelet's. */
  readonly dataDir: string;
  readonly containers: ContainerRuntime;
  readonly images: ImageRuntime;
  readonly source: ConfigSource;
  readonly ledger: ImageLedger;
  readonly registry: ClusterRegistry;
  readonly dirs: PodDirs;
  readonly programs: LentPrograms;
  readonly clock: Clock;
  readonly log: Log;
}

/** A build's processes are no more than this, whatever its author forks. */
const MOST_PROCESSES = 4096;

/** The node's part of builds: an engine for each build pod, which reaches as far as that build. */
export class BuildService {
  readonly #options: BuildServiceOptions;
  readonly #folder: string;
  readonly #serving = new Map<string, Promise<BuildServer>>();
  readonly #places = new BlobPlaces();
  /** Builds whose image this node is likely to run. */
  readonly #delivered = new Set<string>();
  readonly #pushed: PushedImages;
  readonly #stages: StageImages;
  readonly #cgroups: BuildCgroups;

  constructor(options: BuildServiceOptions) {
    this.#options = options;
    this.#folder = join(options.dataDir, 'builds');
    const { containers, images, clock, log } = options;
    this.#cgroups = new BuildCgroups({ engine: () => containers.version(), folder: this.#folder, clock, log });
    this.#stages = new StageImages({ images, folder: this.#folder, clock });
    this.#pushed = new PushedImages({ images, folder: this.#folder, isKept: (id) => this.#stages.has(id), clock, log });
  }

  /** What the node that ran before has left behind. Before any pod is looked at: its builders call again. */
  async recover(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await removeBuilds(this.#options.images, this.#options.nodeName, this.#options.dataDir);
    await this.#cgroups.recover();
  }

  /** Ends what is done for all pods, when the node ends. Their builders wait for the next one. */
  async stop(): Promise<void> {
    await Promise.all([...this.#serving.keys()].map((uid) => this.end(uid)));
    await this.#pushed.stop();
  }

  /** What a container of a build pod gets from the node beside its volumes: the program, and the socket where images are made. */
  async mounts(pod: Pod, container: Container): Promise<Mount[]> {
    if (!isBuildPod(pod) || !Object.hasOwn(COMMANDS, container.name)) return [];
    const mounts = this.#options.programs.mounts(COMMANDS[container.name]!);
    if (container.name !== buildContainer(pod)?.name) return mounts;
    await this.serve(pod);
    return [...mounts, { source: this.#socketFolder(pod), target: SOCKET_PATH.replace(/\/[^/]+$/, ''), readOnly: true }];
  }

  /** Opens a build pod's socket, where it is not open. Others have none. */
  async serve(pod: Pod): Promise<void> {
    const { uid } = pod.metadata;
    if (!isBuildPod(pod)) return;
    const scope = buildScope(pod);
    if (scope === undefined) return;
    const serving = this.#serving.get(uid) ?? serveBuild(this.#engine(scope), join(this.#socketFolder(pod), 'engine.sock'));
    this.#serving.set(uid, serving);
    try {
      await serving;
    } catch (error) {
      this.#serving.delete(uid);
      throw error;
    }
  }

  /** Ends what is done for a pod, and removes what has become of it here. Of others there is nothing. */
  async end(uid: string): Promise<void> {
    const serving = this.#serving.get(uid);
    if (serving === undefined) return;
    await (await serving.catch(() => undefined))?.close();
    const { images, nodeName } = this.#options;
    for (const { id } of await images.named(`${containerPrefix(nodeName)}${uid}.`)) await images.remove(id);
    if (this.#delivered.delete(uid)) this.#pushed.keep(uid);
    else await discardImages(images, new BuildJournal(this.#folder, uid), (id) => this.#stages.has(id));
    this.#serving.delete(uid);
  }

  #socketFolder(pod: Pod): string {
    return join(this.#options.dirs.pod(pod.metadata.uid), 'build');
  }

  #engine(scope: BuildScope): BuildEngine {
    const { images: runtime, source, ledger, registry, clock, nodeName, dirs } = this.#options;
    const journal = new BuildJournal(this.#folder, scope.uid);
    const isOwn = isOwnOutput(scope, registry);
    const bases = new Set<string>();
    const brought = (reference: string): void => void bases.add(reference);
    const deliver = buildDelivery({ images: runtime, source, registry, places: this.#places, bases }, scope, journal);
    const options = {
      runtime,
      containerPrefix: `${containerPrefix(nodeName)}${scope.uid}.`,
      mounts: [
        { source: dirs.hosts(scope.uid), target: '/etc/hosts', readOnly: true },
        { source: dirs.resolvConf(scope.uid), target: '/etc/resolv.conf', readOnly: true },
      ],
      limits: limitsOf(scope.container),
      images: buildImages({ runtime, source, ledger, registry, clock, brought }, scope),
      traces: journal,
      // Where others may push the project has no say in what would be taken over.
      ...(isOwn ? this.#earlier(scope.output!) : {}),
      spool: this.#folder,
      deliver: async (...args: Parameters<BuildEngine['deliver']>) => {
        const delivered = await deliver(...args);
        if (isOwn) this.#delivered.add(scope.uid);
        return delivered;
      },
    };
    // The network is that of the pod as it is when something is run in it.
    const now = async (more: Pick<DockerEngineOptions, 'cgroupParent'> = {}): Promise<BuildEngine> =>
      dockerEngine({ ...options, ...more, network: { container: await this.#sandbox(scope.uid) } });
    return {
      builder: async (...args) => (await now()).builder(...args),
      assemble: async (...args) => (await now()).assemble(...args),
      // Of a Dockerfile's steps the engine bounds all but the processes.
      dockerfile: (...args) =>
        this.#cgroups.within(MOST_PROCESSES, async (parent) =>
          (await now(parent === undefined ? {} : { cgroupParent: parent })).dockerfile(...args),
        ),
      run: async (...args) => (await now()).run(...args),
      extract: async (...args) => (await now()).extract(...args),
      deliver: async (...args) => (await now()).deliver(...args),
    };
  }

  /** What steps of a Dockerfile are taken over from. */
  #earlier(output: string): Pick<DockerEngineOptions, 'previous' | 'stages'> {
    const stages = {
      earlier: () => this.#stages.earlier(output),
      keep: (ids: readonly string[]) => this.#stages.keep(output, ids),
    };
    return { previous: { reference: output, forcePull: true }, stages };
  }

  async #sandbox(uid: string): Promise<string> {
    const found = await this.#options.containers.summaries(podLabels(this.#options.nodeName, uid));
    const sandbox = found.find((one) => isSandbox(one) && one.status === 'running');
    if (sandbox === undefined) throw new BuildError('GenericBuildFailed', 'the build pod has no network any more');
    return sandbox.id;
  }
}

function limitsOf({ resources }: Container): BuildLimits {
  const { memory, cpu } = (resources?.limits ?? {}) as Record<string, string>;
  return {
    pids: MOST_PROCESSES,
    ...(memory === undefined ? {} : { memoryBytes: Math.ceil(quantityValue(memory)) }),
    ...(cpu === undefined ? {} : { cpus: quantityValue(cpu) }),
  };
}
