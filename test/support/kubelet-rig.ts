import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createLog } from '../../lib/common/log.ts';
import type { KubeObject } from '../../lib/platform/api/meta.ts';
import { isNotFound } from '../../lib/platform/api/status-error.ts';
import type { Client } from '../../lib/platform/client/client.ts';
import { inProcessClient } from '../../lib/platform/client/in-process-client.ts';
import { createKubelet, type Kubelet } from '../../lib/platform/node/kubelet/kubelet.ts';
import type { PodStatus } from '../../lib/platform/node/kubelet/types/pod-status-types.ts';
import { unmountAll } from '../../lib/platform/node/kubelet/volumes/mounts.ts';
import { removePortGuard } from '../../lib/platform/node/network/port-guard.ts';
import type { ContainerRuntime } from '../../lib/platform/runtime/container-runtime.ts';
import { dockerImageRuntime } from '../../lib/platform/runtime/docker-image-runtime.ts';
import { dockerRuntime } from '../../lib/platform/runtime/docker.ts';
import { claimNumber } from './claims.ts';
import { eventually } from './eventually.ts';
import { FakeVerbs } from './fake-verbs.ts';
import { ensureStartingImages, ensureWebImages, WEB_A } from './images.ts';
import { runCommand } from './run-command.ts';

export const PODS = { group: '', version: 'v1', resource: 'pods', namespace: 'default' } as const;

/** A kubelet on real Docker and real CNI, with an API in memory. `await using` stops it and clears everything away. */
export interface KubeletRig extends AsyncDisposable {
  readonly nodeName: string;
  readonly verbs: FakeVerbs;
  readonly client: Client;
  readonly runtime: ContainerRuntime;
  readonly dataDir: string;
  kubelet: Kubelet;
  start(): Promise<void>;
  /** As a crash of the daemon: nothing is cleaned up. */
  stop(): Promise<void>;
  /** Creates a pod on this node, its image WEB_A unless told, and its grace two seconds. */
  create(name: string, spec: object, metadata?: object): Promise<KubeObject>;
  pod(name: string): Promise<KubeObject & { status?: PodStatus }>;
  status(name: string, until: (status: PodStatus) => boolean, timeout?: number): Promise<PodStatus>;
  gone(name: string, timeout?: number): Promise<void>;
  /** `reason: message` of a pod's events, in order. */
  events(name: string): Promise<string[]>;
  /** Ids of the engine's containers of this node. */
  containers(): Promise<string[]>;
  logs(name: string, container?: string, previous?: boolean): Promise<string>;
}

let rigs = 0;

/** Each rig's pods have a network, and a bridge, that no other rig has which runs at the same time. */
const NUMBERS = join(tmpdir(), 'oo-test-rigs');
const bridgeOf = (number: number): string => `oork${number}`;

async function removeNetwork(bridge: string): Promise<void> {
  await runCommand(['ip', 'link', 'delete', bridge], { anyCode: true });
  await removePortGuard(bridge);
}

export interface RigOptions {
  readonly runtime?: ContainerRuntime;
  /** Keeps files and containers of an earlier rig. */
  readonly log?: 'debug' | 'info' | 'warn' | 'silent';
  readonly parallelStarts?: number;
}

export async function kubeletRig(options: RigOptions = {}): Promise<KubeletRig> {
  await ensureStartingImages();
  await ensureWebImages();
  const number = await claimNumber(NUMBERS, 250, (folder) => removeNetwork(bridgeOf(Number(basename(folder)))));
  const nodeName = `rig-${process.pid}-${++rigs}`;
  const bridge = bridgeOf(number);
  const dataDir = mkdtempSync(join(tmpdir(), 'oo-kubelet-'));
  const verbs = new FakeVerbs();
  const client = withTokens(inProcessClient(verbs, `system:node:${nodeName}`));
  const runtime = options.runtime ?? dockerRuntime({ socketPath: '/var/run/docker.sock' });
  let ending = new AbortController();
  let running: Promise<void> = Promise.resolve();

  const rig: KubeletRig = {
    nodeName,
    verbs,
    client,
    runtime,
    dataDir,
    kubelet: undefined as unknown as Kubelet,
    async start() {
      ending = new AbortController();
      rig.kubelet = createKubelet({
        client,
        runtime,
        images: dockerImageRuntime({ socketPath: '/var/run/docker.sock' }),
        node: { name: nodeName, addresses: ['192.0.2.2'], podCIDR: `10.66.${number}.0/24`, port: 10_250 },
        dataDir,
        cni: { pluginDirs: ['/opt/cni/bin', '/usr/lib/cni'], bridge },
        sandboxImage: 'openshift/origin-pod:latest',
        clusterDNS: '172.30.0.10',
        clusterDomain: 'cluster.local',
        ...(options.parallelStarts === undefined ? {} : { parallelStarts: options.parallelStarts }),
        log: createLog({ name: 'kubelet-test', level: options.log ?? 'warn' }),
      });
      running = rig.kubelet.run(ending.signal);
      await eventually(() => client.get({ group: '', version: 'v1', resource: 'nodes', name: nodeName }));
    },
    async stop() {
      ending.abort();
      await running;
    },
    create: (name, spec, metadata = {}) => {
      const given = spec as { containers: object[]; initContainers?: object[] };
      const fill = (container: object): object => ({ image: WEB_A, imagePullPolicy: 'IfNotPresent', name: 'main', ...container });
      return client.create(PODS, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace: 'default', ...metadata },
        spec: {
          nodeName,
          terminationGracePeriodSeconds: 2,
          ...given,
          containers: given.containers.map(fill),
          ...(given.initContainers === undefined ? {} : { initContainers: given.initContainers.map(fill) }),
        },
      });
    },
    pod: (name) => client.get({ ...PODS, name }),
    async status(name, until, timeout = 40_000) {
      let last: PodStatus | undefined;
      const check = async (): Promise<PodStatus | false> => {
        last = (await rig.pod(name)).status;
        return last !== undefined && until(last) ? last : false;
      };
      try {
        return (await eventually(check, { timeout })) as PodStatus;
      } catch (error) {
        throw new Error(`status of ${name}: ${JSON.stringify(last)}\n${(await rig.events(name)).join('\n')}`, { cause: error });
      }
    },
    async gone(name, timeout = 40_000) {
      const check = (): Promise<boolean> => rig.pod(name).then(() => false, isNotFound);
      await eventually(check, { timeout, what: `${name} is gone` });
    },
    async events(name) {
      const { items } = await client.list({ group: '', version: 'v1', resource: 'events' });
      return items
        .filter((event) => event['involvedObject'].name === name)
        .map((event) => `${event['reason']}: ${event['message']}`);
    },
    async containers() {
      return (await runtime.summaries({ 'io.openshift.node': nodeName })).map(({ id }) => id);
    },
    async logs(name, container = 'main', previous = false) {
      const found = rig.kubelet.pods.find('default', name)?.containers.get(container);
      const id = previous ? found?.previousId : found?.id;
      if (id === undefined) return '';
      return Buffer.concat(await (await runtime.logs(id, { follow: false, timestamps: false })).toArray()).toString();
    },
    async [Symbol.asyncDispose]() {
      await rig.stop();
      for (const id of await rig.containers()) await runtime.remove(id);
      await unmountAll(dataDir);
      rmSync(dataDir, { recursive: true, force: true });
      await removeNetwork(bridge);
      rmSync(join(NUMBERS, String(number)), { recursive: true });
    },
  };
  await rig.start();
  return rig;
}

let issued = 0;

/** The in-memory API signs nothing: a token names its pod and its number. */
function withTokens(client: Client): Client {
  return {
    ...client,
    async create(ref, object, options) {
      if (ref.subresource !== 'token') return client.create(ref, object, options);
      const { expirationSeconds, boundObjectRef } = object['spec'] as {
        expirationSeconds: number;
        boundObjectRef: { name: string };
      };
      const expirationTimestamp = new Date(Date.now() + expirationSeconds * 1000).toISOString();
      return { ...object, status: { token: `token-${boundObjectRef.name}-${++issued}`, expirationTimestamp } } as never;
    },
  };
}

/** What a container runs: a script, or the web server of the test images. */
export const sh = (script: string) => ({ command: ['sh', '-c', script] });
export const serve = { command: ['/serve'] };

export const isReady = (status: { conditions?: { type: string; status: string }[] }): boolean =>
  status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;

/** What a server says to a bare HTTP/1.0 request, head and all. */
export function askBare(host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port }, () => socket.write('GET / HTTP/1.0\r\n\r\n'));
    socket.once('error', reject);
    resolve(text(socket));
  });
}
