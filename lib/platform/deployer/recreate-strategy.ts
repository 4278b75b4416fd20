import type { RecreateParams } from '../api/openshift-apps/deployment-config-types.ts';
import { runHook } from './hooks.ts';
import { type Rollout, RolloutFailure, sizeOf } from './rollout.ts';
import { current, others, scaleTo, untilAvailable } from './scale-controller.ts';

/** All pods of the old version end before the first of the new one begins. */
export async function recreateStrategy(rollout: Rollout, params: RecreateParams): Promise<void> {
  const { desired, name, say } = rollout;
  const { timeoutSeconds = 600 } = params;
  await runHook(rollout, 'pre', params.pre);
  for (const each of others(rollout)) {
    say(`--> Scaling ${each.metadata.name} down to zero`);
    await scaleTo(rollout, each.metadata.name!, 0);
  }
  await untilGone(rollout, timeoutSeconds);
  await runHook(rollout, 'mid', params.mid);
  if (sizeOf(current(rollout)) !== desired) {
    say(`--> Scaling ${name} to ${desired}`);
    await scaleTo(rollout, name, desired);
  }
  await untilAvailable(rollout, desired, timeoutSeconds);
  await runHook(rollout, 'post', params.post);
}

/** What the replication controllers count no longer; pods on their way out may hold what only one can have. */
async function untilGone(rollout: Rollout, seconds: number): Promise<void> {
  const { client, clock, controllers, namespace, name, config } = rollout;
  const end = clock.now() + seconds * 1000;
  const pods = { group: '', version: 'v1', resource: 'pods', namespace } as const;
  for (;;) {
    const { items } = await client.list(pods, { labelSelector: `deploymentconfig=${config.metadata.name},deployment!=${name}` });
    if (items.every(({ status }) => ['Succeeded', 'Failed'].includes(status?.phase ?? ''))) return;
    if (clock.now() >= end) throw new RolloutFailure(`pods of earlier versions took longer than ${seconds} seconds to end`);
    await controllers.changed(250);
  }
}
