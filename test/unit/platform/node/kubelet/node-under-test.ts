import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../../../../lib/common/log.ts';
import type { Client } from '../../../../../lib/platform/client/client.ts';
import { inProcessClient } from '../../../../../lib/platform/client/in-process-client.ts';
import { PodAllocations } from '../../../../../lib/platform/node/kubelet/allocation/pod-allocations.ts';
import { LentPrograms } from '../../../../../lib/platform/node/lent-programs.ts';
import { AllowedSysctls } from '../../../../../lib/platform/node/kubelet/allowed-sysctls.ts';
import { ApiConfigSource } from '../../../../../lib/platform/node/kubelet/api-config-source.ts';
import { KeyedBackoff } from '../../../../../lib/platform/node/kubelet/container-backoff.ts';
import { ImagePuller } from '../../../../../lib/platform/node/kubelet/images/image-puller.ts';
import type { KubeletContext } from '../../../../../lib/platform/node/kubelet/kubelet-context.ts';
import { PodDirs } from '../../../../../lib/platform/node/kubelet/pod-dirs.ts';
import type { Pod } from '../../../../../lib/platform/node/kubelet/types/pod-types.ts';
import type { PodStatus } from '../../../../../lib/platform/node/kubelet/types/pod-status-types.ts';
import { PodWorker } from '../../../../../lib/platform/node/kubelet/pod-worker.ts';
import { Semaphore } from '../../../../../lib/common/semaphore.ts';
import { StatusWriter } from '../../../../../lib/platform/node/kubelet/status/status-writer.ts';
import { ClaimedVolumes } from '../../../../../lib/platform/node/kubelet/volumes/claimed-volumes.ts';
import { VolumeFolders } from '../../../../../lib/platform/node/volumes/volume-folders.ts';
import { TokenSource } from '../../../../../lib/platform/node/kubelet/volumes/token-source.ts';
import { eventually } from '../../../../support/eventually.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';
import { FakeRuntime } from '../../../../support/fake-runtime.ts';
import { FakeVerbs } from '../../../../support/fake-verbs.ts';

export const PODS = { group: '', version: 'v1', resource: 'pods', namespace: 'ns' } as const;
export const CONFIGMAPS = { group: '', version: 'v1', resource: 'configmaps', namespace: 'ns' } as const;

/** A node on an engine of paper with one pod `p`, its API on paper too. */
export class NodeUnderTest {
  readonly clock = new FakeClock();
  readonly runtime = new FakeRuntime(this.clock);
  readonly verbs = new FakeVerbs(this.clock);
  readonly client: Client;
  /** `TYPE REASON MESSAGE` of each. */
  readonly events: string[] = [];
  /** Addresses of pods by sandbox. */
  readonly attached = new Map<string, string>();
  readonly dirs: PodDirs;
  /** Another one after each start of the kubelet. */
  context: KubeletContext;
  ending = new AbortController();
  readonly #dataDir = mkdtempSync(join(tmpdir(), 'oo-worker-'));
  /** All workers' until now. */
  readonly #runs: Promise<void>[] = [];

  constructor() {
    this.runtime.addImage('web:1');
    this.client = withTokens(inProcessClient(this.verbs, 'system:node:n'), this.clock);
    this.dirs = new PodDirs(this.#dataDir);
    this.context = this.#newContext();
  }

  async stop(): Promise<void> {
    this.ending.abort();
    // What they are at may be a file.
    await Promise.all(this.#runs);
    rmSync(this.#dataDir, { recursive: true });
  }

  read(): Promise<Pod> {
    return this.client.get<Pod>({ ...PODS, name: 'p' });
  }

  /** Makes the pod and takes it on. `before`: what happened before the kubelet came. */
  async begin(
    spec: object = {},
    before: (pod: Pod) => Promise<void> = () => Promise.resolve(),
  ): Promise<{ worker: PodWorker; run: Promise<void>; uid: string }> {
    const pod = await this.client.create<Pod>(PODS, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'ns' },
      spec: { nodeName: 'n', containers: [{ name: 'web', image: 'web:1', imagePullPolicy: 'IfNotPresent' }], ...spec },
    });
    await before(pod);
    return { ...this.takeOn(pod), uid: pod.metadata.uid };
  }

  /** Has the pod looked after from now on, as it is. */
  takeOn(pod: Pod): { worker: PodWorker; run: Promise<void> } {
    const worker = new PodWorker(this.context, pod, this.ending.signal);
    const run = worker.run();
    this.#runs.push(run);
    return { worker, run };
  }

  /** The kubelet ends and comes again, with nothing in its head. */
  restart(): void {
    this.ending = new AbortController();
    this.context = { ...this.context, allocations: new PodAllocations({ cpu: 2000, memory: 2 ** 32 }) };
  }

  /** The pod's status, once it is as `is` wants it. */
  status(is: (status: PodStatus) => boolean): Promise<PodStatus | false> {
    return eventually(async () => {
      const { status } = await this.read();
      return status !== undefined && is(status) && status;
    });
  }

  #newContext(): KubeletContext {
    const { client, clock, runtime, attached, events } = this;
    const source = new ApiConfigSource(client);
    return {
      programs: new LentPrograms('/dev/null'),
      nodeName: 'n',
      hostIPs: ['192.0.2.1'],
      capacity: { cpu: 2, memory: 2 ** 32, ephemeralStorage: 2 ** 32 },
      allocations: new PodAllocations({ cpu: 2000, memory: 2 ** 32 }),
      sysctls: new AllowedSysctls(['kernel.msg*']),
      podPidsLimit: 4096,
      sandboxImage: 'pause',
      clusterDomain: 'cluster.local',
      dns: () =>
        Promise.resolve({
          address: '172.30.0.10',
          domain: 'cluster.local',
          host: { nameservers: [], searches: [], options: [] },
        }),
      client,
      runtime,
      network: networkOf(attached),
      dirs: this.dirs,
      seccompDir: this.#dataDir,
      source,
      tokens: new TokenSource(client, clock),
      claims: new ClaimedVolumes(client, 'n'),
      folders: new VolumeFolders(join(this.#dataDir, 'volumes')),
      services: () => [],
      puller: new ImagePuller({ runtime, source, clock }),
      statuses: new StatusWriter(client, clock, silentLog),
      recorder: { event: (_, type, reason, message) => void events.push(`${type} ${reason} ${message}`) },
      crashes: new KeyedBackoff(),
      starts: new Semaphore(2),
      clock,
      log: silentLog,
    };
  }
}

const networkOf = (attached: Map<string, string>): KubeletContext['network'] => ({
  add: ({ containerId }) => {
    attached.set(containerId, `10.0.0.${attached.size + 2}`);
    return Promise.resolve({ ip: attached.get(containerId)! });
  },
  del: ({ containerId }) => Promise.resolve(void attached.delete(containerId)),
  address: (containerId) => Promise.resolve(attached.get(containerId)),
  check: () => Promise.resolve(),
  releaseLeaked: () => Promise.resolve([]),
  reguard: () => Promise.resolve(),
});

/** Tokens of service accounts are `t1`, `t2`... */
function withTokens(plain: Client, clock: FakeClock): Client {
  let tokens = 0;
  return {
    ...plain,
    create: (ref, object, options) =>
      ref.subresource === 'token'
        ? Promise.resolve({
            ...object,
            status: { token: `t${++tokens}`, expirationTimestamp: new Date(clock.now() + 1_000_000).toISOString() },
          } as never)
        : plain.create(ref, object, options),
  };
}
