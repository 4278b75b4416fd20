import type { Clock } from '../../common/clock.ts';
import type { Log } from '../../common/log.ts';
import { CONFIG_NAME } from '../api/openshift-apps/rollout-annotations.ts';
import type { Client } from '../client/client.ts';
import { createInformer } from '../client/informer.ts';
import type { ControllerWatch, ReplicationController } from './rollout.ts';

const REPLICATION_CONTROLLERS = { group: '', version: 'v1', resource: 'replicationcontrollers' } as const;

/** Follows the replication controllers of a deployment config until the signal aborts. Resolves when it knows them. */
export async function watchControllers(
  { client, clock, log, signal }: { client: Client; clock: Clock; log: Log; signal: AbortSignal },
  namespace: string,
  config: string,
): Promise<ControllerWatch> {
  const informer = createInformer<ReplicationController>(client, REPLICATION_CONTROLLERS, {
    namespace,
    labelSelector: `${CONFIG_NAME}=${config}`,
    log,
    clock,
  });
  let waiting = Promise.withResolvers<void>();
  const wake = (): void => {
    waiting.resolve();
    waiting = Promise.withResolvers<void>();
  };
  informer.addHandler({ added: wake, updated: wake, deleted: wake });
  void informer.run(signal);
  await informer.synced(signal);
  return {
    get: (name) => informer.lister.get(namespace, name),
    list: () => informer.lister.list(namespace),
    async changed(ms) {
      const stop = new AbortController();
      const ended = AbortSignal.any([signal, stop.signal]);
      const change = waiting.promise;
      await Promise.race([change, clock.sleep(ms, ended).catch(() => undefined)]);
      stop.abort();
      signal.throwIfAborted();
    },
  };
}
