import { join } from 'node:path';
import { type Clock, systemClock } from '../../../common/clock.ts';
import { errorText } from '../../../common/errors.ts';
import { type Backoff, backoffDelay } from '../../../common/retry.ts';
import { KUBERNETES_VERSION } from '../../api/kubernetes-version.ts';
import { createInformer, type Informer } from '../../client/informer.ts';
import type { ContainerSummary } from '../../runtime/container-runtime.ts';
import { isSandbox, nodeLabels } from './container-labels.ts';
import { runImageCollector } from './images/image-collector.ts';
import { ImageLedger } from './images/image-ledger.ts';
import { runImageWatch } from './images/image-watch.ts';
import { createKubeletContext } from './create-kubelet-context.ts';
import type { KubeletContext } from './kubelet-context.ts';
import type { KubeletOptions } from './kubelet-options.ts';
import { pressures, systemInfo } from './node-status/node-facts.ts';
import type { NodeFacts } from './node-status/node-object.ts';
import { NodeReporter } from './node-status/node-reporter.ts';
import { runPleg } from './pleg.ts';
import { PodDirs } from './pod-dirs.ts';
import type { Pod } from './types/pod-types.ts';
import { PodWorkers } from './pod-workers.ts';
import type { PodSource } from './server/pod-source.ts';
import { runLocalVolumes } from '../volumes/local-volumes.ts';
import { VolumeFolders } from '../volumes/volume-folders.ts';

export interface Kubelet {
  /** Until the signal aborts. Rejects when the node cannot work at all, as without a folder to write to. Containers go on running. */
  run(signal: AbortSignal): Promise<void>;
  /** This node's pods, for the node server. */
  readonly pods: PodSource;
}

const PODS = { group: '', version: 'v1', resource: 'pods' } as const;
const SERVICES = { group: '', version: 'v1', resource: 'services' } as const;
const RETRY: Backoff = { base: 200, cap: 5_000 };

/** A kubelet on Docker, dockershim's design. */
export function createKubelet(options: KubeletOptions): Kubelet {
  return new DockerKubelet(options);
}

class DockerKubelet implements Kubelet {
  readonly #options: KubeletOptions;
  readonly #clock: Clock;
  #workers: PodWorkers | undefined;
  #engineError: string | undefined;
  #reporter: NodeReporter | undefined;

  readonly #ledger: ImageLedger;
  readonly #folders: VolumeFolders;

  constructor(options: KubeletOptions) {
    this.#options = options;
    this.#ledger = new ImageLedger(join(options.dataDir, 'images.json'));
    this.#folders = new VolumeFolders(options.volumesDir ?? join(options.dataDir, 'volumes'));
    this.#clock = options.clock ?? systemClock;
  }

  readonly pods: PodSource = {
    find: (namespace, name, uid) => this.#workers?.find(namespace, name, uid),
    list: () => this.#workers?.list() ?? [],
  };

  async run(signal: AbortSignal): Promise<void> {
    const options = this.#options;
    const dirs = new PodDirs(options.dataDir);
    await dirs.prepare();
    const services = options.services ?? createInformer(options.client, SERVICES, { log: options.log, clock: this.#clock });
    const context = await createKubeletContext(options, {
      dirs,
      services,
      ledger: this.#ledger,
      folders: this.#folders,
      clock: this.#clock,
    });
    const pods = createInformer<Pod>(options.client, PODS, {
      fieldSelector: `spec.nodeName=${options.node.name}`,
      log: options.log,
      clock: this.#clock,
    });
    this.#reporter = this.#createReporter(context);
    await Promise.all([
      this.#reporter.run(signal),
      ...(options.services === undefined ? [services.run(signal)] : []),
      pods.run(signal),
      runLocalVolumes(
        {
          client: options.client,
          nodeName: options.node.name,
          folders: this.#folders,
          isUsed: (volume) => dirs.uses(volume),
          clock: this.#clock,
          log: options.log,
        },
        signal,
      ),
      runImageCollector({ runtime: options.runtime, ledger: this.#ledger, clock: this.#clock, log: options.log }, signal),
      runImageWatch(
        {
          runtime: options.runtime,
          clock: this.#clock,
          log: options.log,
          changed: () => this.#reporter?.refresh(),
        },
        signal,
      ),
      this.#runPods(context, pods, services, signal).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      }),
    ]);
    await this.#workers?.ended();
    await context.builds?.stop();
  }

  /** Nothing is touched before the API's pods are known: only then can be told what is an orphan. */
  async #runPods(context: KubeletContext, pods: Informer<Pod>, services: Informer, signal: AbortSignal): Promise<void> {
    const { log } = this.#options;
    const own = (pod: Pod): boolean => pod.spec.nodeName === context.nodeName;
    const isKnown = (uid: string): boolean => pods.lister.list().some((pod) => pod.metadata.uid === uid && own(pod));
    const workers = new PodWorkers(context, isKnown, signal);
    this.#workers = workers;
    await Promise.all([pods.synced(signal), services.synced(signal)]);
    const containers = await this.#listUntilItWorks(context, signal);
    const live = new Set(containers.filter((one) => isSandbox(one) && one.status === 'running').map(({ id }) => id));
    await context.builds?.recover();
    const released = await context.network.releaseLeaked(live).catch((error: unknown) => {
      log.warn({ error: errorText(error) }, 'leaked pod addresses not released');
      return [];
    });
    if (released.length > 0) log.info({ sandboxes: released.length }, 'leaked pod addresses released');
    pods.addHandler({
      added: (pod) => void (own(pod) && workers.update(pod)),
      updated: (pod) => void (own(pod) && workers.update(pod)),
      deleted: (pod) => workers.remove(pod),
    });
    await workers
      .removeLeftovers(containers)
      .catch((error: unknown) => log.warn({ error: errorText(error) }, 'leftovers not removed'));
    await runPleg(
      {
        runtime: context.runtime,
        nodeName: context.nodeName,
        clock: this.#clock,
        log,
        onPod: (uid) => workers.wake(uid),
        onList: (list) => workers.compare(list),
        onHealth: (error) => this.#setHealth(error),
      },
      signal,
    );
  }

  #setHealth(error: string | undefined): void {
    const changed = (error === undefined) !== (this.#engineError === undefined);
    this.#engineError = error;
    if (changed) this.#reporter?.refresh();
  }

  async #listUntilItWorks(context: KubeletContext, signal: AbortSignal): Promise<ContainerSummary[]> {
    for (let failures = 0; ; failures++) {
      try {
        return await context.runtime.summaries(nodeLabels(context.nodeName));
      } catch (error) {
        this.#setHealth(errorText(error));
        this.#options.log.warn({ error: errorText(error) }, 'container engine does not answer');
        await this.#clock.sleep(backoffDelay(RETRY, failures), signal);
      }
    }
  }

  #createReporter(context: KubeletContext): NodeReporter {
    const { client, node, runtime, log, dataDir } = this.#options;
    let system: NodeFacts['system'] | undefined;
    const facts = async (): Promise<NodeFacts> => {
      system ??= await systemInfo();
      const [engine, images] = await Promise.all([runtime.version().catch(() => undefined), runtime.images().catch(() => [])]);
      const down = this.#engineError ?? (engine === undefined ? 'the container engine does not answer' : undefined);
      return {
        ...node,
        maxPods: node.maxPods ?? 110,
        volumesDir: this.#folders.root,
        capacity: context.capacity,
        system,
        version: KUBERNETES_VERSION.gitVersion,
        runtimeVersion: engine === undefined ? undefined : `docker://${engine.version}`,
        images,
        pressures: await pressures(dataDir),
        notReady: down === undefined ? undefined : `container runtime is down: ${down}`,
        now: this.#clock.now(),
      };
    };
    return new NodeReporter({ client, clock: this.#clock, log, nodeName: node.name, facts });
  }
}
