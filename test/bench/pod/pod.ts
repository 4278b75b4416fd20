import type { KubeObject } from '../../../lib/platform/api/meta.ts';
import type { Client } from '../../../lib/platform/client/client.ts';
import { dockerRuntime } from '../../../lib/platform/runtime/docker.ts';
import { WEB_A } from '../../support/images.ts';
import type { Runner } from './contender.ts';

const PODS = { group: '', version: 'v1', resource: 'pods', namespace: 'default' } as const;
const runtime = dockerRuntime({ socketPath: '/var/run/docker.sock' });

/** A pod through the API, scheduler, kubelet and CNI: from the create call to the watch event that says Running. */
export async function podRunner(client: Client, signal: AbortSignal): Promise<Runner> {
  const waiting = new Map<string, { done: (pod: KubeObject) => boolean; resolve: () => void }>();
  const ids = new Map<string, string>();
  const { metadata } = await client.list(PODS);
  void (async () => {
    for await (const { type, object } of client.watch(PODS, { resourceVersion: metadata.resourceVersion, signal })) {
      const wait = waiting.get(object.metadata.name!);
      const id = object['status']?.containerStatuses?.[0]?.containerID as string | undefined;
      if (id !== undefined) ids.set(object.metadata.name!, id.slice('docker://'.length));
      if (wait !== undefined && (type === 'DELETED' || wait.done(object))) wait.resolve();
    }
  })().catch(() => undefined);
  const until = (name: string, done: (pod: KubeObject) => boolean): Promise<void> =>
    new Promise((resolve) => waiting.set(name, { done, resolve }));
  return {
    name: 'pod',
    async create(name) {
      const running = until(name, (pod) => pod['status']?.phase === 'Running');
      const container = { name: 'web', image: WEB_A, imagePullPolicy: 'IfNotPresent', command: ['/serve'] };
      await client.create(PODS, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name },
        spec: { containers: [container], terminationGracePeriodSeconds: 2 },
      });
      await running;
    },
    async output(name) {
      const log = await runtime.logs(ids.get(name)!, { follow: false, timestamps: false });
      return Buffer.concat(await log.toArray()).toString();
    },
    async remove(name) {
      const gone = until(name, () => false);
      await client.delete({ ...PODS, name });
      await gone;
    },
  };
}
